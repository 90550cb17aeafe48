"""The report of `fctune tools check` as text and as a JSON document.

A clean catalogue is one line. Otherwise findings stand under their tool; a code that many tools
share is told once, with an example, and every code's remedy stands once at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fctune.cli.output import out
from fctune.dataset.amounts import amount
from fctune.issues import Issue, Severity
from fctune.tools.lint.report import CATALOGUE, Report, ToolFindings

_MANY = 5  # a code that more tools than this share is folded
_MANY_ERRORS = 20  # what fails the check is folded later
_TOOLS_SHOWN = 10
_NAMES_SHOWN = 3
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.REPAIR: 2}


def document(
    file: Path, template: str | None, report: Report, made: Sequence[Issue]
) -> dict[str, Any]:
    """Return the report as one JSON-ready object; `issues` holds every finding once more, flat."""
    fit = report.fit
    return {
        "file": str(file),
        "kind": report.opened.kind,
        "template": template,
        "tools": [
            {
                "name": tool.name,
                "place": tool.place,
                "tokens": tool.tokens,
                "issues": [found.as_dict() for found in tool.issues],
            }
            for tool in report.tools
        ],
        "tokens": {
            "total": report.sizes.total,
            "frame": report.sizes.frame,
            "counted_with": report.sizes.counted_with or "estimate",
        },
        "fits": None
        if fit is None
        else {"tools": fit.tools, "cutoff_len": fit.cutoff_len, "room": fit.room},
        "fingerprint": report.opened.catalog.fingerprint,
        "counts": {f"{level.value}s": report.count(level) for level in Severity},
        "fixes": [each.as_dict() for each in made],
        "issues": [found.as_dict() for found in report.findings],
    }


def print_fixes(made: Sequence[Issue], target: Path, *, dry_run: bool, asked: bool) -> None:
    """Say each repair that --fix made, or would make."""
    if not asked:
        return
    for each in made:
        out.note(f"{'would repair' if dry_run else 'repaired'}: {each}")
    if dry_run:
        out.note(f"{len(made)} repairs, nothing written")
    else:
        out.note(f"{len(made)} repairs" + (f", written to {target}" if made else ""))


def print_report(file: Path, report: Report, *, every: bool) -> None:
    """Print findings by tool, the table of tokens, the remedies and the summary.

    Args:
        file: as the user named it.
        report: of that file.
        every: fold nothing and leave nothing out.
    """
    if report.findings:
        shared = {} if every else _shared(report)
        _print_shared(shared)
        for tool in report.tools:
            _print_tool(tool, [found for found in tool.issues if found.code not in shared], every)
        _print_rest(report.issues)
        _print_table(report, every=every)
        _print_hints(report)
    out.data(_summary(file, report))


def _shared(report: Report) -> dict[str, list[tuple[str, Issue]]]:
    """Return the findings of each code that many tools share, with the tools' names."""
    by_code: dict[str, list[tuple[str, Issue]]] = {}
    for tool in report.tools:
        for found in tool.issues:
            by_code.setdefault(found.code, []).append((tool.name, found))
    return {code: found for code, found in by_code.items() if _is_shared(found)}


def _is_shared(found: Sequence[tuple[str, Issue]]) -> bool:
    tools = len({name for name, _ in found})
    return tools > (_MANY_ERRORS if found[0][1].severity is Severity.ERROR else _MANY)


def _print_shared(shared: dict[str, list[tuple[str, Issue]]]) -> None:
    if not shared:
        return
    out.data("Many tools")
    for code, found in sorted(shared.items(), key=lambda item: _ORDER[item[1][0][1].severity]):
        names = list(dict.fromkeys(name for name, _ in found))
        first = found[0][1]
        more = ", ..." if len(names) > _NAMES_SHOWN else ""
        times = f"{len(found)} times in " if len(found) > len(names) else ""
        told = f"{times}{amount(len(names), 'tool')}: {', '.join(names[:_NAMES_SHOWN])}{more}"
        out.data(f"  {first.severity.value:<8} {code}: {told}")
        out.data(f"           such as {first.where}: {first.message}")
    out.data("")


