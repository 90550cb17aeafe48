"""Tools of an MCP server: asked live over stdio or HTTP, or read from a saved `tools/list` answer.

Input: a command line, a URL, or the saved answer. Output: Imported. `inputSchema` becomes the
parameters, `outputSchema` the result; a title stands in for a missing description; annotations such
as `readOnlyHint` are for clients and stay out.

Before: {"tools": [{"name": "user.get", "inputSchema": {"type": "object", "properties": {...}}}]}
After:  ToolSpec("user_get", "", {"type": "object", "properties": {...}})
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fctune.errors import InputFault
from fctune.issues import Issue, blocking, issue
from fctune.jsonl.faults import json_kind
from fctune.tools.check import check_schema
from fctune.tools.imports.fetch import is_url
from fctune.tools.imports.mcp_target import shown_target
from fctune.tools.imports.result import Imported
from fctune.tools.imports.simplify import simplified
from fctune.tools.names import lawful_name
from fctune.tools.schema import canonical_parameters
from fctune.tools.spec import ToolCatalog, ToolOrigin, ToolSpec

PREFIX = "mcp:"
_MAX_NESTED = 4
_ENVELOPE = {"jsonrpc", "id", "result"}
_PAGE = {"tools", "nextCursor", "_meta", "ttlMs", "cacheScope"}


def import_mcp(target: str, *, timeout_s: float = 30.0, allow_private: bool = False) -> Imported:
    """Ask a live MCP server for its tools.

    Args:
        target: a command line that starts a server on stdio, or an http(s) URL; a leading `mcp:`
            is taken off. The command is split like a shell's words and started without a shell;
            `NAME=value` in front of it goes into its environment.
        timeout_s: for the whole exchange, in seconds; default 30.
        allow_private: reach private addresses other than this machine's own; default False.

    Raises:
        InputFault: the command cannot be started, the address is private, or the server does not
            answer as an MCP server does; what it wrote to stderr is quoted.
        EnvironmentFault: the package `mcp` is not installed.
    """
    from fctune.tools.imports.mcp_client import listed_over_http, listed_over_stdio

    bare = target.strip().removeprefix(PREFIX).strip()
    if not bare:
        raise InputFault("got no command and no URL", hint="fctune tools import mcp:COMMAND")
    if is_url(bare):
        pages = listed_over_http(bare, timeout_s=timeout_s, allow_private=allow_private)
    else:
        pages = listed_over_stdio(bare, timeout_s=timeout_s)
    return import_tools_list(pages, f"{PREFIX}{shown_target(bare)}")


def import_tools_list(value: Any, source: str) -> Imported:
    """Return the tools of a `tools/list` answer.

    Args:
        value: the result, its JSON-RPC envelope, a plain list of tools, or a list of several
            pages of any of these.
        source: file, URL or command, for the origin and errors.

    Raises:
        InputFault: it is no such answer, or an error answer, or lists no tool.
    """
    pages = list(_pages(value, source))
    specs: dict[str, ToolSpec] = {}
    issues: list[Issue] = []
    raws = [raw for tools, _ in pages for raw in tools]
    for index, raw in enumerate(raws):
        place = f"tools[{index}]"
        spec, found = _tool(raw, place, source, specs)
        issues += found
        if spec is not None:
            specs[spec.name] = spec
    if pages and pages[-1][1]:
        message = "a further page of tools is announced, which was not read"
        issues.append(issue("import-page-missing", f"tools[{len(raws)}]", message))
    if not raws:
        raise InputFault("lists no tools", where=source)
    return Imported(ToolCatalog(tuple(specs.values())), tuple(issues), "mcp")


def is_tools_list(value: Any) -> bool:
    """Tell a page of a saved `tools/list` answer, or a list of pages, without a JSON-RPC envelope.

    >>> page = {"tools": [{"name": "a", "inputSchema": {}}], "nextCursor": "x"}
    >>> is_tools_list(page), is_tools_list([page]), is_tools_list({"tools": [{"name": "a"}]})
    (True, True, False)
    """
    if isinstance(value, list):
        return bool(value) and all(map(_is_page, value)) and any(map(_holds_tools, value))
    return _is_page(value) and _holds_tools(value)


def _is_page(value: Any) -> bool:
    """Tell an object that is nothing but a page: every tool of it has an inputSchema, if any."""
    if isinstance(value, Mapping) and "result" in value and set(value) <= _ENVELOPE:
        value = value["result"]
    if not isinstance(value, Mapping) or not isinstance(value.get("tools"), list):
        return False
    return set(value) <= _PAGE and not any(
        isinstance(tool, Mapping) and "inputSchema" not in tool for tool in value["tools"]
    )


def _holds_tools(page: Any) -> bool:
    inner = page.get("result", page)
    return any(isinstance(tool, Mapping) for tool in inner["tools"])


def _pages(value: Any, source: str, depth: int = 0) -> Iterator[tuple[list[Any], str]]:
    """Yield the tools of each page, and the cursor of the page after it."""
    if isinstance(value, Mapping) and depth < _MAX_NESTED:
        fault = value.get("error")
        if isinstance(fault, Mapping) and "result" not in value:
            raise InputFault(
                f"is an error answer: {fault.get('message', 'without a message')}", where=source
            )
        if isinstance(value.get("tools"), list):
            cursor = value.get("nextCursor")
            yield value["tools"], cursor if isinstance(cursor, str) else ""
            return
        if "result" in value:
            yield from _pages(value["result"], source, depth + 1)
            return
    if isinstance(value, list) and depth < _MAX_NESTED:
        if any(isinstance(item, Mapping) and ("tools" in item or "result" in item)
               for item in value):  # fmt: skip
            for item in value:
                yield from _pages(item, source, depth + 1)
        else:
            yield value, ""
        return
    raise InputFault(
        f"got {json_kind(value)}, expected an answer of tools/list",
        where=source,
        hint='save the object that holds "tools": [...]',
    )


def _tool(
    raw: Any, place: str, source: str, taken: Mapping[str, ToolSpec]
) -> tuple[ToolSpec | None, list[Issue]]:
    name = raw.get("name") if isinstance(raw, Mapping) else None
    if not isinstance(name, str) or not name.strip():
        message = "got a tool without a name, expected name and inputSchema"
        return None, [issue("import-tool-skipped", place, message)]
    parameters, issues = _parameters(raw.get("inputSchema"), f"{place}.inputSchema")
    if blocking(issues):
        return None, issues
    returns, found = _returns(raw.get("outputSchema"), f"{place}.outputSchema")
    issues += found
    origin = ToolOrigin(source, name, place)
    told = _description(raw)
    twin = next((spec for spec in taken.values() if spec.origin and spec.origin.name == name), None)
    if twin is not None and twin.parameters == parameters and twin.description == told:
        return None, []  # a page that came twice
    if twin is not None:
        return None, [*issues, issue("tool-name-duplicate", place, f"got {name!r} a second time")]
    lawful = lawful_name(name, taken)
    if lawful != name:
        issues.append(issue("import-name-changed", place, f"got {name!r}, wrote {lawful!r}"))
    if not told:
        issues.append(issue("tool-description-missing", place, f"{lawful} has no description"))
    return ToolSpec(lawful, told, parameters, returns=returns, origin=origin), issues


def _parameters(raw: Any, place: str) -> tuple[dict[str, Any], list[Issue]]:
    issues: list[Issue] = []
    if isinstance(raw, Mapping):
        raw, issues = simplified(raw, place)
        if raw.get("type") == "object" and "properties" not in raw:
            raw["properties"] = {}  # a tool that takes nothing: the protocol's lawful form
    parameters, found = canonical_parameters(raw, place)
    issues += found
    if not blocking(issues):
        issues += check_schema(parameters, place)
    if not blocking(issues):
        issues += _not_json(parameters, place)
    return parameters, issues


def _not_json(parameters: Mapping[str, Any], place: str) -> list[Issue]:
    """Return an issue for NaN and for depths that JSON writers refuse."""
    try:
        json.dumps(parameters, allow_nan=False)
    except (ValueError, TypeError, RecursionError) as fault:
        return [issue("tool-schema-invalid", place, f"not JSON: {fault}")]
    return []


def _returns(raw: Any, place: str) -> tuple[dict[str, Any] | None, list[Issue]]:
    if not isinstance(raw, Mapping) or not raw:
        return None, []
    schema, issues = simplified(raw, place)
    faults = [*check_schema(schema, place), *_not_json(schema, place)]
    if faults:
        message = f"left out: {faults[0].message}"
        return None, [*issues, issue("import-not-expressed", place, message)]
    return schema, issues


def _description(raw: Mapping[str, Any]) -> str:
    """Return the description, or the title that stands in for it."""
    annotations = raw.get("annotations")
    titles = [
        raw.get("title"),
        annotations.get("title") if isinstance(annotations, Mapping) else "",
    ]
    told = (text for text in (raw.get("description"), *titles) if isinstance(text, str))
    return next((text.strip() for text in told if text.strip()), "")
