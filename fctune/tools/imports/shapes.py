"""Tool lists of other frameworks and data sets: told by their content, read into one catalogue.

Input: a parsed value: a list of tools, an object or a request that holds one, or rows of a data
set with a column of tools. Output: `Imported`. The shape is told for each entry, since public
files mix them.

Before: [{"functionDeclarations": [{"name": "now", "parameters": {"type": "OBJECT", ...}}]}]
After:  Imported(ToolCatalog((ToolSpec("now", ...),)), issues, kind="gemini")
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fctune.errors import InputFault
from fctune.issues import issue
from fctune.tools.imports import shapes_http as http
from fctune.tools.imports import shapes_public as public
from fctune.tools.imports import shapes_vendors as vendors
from fctune.tools.imports.extras import extras_of, renamed
from fctune.tools.imports.result import Imported
from fctune.tools.imports.shapes_collect import Collector, Entry
from fctune.tools.read import tool_list
from fctune.tools.spec import ToolCatalog

UNKNOWN = "unknown"
ROWS = "rows"
_NATIVE = frozenset({"openai", "responses", "bare", "anthropic", "mcp", "bfcl"})
# Read into tools by an import alone, wherever they stand in a list.
_FOREIGN = frozenset({"bedrock", "cohere", "gemini", "langchain"})
_COLUMNS = ("tools", "functions", "function", "available_tools")
_MAX_NESTING = 5
_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class _Shape:
    """One shape: its name, how an entry of it is told, and how it is read."""

    name: str
    holds: Callable[[Mapping[str, Any]], bool]
    read: Callable[[Mapping[str, Any], str], Iterator[Entry]]


def _is_bfcl(item: Mapping[str, Any]) -> bool:
    parameters = item.get("parameters")
    return "name" in item and isinstance(parameters, Mapping) and parameters.get("type") == "dict"


def _is_bare(item: Mapping[str, Any]) -> bool:
    return isinstance(item.get("name"), str)


def _bare(item: Mapping[str, Any], place: str) -> Iterator[Entry]:
    yield Entry(place, item)


# The first that holds is taken; those told by a key of their own come before the general ones.
_SHAPES = (
    _Shape("openai", vendors.is_openai, vendors.openai),
    _Shape("anthropic", vendors.is_anthropic, vendors.anthropic),
    _Shape("bedrock", vendors.is_bedrock, vendors.bedrock),
    _Shape("mcp", vendors.is_mcp, vendors.mcp),
    _Shape("cohere", vendors.is_cohere, vendors.cohere),
    _Shape("gemini", vendors.is_gemini, vendors.gemini),
    _Shape("langchain", vendors.is_langchain, vendors.langchain),
    _Shape("toolalpaca", public.is_tool_alpaca, public.tool_alpaca),
    _Shape("toolbench", public.is_toolbench, public.toolbench),
    _Shape("apizoo", http.is_api_zoo, http.api_zoo),
    _Shape("seal-tools", public.is_seal_tools, public.seal_tools),
    _Shape("api-bank", public.is_api_bank, public.api_bank),
    _Shape("taskbench", public.is_taskbench, public.taskbench),
    _Shape("bfcl", _is_bfcl, _bare),
    _Shape("responses", vendors.is_responses, vendors.responses),
    _Shape("hosted", vendors.is_hosted, vendors.hosted),
    _Shape("bare", _is_bare, _bare),
)


def detect_shape(value: Any) -> str:
    """Return the shape of a tool list by its first entry that has one.

    Args:
        value: a parsed document, or its JSON text.

    Returns:
        A name such as `openai`, `gemini` or `bfcl`; `rows` for rows of a data set with a column of
        tools; `unknown` where no tools are found.

    >>> detect_shape([{"name": "now", "input_schema": {}}]), detect_shape({"a": 1})
    ('anthropic', 'unknown')
    """
    return _detect(value, 0)


def is_catalogue(value: Any) -> bool:
    """Tell whether `fctune.tools.read` reads a document by itself, without an import.

    >>> is_catalogue({"tools": [{"name": "now"}]}), is_catalogue([{"tools": [{"name": "now"}]}])
    (True, False)
    """
    if isinstance(value, Mapping) and not value:
        return True
    entries = tool_list(value)
    if not entries:
        return entries is not None
    return detect_shape(entries) in _NATIVE and not any(map(_needs_import, entries))


def _needs_import(entry: Any) -> bool:
    """Tell an entry of a list that only an import reads: of a foreign shape, or a row of tools."""
    if not isinstance(entry, Mapping):
        return False
    shape = _shape_of(entry)
    return bool(list(_columns(entry))) if shape is None else shape.name in _FOREIGN


def import_shapes(value: Any, source: str) -> Imported:
    """Return the tools of a parsed document in whatever shape it has them.

    Args:
        value: the document.
        source: file or URL, for origins and errors.

    Raises:
        InputFault: no entry of it looks like a tool.
    """
    kind = detect_shape(value)
    collector = Collector(source, merging=kind in (ROWS, "toolbench", "toolalpaca"))
    collector.add_all(_entries(value, "", 0))
    if kind == UNKNOWN and not collector.specs:
        raise InputFault(
            "no tools were found in it",
            where=source,
            hint="expected a list of {name, description, parameters}, or rows with a `tools` "
            "column; tools inside a system prompt are read by fctune prepare",
        )
    catalog = ToolCatalog(tuple(collector.specs.values()))
    extras = renamed(extras_of(value), collector.names)
    return Imported(catalog, tuple(collector.issues), kind, extras)


def _detect(value: Any, nesting: int) -> str:
    value = json_value(value)
    if nesting > _MAX_NESTING:
        return UNKNOWN
    if isinstance(value, list | tuple):
        found = (_of_item(item, nesting) for item in value[:_LOOKED_AT])
        return next((name for name in found if name != UNKNOWN), UNKNOWN)
    if not isinstance(value, Mapping):
        return UNKNOWN
    shape = _shape_of(value)
    if shape is not None:
        return shape.name
    return next(
        (name for _, inner in _columns(value) if (name := _detect(inner, nesting + 1)) != UNKNOWN),
        UNKNOWN,
    )


def _of_item(item: Any, nesting: int) -> str:
    """Return the shape of an item of a list; an item that holds a list of tools is a row."""
    item = json_value(item)
    if isinstance(item, Mapping) and _shape_of(item) is None and _detect(item, nesting) != UNKNOWN:
        return ROWS
    return _detect(item, nesting + 1)


def _entries(value: Any, place: str, nesting: int) -> Iterator[Entry]:
    """Yield the tools within a value, whatever they are wrapped in."""
    parsed = json_value(value)
    if nesting > _MAX_NESTING:
        return
    if isinstance(parsed, list | tuple):
        for index, item in enumerate(parsed):
            yield from _entries(item, f"{place}[{index}]", nesting + 1)
        return
    if not isinstance(parsed, Mapping):
        if nesting and parsed is not None and parsed != "":
            yield vendors.skipped(place, value)
        return
    shape = _shape_of(parsed)
    if shape is not None:
        yield from shape.read(parsed, place)
        return
    columns = list(_columns(parsed))
    for key, inner in columns:
        yield from _entries(inner, f"{place}.{key}" if place else key, nesting + 1)
    if not columns and nesting and _looks_meant(parsed):
        message = f"got an object with {', '.join(map(str, list(parsed)[:4]))}, expected a name"
        yield Entry(place, None, issues=(issue("tool-name-missing", place, message),))


def _shape_of(item: Mapping[str, Any]) -> _Shape | None:
    """Return the shape of one entry; an object with a list of tools is no tool itself."""
    if "parameters" not in item and any(_is_list(item.get(key)) for key in _COLUMNS):
        return None
    return next((shape for shape in _SHAPES if shape.holds(item)), None)


def _columns(item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the lists of tools that an object holds: a row, a request, a JSON-RPC answer."""
    for key in _COLUMNS:
        if _is_list(item.get(key)):
            yield key, item[key]
    for key in ("result", "request", "body", "toolConfig"):
        if isinstance(item.get(key), Mapping):
            yield key, item[key]


def _is_list(value: Any) -> bool:
    return isinstance(value, list) or (
        isinstance(value, str) and isinstance(json_value(value), list)
    )


def _looks_meant(item: Mapping[str, Any]) -> bool:
    return bool({"description", "parameters", "properties"} & item.keys())


def json_value(value: Any) -> Any:
    """Return the value of JSON text that holds a list or an object; anything else as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
