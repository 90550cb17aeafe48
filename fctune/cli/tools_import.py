"""`fctune tools import`: any API description to a tool catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fctune.cli.options import DryRunOpt, JsonOpt
from fctune.cli.output import out
from fctune.cli.writable import check_file
from fctune.dataset.amounts import amount
from fctune.errors import InputFault, ProblemsFound, UsageFault

if TYPE_CHECKING:
    from fctune.issues import Issue
    from fctune.tools.imports import Imported

_SHOWN = 3
_SUFFIXES = (".json", ".yaml", ".yml")
_ENTRIES = {"openapi": ("operation", "operations"), "python": ("function", "functions")}


class Kind(StrEnum):
    """What a source is."""

    AUTO = "auto"
    OPENAPI = "openapi"
    MCP = "mcp"
    PYTHON = "python"
    TOOLS = "tools"


def command(
    source: Annotated[
        str,
        typer.Argument(
            help="OpenAPI or Swagger file or URL, mcp:COMMAND, mcp:URL, a saved tools/list "
            "answer, a Python module, or a tool list of another framework.",
            show_default=False,
        ),
    ],
    to: Annotated[
        Path | None,
        typer.Option("--out", help="Catalogue, .yaml or .json. Default: YAML on stdout."),
    ] = None,
    kind: Annotated[Kind, typer.Option(help="What SOURCE is.")] = Kind.AUTO,
    tag: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="Only operations with this tag.")
    ] = None,
    path: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH",
            help="Only paths that start so, or fit a pattern such as '*/pets*'.",
        ),
    ] = None,
    method: Annotated[
        list[str] | None, typer.Option(metavar="METHOD", help="Only this HTTP method.")
    ] = None,
    deprecated: Annotated[
        bool, typer.Option("--deprecated/--no-deprecated", help="Take deprecated operations too.")
    ] = True,
    name: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this tool, or this Python function."),
    ] = None,
    prefix: Annotated[str, typer.Option(help="Put before every name, such as 'crm_'.")] = "",
    execute: Annotated[
        bool, typer.Option("--execute", help="Run the Python module instead of only reading it.")
    ] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Load from private addresses too.")
    ] = False,
    timeout: Annotated[
        float | None,
        typer.Option(help="Seconds for a URL or server, default 30; for --execute, 60.", min=0.1),
    ] = None,
    max_mb: Annotated[float, typer.Option(help="Largest download, in MB.", min=0.001)] = 20.0,
    all_issues: Annotated[
        bool, typer.Option("--all-issues", help="List every place of every issue.")
    ] = False,
    json: JsonOpt = False,
    dry_run: DryRunOpt = False,
) -> None:
    """Import tools: one per API operation, MCP tool, Python function or entry of a tool list.

    Each tool remembers where it came from and which HTTP request it stands for. --tag, --path,
    --method and --name may be repeated. What cannot be expressed is listed with its place. Exits 1
    where an entry could not become a tool; the others are written.
    """
    from fctune.tools.imports.detect import ImportOptions, import_source
    from fctune.tools.imports.fetch import FetchLimits
    from fctune.tools.imports.mcp_target import shown_source
    from fctune.tools.imports.openapi_filter import OperationFilter

    if to is not None and to.suffix.lower() not in _SUFFIXES:
        raise UsageFault(f"--out: got {to.name!r}, expected a name that ends in .yaml or .json")
    _keep_source(source, to)
    options = ImportOptions(
        kind.value,
        OperationFilter(tuple(tag or ()), tuple(path or ()), tuple(method or ()), deprecated),
        FetchLimits(int(max_mb * 1e6), timeout or 30.0, allow_private),
        execute,
        tuple(name or ()),
        prefix,
        timeout or 60.0,
    )
    shown = shown_source(source)
    from fctune.jsonl import without_collector

    with without_collector():
        imported = import_source(source, options)
        _write(imported, shown, to, (json, dry_run))
    if not json:
        _tell(imported, shown, every=all_issues)
        if to is not None:
            out.note(f"{'would write' if dry_run else 'wrote'} {to}")
            out.note(f"next: fctune tools check {to}")
    _end(imported, shown)


def _keep_source(source: str, to: Path | None) -> None:
    """Refuse to write over the source: its comments, and keys that no tool has, would be lost."""
    if to is None:
        return
    check_file(to, "--out")
    if to.exists() and to.resolve() == Path(source).resolve():
        raise UsageFault(
            f"--out: got {to}, which is the source itself",
            hint=f"name another file; fctune tools check {to} --fix repairs a catalogue in place",
        )


def _write(imported: Imported, source: str, to: Path | None, flags: tuple[bool, bool]) -> None:
    """Write the catalogue to its file, or to stdout where none is named."""
    from fctune.jsonl import dump_yaml
    from fctune.tools.write import catalog_document, write_catalog

    as_json, dry_run = flags
    if to is not None and imported.catalog.specs and not dry_run:
        write_catalog(imported.catalog, to, imported.extras)
    if as_json:
        out.json(_report(imported, source, to, written=to is not None and not dry_run))
    elif to is None and imported.catalog.specs and not dry_run:
        document = catalog_document(imported.catalog, imported.extras)
        out.data(dump_yaml(document).removesuffix("\n"))


def _report(imported: Imported, source: str, to: Path | None, *, written: bool) -> dict[str, Any]:
    from fctune.tools.write import catalog_document

    skipped = _skipped(imported)
    report: dict[str, Any] = {
        "source": source,
        "kind": imported.kind,
        "entries": len(imported.catalog) + len(skipped),
        "skipped": len(skipped),
        "tools": list(imported.catalog.names),
        "fingerprint": imported.catalog.fingerprint,
        "issues": [found.as_dict() for found in imported.issues],
        "out": None if to is None else str(to),
        "written": written and bool(imported.catalog.specs),
    }
    if to is None:
        report["catalog"] = catalog_document(imported.catalog, imported.extras)
    return report


def _tell(imported: Imported, source: str, *, every: bool) -> None:
    """Print the issues by code, then the counts."""
    groups: dict[str, list[Issue]] = {}
    for found in imported.issues:
        groups.setdefault(found.code, []).append(found)
    for code, issues in groups.items():
        _tell_group(code, issues, every=every)
    skipped = _skipped(imported)
    entry, entries = _ENTRIES.get(imported.kind, ("entry", "entries"))
    total = amount(len(imported.catalog) + len(skipped), entry, entries)
    tools = amount(len(imported.catalog), "tool")
    out.note(f"{source}: {total} ({imported.kind}): {tools}, {len(skipped)} skipped")


def _tell_group(code: str, issues: Sequence[Issue], *, every: bool) -> None:
    first = issues[0]
    count = f", {len(issues)} places" if len(issues) > 1 else ""
    out.note(f"{first.severity.value}: {code}{count}")
    shown = issues if every else issues[:_SHOWN]
    for found in shown:
        out.note(f"  {found.where}: {found.message}" if found.where else f"  {found.message}")
    if len(issues) > len(shown):
        out.note(f"  and {len(issues) - len(shown)} more (--all-issues)")
    out.note(f"  hint: {first.hint}")


def _skipped(imported: Imported) -> set[str]:
    """Return the places that could not become tools."""
    return {found.where for found in imported.issues if found.severity.value == "error"}


def _end(imported: Imported, source: str) -> None:
    skipped = _skipped(imported)
    if not imported.catalog.specs:
        hint = next((found.hint for found in imported.issues), "")
        raise InputFault("no entry of it could become a tool", where=source, hint=hint)
    if skipped:
        message = f"{amount(len(skipped), 'entry', 'entries')} could not become tools"
        raise ProblemsFound(message, where=source, hint="the places are listed above, or in --json")
