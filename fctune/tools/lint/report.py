"""The report of a check: every finding beside its tool, and what the tools cost.

Input: a file of tools in any shape. Output: `Opened`, what was read and how; and `Report`, which
the command prints. Findings are put to the tool whose place theirs begins with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fctune.errors import InputFault
from fctune.issues import Issue, Severity, issue
from fctune.jsonl import read_document
from fctune.patterns import regex
from fctune.tools.imports import Imported
from fctune.tools.imports.detect import import_source
from fctune.tools.imports.shapes import is_catalogue
from fctune.tools.lint.fix import fix_catalog, fix_document
from fctune.tools.read import ReadTool, missing_descriptions, read_tools
from fctune.tools.size import Fit, Sizes
from fctune.tools.spec import ToolCatalog

CATALOGUE = "catalogue"
_SOURCE = regex(r"mcp:|https?:/", re.IGNORECASE)  # a Path writes // as /
_DOCUMENTS = frozenset({".json", ".yaml", ".yml", ".jsonl"})


@dataclass(frozen=True, slots=True)
class Opened:
    """A file of tools as it was read.

    Attributes:
        kind: `catalogue` where the file is one as it stands, else what it was imported from.
        catalog: its usable tools.
        tools: every entry, usable or not, with its place.
        issues: those of the file as a whole.
        document: the parsed file, where it is a catalogue as it stands.
        extras: what an imported file has beside its tools, such as `tool_mapping`.
    """

    kind: str
    catalog: ToolCatalog
    tools: tuple[ReadTool, ...]
    issues: tuple[Issue, ...]
    document: Any = None
    extras: Mapping[str, Any] = field(default_factory=dict)

    @property
    def places(self) -> list[str]:
        """The place of each usable tool."""
        return [tool.where for tool in self.tools if tool.spec is not None]

    def fixed(self, *, require_all: bool = False) -> tuple[Opened, list[Issue]]:
        """Return the same with the lawful repairs made, and what was repaired.

        Args:
            require_all: where a tool tells no required parameter, require all without a default.
        """
        if self.kind == CATALOGUE:
            document, made = fix_document(self.document, require_all=require_all)
            return opened_document(document), made
        catalog, made = fix_catalog(self.catalog, require_all=require_all)
        by_name = {spec.name: spec for spec in catalog}
        tools = tuple(replace(tool, spec=by_name.get(tool.name)) for tool in self.tools)
        return replace(self, catalog=catalog, tools=tools), made


@dataclass(frozen=True, slots=True)
class ToolFindings:
    """One tool of a report.

    Attributes:
        name: "" where it has none.
        place: where it stands in the file.
        tokens: what it costs; None where it cannot be used.
        issues: its findings.
    """

    name: str
    place: str
    tokens: int | None
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Every finding about a file of tools.

    Attributes:
        opened: the file as read.
        tools: each tool with its findings.
        issues: findings that belong to no tool.
        sizes: what the usable tools cost.
        fit: how many fit a row, where a length was given.
    """

    opened: Opened
    tools: tuple[ToolFindings, ...]
    issues: tuple[Issue, ...]
    sizes: Sizes
    fit: Fit | None = None

    @property
    def findings(self) -> list[Issue]:
        """All findings, those of the tools first."""
        return [found for tool in self.tools for found in tool.issues] + list(self.issues)

    def count(self, severity: Severity) -> int:
        """Return how many findings have this severity."""
        return sum(found.severity is severity for found in self.findings)


def open_tools(path: Path) -> Opened:
    """Read a file of tools: a catalogue as it stands, or any other description, imported.

    Args:
        path: JSON, YAML or JSON Lines; an OpenAPI document, a Python module, or whatever else
            `fctune.tools.imports.detect` reads from a file. Nothing is started and nothing loaded.

    Raises:
        InputFault: it is an MCP server or a URL, cannot be read, or holds nothing that could be
            a tool.
        EnvironmentFault: a package that the import needs is missing.
    """
    _refuse_source(path)
    if path.suffix.lower() in _DOCUMENTS:
        document = read_document(path)
        if is_catalogue(document):
            return opened_document(document)
    return opened_import(import_source(str(path.absolute() if _SOURCE.match(str(path)) else path)))


