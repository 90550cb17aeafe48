"""Which importer takes a source, and the options that hold for all of them.

Input: what the user gave: a file, a URL, `mcp:COMMAND`; and options. Output: Imported. What a
document is, its content tells, not its name.

Before: "petstore.yaml" that holds `openapi: 3.1.0`; "mcp:python server.py"; "tools.py"
After:  Imported(catalog, issues, "openapi"); "mcp"; "python"
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fctune.errors import InputFault, UsageFault
from fctune.issues import Issue, issue
from fctune.jsonl import parse_document, read_document, read_text
from fctune.jsonl.faults import file_fault
from fctune.tools.imports.extras import narrowed, renamed
from fctune.tools.imports.fetch import FetchLimits, fetch, is_url
from fctune.tools.imports.mcp import import_mcp, import_tools_list, is_tools_list
from fctune.tools.imports.mcp_target import shown_source
from fctune.tools.imports.openapi import import_openapi, is_openapi
from fctune.tools.imports.openapi_filter import OperationFilter
from fctune.tools.imports.result import Imported
from fctune.tools.names import LAWFUL_NAME, lawful_name
from fctune.tools.spec import ToolCatalog, ToolOrigin, ToolSpec

AUTO = "auto"
KINDS = (AUTO, "openapi", "mcp", "python", "tools")
MAX_FILE_BYTES = 100_000_000
_MCP = "mcp:"
_MCP_ENDINGS = ("/mcp", "/sse")
_PYTHON = (".py", ".pyi")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the user asked for.

    Attributes:
        kind: one of KINDS; `auto` looks at the source.
        operations: filters of an API description.
        limits: of a download.
        execute: import a Python module by running it; default it is only read.
        names: take only these tools; default all.
        prefix: put before every name; default nothing.
        execute_timeout_s: for running a Python module, in seconds; default 60.
    """

    kind: str = AUTO
    operations: OperationFilter = field(default_factory=OperationFilter)
    limits: FetchLimits = field(default_factory=FetchLimits)
    execute: bool = False
    names: Sequence[str] = ()
    prefix: str = ""
    execute_timeout_s: float = 60.0


def import_source(source: str, options: ImportOptions | None = None) -> Imported:
    """Return the tools of a source of any kind.

    Args:
        source: a file, an http or https URL, or `mcp:` before a command line or URL.
        options: default ImportOptions().

    Raises:
        UsageFault: options that the source cannot have.
        InputFault: the source cannot be read or holds no tool.
        EnvironmentFault: a package that the kind needs is missing.
    """
    asked = options or ImportOptions()
    if asked.kind not in KINDS:
        raise UsageFault(f"--kind: got {asked.kind!r}, expected one of {', '.join(KINDS)}")
    if asked.prefix and not LAWFUL_NAME.match(asked.prefix):
        expected = "letters, digits, _ and -, at most 64"
        raise UsageFault(f"--prefix: got {asked.prefix!r}, expected {expected}")
    imported = _read(source, asked)
    _refuse_idle(imported.kind, asked)
    if asked.names and imported.kind != "python":
        imported = _named(imported, asked.names)
    return _prefixed(imported, asked.prefix, shown_source(source)) if asked.prefix else imported


def _read(source: str, asked: ImportOptions) -> Imported:
    if asked.kind == "mcp" or (asked.kind == AUTO and _says_mcp(source)):
        return _from_mcp(source, asked)
    if asked.kind == "python" or (
        asked.kind == AUTO and not is_url(source) and source.lower().endswith(_PYTHON)
    ):
        if is_url(source):
            raise UsageFault("Python code is never loaded from a URL", hint="save it as a file")
        from fctune.tools.imports.python import import_python

        return import_python(
            Path(source),
            execute=asked.execute,
            names=asked.names,
            timeout_s=asked.execute_timeout_s,
        )
    value, name, folder = _document(source, asked)
    if asked.kind == "openapi" or (asked.kind == AUTO and is_openapi(value)):
        return import_openapi(value, name, folder=folder, operations=asked.operations)
    if asked.kind == AUTO and isinstance(value, dict) and "jsonrpc" in value:
        return _from_answer(value, source, asked)
    if asked.kind == AUTO and is_tools_list(value):
        return import_tools_list(value, name)
    from fctune.tools.imports.shapes import import_shapes

    return import_shapes(value, name)


