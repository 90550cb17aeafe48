"""Checks every catalogue of a folder and writes what was found as a table.

Role: the claim that `fctune tools check` reads what people have, and finds what they would like to
know, is a table that this command makes. Input: a folder of files in any shape. Output: Markdown.
Command: python scripts/bench/check_catalogues.py ../shared/data --out docs/benchmarks/catalogues.md
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fctune.catalogue import CATALOGUE
from fctune.errors import FctuneError
from fctune.issues import Severity
from fctune.jsonl import write_text
from fctune.tools.lint.judge import lint_catalog
from fctune.tools.lint.report import CATALOGUE as AS_IT_STANDS
from fctune.tools.lint.report import Report, open_tools, report_of
from fctune.tools.size import estimated

SUFFIXES = (".json", ".jsonl", ".yaml", ".yml", ".gz")


@dataclass(frozen=True)
class Checked:
    """One file: its report and what --fix makes of it, or the sentence that refuses it."""

    name: str
    report: Report | None
    mended: Counter[str]
    left: int
    seconds: float
    refusal: str = ""


def check(path: Path, name: str) -> Checked:
    """Open, check and repair one file; nothing is written."""
    started = time.perf_counter()
    try:
        opened = open_tools(path)
    except FctuneError as fault:
        return Checked(name, None, Counter(), 0, time.perf_counter() - started, fault.message)
    specs = opened.catalog.specs
    report = report_of(opened, lint_catalog(opened.catalog, opened.places), estimated(specs))
    seconds = time.perf_counter() - started
    fixed, made = opened.fixed()
    left = len(lint_catalog(fixed.catalog, fixed.places))
    return Checked(name, report, Counter(each.code for each in made), left, seconds)


def files_of(folder: Path) -> Iterator[Path]:
    """Yield the data files of a folder and its folders, in order."""
    yield from (path for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES)


def file_rows(checked: Sequence[Checked]) -> Iterator[str]:
    """Yield the table of files."""
    yield "| file | read as | tools | tokens | errors | warnings | repairs | mended by --fix | s |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|---:|"
    for each in checked:
        report = each.report
        if report is None:
            continue
        counts = [report.count(level) for level in (Severity.ERROR, Severity.WARNING)]
        cells = [
            f"`{each.name}`",
            report.opened.kind,
            len(report.opened.catalog),
            report.sizes.total,
            *counts,
            report.count(Severity.REPAIR),
            sum(each.mended.values()),
            f"{each.seconds:.2f}",
        ]
        yield f"| {' | '.join(map(str, cells))} |"


def code_rows(checked: Sequence[Checked]) -> Iterator[str]:
    """Yield the table of codes, gravest and most frequent first."""
    found: Counter[str] = Counter()
    files: dict[str, list[str]] = {}
    mended: Counter[str] = Counter()
    for each in checked:
        mended += each.mended
        codes = Counter(one.code for one in each.report.findings) if each.report else Counter()
        found += codes
        for code in codes:
            files.setdefault(code, []).append(Path(each.name).name)
    order = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.REPAIR: 2}
    yield "| code | severity | findings | files | mended by --fix | meaning |"
    yield "|---|---|---:|---:|---:|---|"
    for code in sorted(found, key=lambda code: (order[CATALOGUE[code].severity], -found[code])):
        entry = CATALOGUE[code]
        yield (
            f"| `{code}` | {entry.severity.value} | {found[code]} | {len(files[code])} "
            f"| {mended[code]} | {entry.meaning} |"
        )


def refusal_rows(checked: Sequence[Checked]) -> Iterator[str]:
    """Yield the sentences of refused files, each with how many files it refuses."""
    reasons: dict[str, list[str]] = {}
    for each in checked:
        if each.refusal:
            reasons.setdefault(each.refusal, []).append(f"`{each.name}`")
    for reason, names in reasons.items():
        yield f"- {reason} ({len(names)}): {', '.join(names)}"


def document(checked: Sequence[Checked], folder: str) -> str:
    """Return the page."""
    reports = [each.report for each in checked if each.report is not None]
    tools = sum(len(report.opened.catalog) for report in reports)
    findings = [found for report in reports for found in report.findings]
    by_level = Counter(found.severity for found in findings)
    native = sum(report.opened.kind == AS_IT_STANDS for report in reports)
    lines = [
        "# What `fctune tools check` finds in public tool lists",
        "",
        "Made by:",
        "",
        "```bash",
        f"python scripts/bench/check_catalogues.py {folder} --out docs/benchmarks/catalogues.md",
        "```",
        "",
        "One row for each file that holds tools; rows of data sets give the union of their tools.",
        "Tokens are an estimate. `repairs` were made while reading; `mended by --fix` counts what",
        "--fix would write, without --require-all. Seconds include reading the file.",
        "",
        f"{len(reports)} files with {tools} tools, {native} of them catalogues as they stand and "
        f"{len(reports) - native} of other",
        f"shapes: {by_level[Severity.ERROR]} errors, {by_level[Severity.WARNING]} warnings, "
        f"{by_level[Severity.REPAIR]} repairs.",
        "",
        *file_rows(checked),
        "",
        "## By code",
        "",
        *code_rows(checked),
        "",
        "## Files without tools",
        "",
        "They are refused in one sentence, exit code 3.",
        "",
        *refusal_rows(checked),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Check the folder and write or print the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    checked = [
        check(path, str(path.relative_to(options.folder))) for path in files_of(options.folder)
    ]
    page = document(checked, str(options.folder))
    if options.out is None:
        print(page)
    else:
        write_text(options.out, page)


if __name__ == "__main__":
    main()