def _refuse_source(path: Path) -> None:
    """Refuse what stands for a server or a URL: only an import starts or loads something.

    Raises:
        InputFault: no file has that name, and it is one.
    """
    if _SOURCE.match(str(path)) and not path.is_file():
        kind = "mcp:..." if str(path).startswith("mcp:") else "https://..."
        raise InputFault(
            "got an MCP server or a URL, expected a file",
            where=kind,
            hint=f"fctune tools import '{kind}' --out tools.yaml, then this command on tools.yaml",
        )


def opened_document(document: Any) -> Opened:
    """Return what `fctune.tools.read` reads of a document, entry by entry."""
    tools, issues = read_tools(document)
    told: list[ReadTool] = []
    for tool in tools:
        repeats = tool.spec is None and tool.name and not _has_error(tool.issues)
        message = f"{tool.name!r} stands in the file before, word for word"
        twice = (issue("tool-listed-twice", tool.where, message),) if repeats else ()
        told.append(replace(tool, issues=tool.issues + twice))
    catalog = ToolCatalog(tuple(tool.spec for tool in told if tool.spec is not None))
    return Opened(CATALOGUE, catalog, tuple(told), tuple(issues), document)


def opened_import(imported: Imported) -> Opened:
    """Return an import as `open_tools` does."""
    places = [spec.origin.place if spec.origin else "" for spec in imported.catalog]
    unique = len(set(places)) == len(places) and all(places)
    tools = [
        ReadTool(place if unique else f"tools[{index}]", spec.name, spec, ())
        for index, (spec, place) in enumerate(zip(imported.catalog, places, strict=True))
    ]
    told = any(found.code == "tool-description-missing" for found in imported.issues)
    if not told or imported.kind == "python":
        # Others read each tool as a catalogue does; a module's import tells of tools alone.
        tools = [replace(tool, issues=_undescribed(tool, told=told)) for tool in tools]
    return Opened(
        imported.kind, imported.catalog, tuple(tools), imported.issues, extras=imported.extras
    )


def _undescribed(tool: ReadTool, *, told: bool) -> tuple[Issue, ...]:
    found = missing_descriptions(tool.spec, tool.where) if tool.spec is not None else []
    return tuple(each for each in found if not told or each.where != tool.where)


def report_of(
    opened: Opened, found: Iterable[Issue], sizes: Sizes, fit: Fit | None = None
) -> Report:
    """Return the report of an opened file.

    Args:
        opened: the file.
        found: what lint and hazards found, with `opened.places` as places.
        sizes: of the usable tools, in their order.
        fit: how many fit, where a length was given.
    """
    tokens = iter(sizes.each)
    by_place: dict[str, list[Issue]] = {tool.where: list(tool.issues) for tool in opened.tools}
    rest: list[Issue] = []
    for each in [*opened.issues, *found]:
        place = _place_of(each.where, by_place)
        (by_place[place] if place is not None else rest).append(each)
    tools = tuple(
        ToolFindings(
            tool.name,
            tool.where,
            next(tokens) if tool.spec is not None else None,
            tuple(by_place[tool.where]),
        )
        for tool in opened.tools
    )
    return Report(opened, tools, tuple(rest), sizes, fit)


def _place_of(where: str, places: Mapping[str, Any]) -> str | None:
    """Return the longest known place that `where` lies in."""
    end = len(where)
    while end > 0:
        if where[:end] in places:
            return where[:end]
        end = max(where.rfind(".", 0, end), where.rfind("[", 0, end))
    return None


def _has_error(issues: Sequence[Issue]) -> bool:
    return any(found.severity is Severity.ERROR for found in issues)