def _says_mcp(source: str) -> bool:
    if source.startswith(_MCP):
        return True
    path = source.split("?", 1)[0].split("#", 1)[0].rstrip("/").lower()
    return is_url(source) and path.endswith(_MCP_ENDINGS)


def _from_mcp(source: str, asked: ImportOptions) -> Imported:
    target = source.removeprefix(_MCP).strip()
    if not target:
        raise UsageFault("mcp: got no command", hint="mcp:COMMAND, such as mcp:'python server.py'")
    is_file = not source.startswith(_MCP) and not is_url(source) and Path(source).is_file()
    if is_file and not source.lower().endswith(_PYTHON):
        return import_tools_list(_document(source, asked)[0], source)
    limits = asked.limits
    return import_mcp(target, timeout_s=limits.timeout_s, allow_private=limits.allow_private)


def _from_answer(value: Mapping[str, Any], source: str, asked: ImportOptions) -> Imported:
    """Read a saved `tools/list` answer, or ask the server whose URL answered in JSON-RPC."""
    if is_url(source) and "result" not in value:
        return _from_mcp(source, asked)
    return import_tools_list(value, shown_source(source))


def _document(source: str, asked: ImportOptions) -> tuple[Any, str, Path | None]:
    """Return the value of a document, the name that origins give it, and its folder."""
    if is_url(source):
        fetched = fetch(source, asked.limits)
        name = shown_source(fetched.url)  # a key in the query would end in the catalogue
        return parse_document(fetched.text, name), name, None
    path, shown = Path(source), shown_source(source)
    try:
        size = path.stat().st_size
    except FileNotFoundError as fault:
        hint = f"a command of an MCP server needs mcp: before it: 'mcp:{shown}'"
        raise file_fault(shown, fault, "" if path.suffix else hint) from fault
    except OSError as fault:
        raise file_fault(shown, fault) from fault
    except ValueError as fault:
        raise InputFault("is no name of a file", where=shown) from fault
    if size > MAX_FILE_BYTES:
        raise InputFault(f"larger than {MAX_FILE_BYTES / 1e6:g} MB", where=source)
    if path.suffix.lower() in (".jsonl", ".gz"):
        return read_document(path), source, path.parent
    text = read_text(path, where=shown)
    return parse_document(text, source), source, path.parent


def _refuse_idle(kind: str, asked: ImportOptions) -> None:
    """Refuse an option that this kind of source would leave without effect.

    Raises:
        UsageFault: there is one.
    """
    if asked.operations and kind != "openapi":
        raise UsageFault(
            f"--tag, --path, --method and --no-deprecated filter API operations, got {kind} tools",
            hint="choose tools with --name",
        )
    if asked.execute and kind != "python":
        raise UsageFault(f"--execute runs a Python module, got {kind} tools")


def _named(imported: Imported, names: Sequence[str]) -> Imported:
    """Return only the tools that are asked for by their name, or by their name in the source."""
    wanted = set(names)
    kept, found = [], set()
    for spec in imported.catalog:
        own = {spec.name, spec.origin.name if spec.origin else spec.name} & wanted
        found |= own
        if own:
            kept.append(spec)
    missing = sorted(wanted - found)
    if missing:
        there = ", ".join(imported.catalog.names[:30]) + (
            " ..." if len(imported.catalog) > 30 else ""
        )
        raise UsageFault(f"--name: no tool is named {', '.join(missing)}, there are: {there}")
    catalog = ToolCatalog(tuple(kept))
    extras = narrowed(imported.extras, imported.catalog.names, catalog.names)
    return replace(imported, catalog=catalog, extras=extras)


def _prefixed(imported: Imported, prefix: str, source: str) -> Imported:
    """Return the tools with a prefix before every name; the origin keeps the name in the source."""
    specs: dict[str, ToolSpec] = {}
    issues: list[Issue] = []
    for spec in imported.catalog:
        raw = prefix + spec.name
        name = lawful_name(raw, specs)
        if name != raw:
            issues.append(issue("import-name-changed", spec.name, f"got {raw!r}, wrote {name}"))
        examples = tuple(
            replace(example, call=replace(example.call, name=name)) for example in spec.examples
        )
        origin = spec.origin or ToolOrigin(source, spec.name)
        specs[name] = replace(spec, name=name, examples=examples, origin=origin)
    catalog = ToolCatalog(tuple(specs.values()))
    extras = renamed(imported.extras, dict(zip(imported.catalog.names, specs, strict=True)))
    return replace(imported, catalog=catalog, issues=(*imported.issues, *issues), extras=extras)