def _print_tool(tool: ToolFindings, issues: Sequence[Issue], every: bool) -> None:
    if not issues:
        return
    out.data(f"{tool.name or 'a tool without a name'} ({tool.place})")
    counts = Counter(found.code for found in issues)
    told: set[str] = set()
    for found in sorted(issues, key=lambda found: _ORDER[found.severity]):
        if not every and counts[found.code] > _NAMES_SHOWN:
            if found.code in told:
                continue
            told.add(found.code)
            message = f"{_within(found, tool)}{found.message}, and {counts[found.code] - 1} more"
        else:
            message = f"{_within(found, tool)}{found.message}"
        out.data(f"  {found.severity.value:<8} {message} [{found.code}]")
    out.data("")


def _within(found: Issue, tool: ToolFindings) -> str:
    """Return the place within the tool, without the words that every schema has."""
    inner = found.where.removeprefix(tool.place).removeprefix(".").removeprefix("parameters.")
    inner = inner.removeprefix("properties.").replace(".properties.", ".")
    return f"{inner}: " if inner and inner != "parameters" else ""


def _print_rest(issues: Sequence[Issue]) -> None:
    if not issues:
        return
    out.data("The file as a whole")
    for found in issues:
        place = "" if found.where in ("tools", "") else f"{found.where}: "
        out.data(f"  {found.severity.value:<8} {place}{found.message} [{found.code}]")
    out.data("")


def _print_table(report: Report, *, every: bool) -> None:
    """Print the tools by what they cost, dearest first; the order of equals is the file's."""
    usable = [tool for tool in report.tools if tool.tokens is not None]
    dearest = sorted(usable, key=lambda tool: -(tool.tokens or 0))
    shown = dearest if every or len(usable) <= _TOOLS_SHOWN else dearest[:_TOOLS_SHOWN]
    if not shown:
        return
    title = f"Tokens {_how(report)}"
    if len(shown) < len(usable):
        title += f"; the {len(shown)} largest of {len(usable)} tools"
    rows = [[tool.name, str(tool.tokens), str(len(tool.issues))] for tool in shown]
    out.table(["tool", "tokens", "findings"], rows, title=title)
    out.data("")


def _print_hints(report: Report) -> None:
    graver = [found for found in report.findings if found.severity is not Severity.REPAIR]
    hints = {
        found.code: found.hint for found in sorted(graver, key=lambda each: _ORDER[each.severity])
    }
    if not hints:
        return
    out.data("What to do")
    for code, hint in hints.items():
        out.data(f"  {code}: {hint}")
    out.data("")


def _summary(file: Path, report: Report) -> str:
    usable = len(report.opened.catalog)
    parts = [amount(usable, "tool")]
    if unusable := sum(tool.tokens is None for tool in report.tools):
        parts[0] += f" usable, {unusable} not"
    if report.opened.kind != CATALOGUE:
        parts[0] += f" read as {report.opened.kind}"
    about = "" if report.sizes.counted_with else "about "
    how = f" with template {report.sizes.counted_with}" if report.sizes.counted_with else ""
    parts.append(f"{about}{amount(report.sizes.total, 'token')}{how}")
    if report.fit is not None:
        fit = report.fit
        parts.append(
            f"{fit.tools} of {usable} fit {fit.cutoff_len} tokens with {fit.room} left for the "
            "conversation"
        )
    counts = [
        f"{count} {level.value}{'' if count == 1 else 's'}"
        for level in (Severity.ERROR, Severity.WARNING, Severity.REPAIR)
        if (count := report.count(level))
    ]
    return f"{file}: {'; '.join([*parts, ', '.join(counts) or 'no findings'])}"


def _how(report: Report) -> str:
    counted_with = report.sizes.counted_with
    return f"with template {counted_with}" if counted_with else "by estimate"
