"""Reads every raw file of a folder and writes what became of its rows as a table.

Role: the claim that every public format is read, and each row kept or rejected with a code, is a
table that this command makes. Input: a folder of raw files. Output: Markdown; the exit status is 1
where a file makes the reader crash.
Command: python scripts/bench/formats.py ../shared/data/raw --out docs/benchmarks/formats.md
"""

from __future__ import annotations

import argparse
import json
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fctune.catalogue import CATALOGUE
from fctune.conversations.formats import FORMATS, parts_of
from fctune.conversations.read import read_conversation
from fctune.dataset.sources import data_files
from fctune.errors import FctuneError
from fctune.issues import Accepted, Origin, Severity, blocking
from fctune.jsonl import read_rows, write_text
from fctune.tools.lint.report import open_tools
from fctune.tools.spec import ToolCatalog

SUFFIXES = (".json", ".jsonl", ".ndjson", ".csv", ".gz", ".zst", ".parquet")
NO_FORMAT = "none"
# Tools that a sample keeps in a file of their own, by the sample's folder: given as --tools.
SIDE_TOOLS = {"api_bank": "apis.json", "seal_tools": "tool.jsonl"}
# Questions and answers of these lie in two files that are joined by `id`: by the folder, what the
# names of the two begin with.
JOINED = {"bfcl_v4": ("BFCL_v4_", "possible_answer_"), "acebench": ("data_", "possible_answer_")}
# Whole lists of tools and tables of outcomes: they hold no conversations.
NOT_ROWS = ("mcp_tools_list", "tools_only_openapi_jarvis", "tutorial_tool_use")
SHOWN = 5
ABOUT = (
    "Every row is kept, or rejected with at least one code. A row counts once for each code that",
    "rejects it, so that codes may add up to more than the rejected rows. A raw row that holds",
    "several conversations (ToolAlpaca, ToolBench) counts as that many. `repaired` rows are kept",
    "with a lawful change; writing the default system text is one, so that all rows of a set",
    "without system texts have it. Questions and answers that lie in two files are read alone,",
    "where their rows are rejected, and joined by `id` (`A + B`).",
    "",
    "Rows that call and list no tools need `--tools`. Where a sample has its tools in another",
    "file, that file is given, as `fctune tools import` reads it. The sample of Seal-Tools holds a",
    "part of its tools and that of tau-bench none: `call-unknown-tool` there tells of the sample,",
    "not of the rows. Lists of tools without rows are in",
    "[catalogues.md](catalogues.md).",
)


@dataclass
class Counted:
    """What became of the rows of one file in one format."""

    read: int = 0
    kept: int = 0
    repaired: int = 0
    test_set: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)


@dataclass
class File:
    """One file: its counts by format, or the sentence that refuses it."""

    name: str
    tools: str = ""
    formats: dict[str, Counted] = field(default_factory=dict)
    refusal: str = ""
    crash: str = ""


def read_file(file: File, rows: Iterable[Any], tools: ToolCatalog | None) -> None:
    """Read the rows of one file and count them."""
    for row in rows:
        if row.issue is not None:
            counted = file.formats.setdefault(NO_FORMAT, Counted())
            counted.read += 1
            counted.errors[row.issue.code] += 1
            continue
        for part in parts_of(row.value):
            count(file, part, row.origin, tools)


def count(file: File, value: Any, origin: Origin, tools: ToolCatalog | None) -> None:
    """Read one row and count what became of it."""
    chosen = None
    if isinstance(value, dict):
        chosen = next((known.name for known in FORMATS if known.detect(value)), None)
    counted = file.formats.setdefault(chosen or NO_FORMAT, Counted())
    counted.read += 1
    verdict = read_conversation(value, origin, tools=tools)
    codes = {found.code for found in verdict.issues}
    counted.test_set += "test-set-row" in codes
    if isinstance(verdict, Accepted):
        counted.kept += 1
        # The default system text and merged turns of one speaker are counted as any repair.
        repairs = {code for code in codes if CATALOGUE[code].severity is Severity.REPAIR}
        counted.repaired += bool(repairs)
        counted.repairs.update(repairs)
    else:
        counted.errors.update({found.code for found in verdict.issues if blocking([found])})


def files_of(folder: Path) -> Iterator[Path]:
    """Yield the data files of a folder and its folders, in order."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES and path.is_file():
            yield path


def joined_rows(questions: Path, answers: Path) -> list[Any]:
    """Return the rows of a file of questions, each with the answer of its id."""
    by_id = {row.value["id"]: row.value for row in read_rows(answers)}
    rows = list(read_rows(questions))
    for row in rows:
        row.value.update(by_id.get(row.value["id"], {}))
    return rows


def measured(folder: Path) -> Iterator[File]:
    """Yield every file of a folder, read; and every pair of files that is joined."""
    for path in files_of(folder):
        sample = path.relative_to(folder).parts[0]
        if sample in NOT_ROWS or path.name == SIDE_TOOLS.get(sample):
            continue
        yield from of_sample(folder, path, sample)


def of_sample(folder: Path, path: Path, sample: str) -> Iterator[File]:
    """Yield one file, read; and it joined with its answers where it has them elsewhere."""
    side = path.with_name(SIDE_TOOLS[sample]) if sample in SIDE_TOOLS else None
    tools = open_tools(side).catalog if side is not None else None
    name = str(path.relative_to(folder))
    yield guarded(File(name, side.name if side is not None else ""), path, None, tools)
    first, second = JOINED.get(sample, ("", ""))
    if first and path.name.startswith(first):
        answers = path.with_name(second + path.name.removeprefix(first))
        if answers.exists():
            yield guarded(File(f"{name} + {answers.name}"), path, answers, None)


def guarded(file: File, path: Path, answers: Path | None, tools: ToolCatalog | None) -> File:
    """Read a file; a crash is a result of the table, not the end of it."""
    try:
        data_files([path])
        rows = read_rows(path) if answers is None else joined_rows(path, answers)
        read_file(file, rows, tools)
    except FctuneError as fault:
        file.refusal = fault.message
    except Exception as fault:  # noqa: BLE001 - a crash is what the table is to show
        file.crash = f"{type(fault).__name__}: {fault}"
        traceback.print_exc()
    return file


def shown(counts: Counter[str]) -> str:
    """Return counts by code, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    told = [f"`{code}` {number}" for code, number in ordered[:SHOWN]]
    more = [f"{len(counts) - SHOWN} more codes"] if len(counts) > SHOWN else []
    return ", ".join(told + more)


def lines_of(files: Sequence[File]) -> Iterator[str]:
    """Yield the rows of the table by file."""
    for file in files:
        name = f"`{file.name}`" + (f", tools of `{file.tools}`" if file.tools else "")
        fault = file.crash or file.refusal
        if fault:
            kind = "crashed" if file.crash else "refused"
            yield f"| {name} | {kind} | 0 | 0 | 0 | 0 | {fault.replace('|', '/')} |"
        for kind, counted in sorted(file.formats.items()):
            rejected = counted.read - counted.kept
            yield (
                f"| {name} | {kind} | {counted.read} | {counted.kept} | {counted.repaired} "
                f"| {rejected} | {shown(counted.errors)} |"
            )


def by_format(files: Sequence[File]) -> dict[str, Counted]:
    """Return the sums of all files, by format."""
    sums: dict[str, Counted] = {}
    for file in files:
        for kind, counted in file.formats.items():
            total = sums.setdefault(kind, Counted())
            total.read += counted.read
            total.kept += counted.kept
            total.repaired += counted.repaired
            total.test_set += counted.test_set
            total.errors.update(counted.errors)
            total.repairs.update(counted.repairs)
    return sums


def page(files: Sequence[File], command: str) -> str:
    """Return the document."""
    sums = by_format(files)
    read = sum(counted.read for counted in sums.values())
    kept = sum(counted.kept for counted in sums.values())
    lines = [
        "# What becomes of the rows of public datasets",
        "",
        "Made by:",
        "",
        "```bash",
        command,
        "```",
        "",
        *ABOUT,
        "",
        f"{len(files)} readings, {read} rows: {kept} kept, {read - kept} rejected; "
        f"{sum(bool(file.crash) for file in files)} crashes.",
        "",
        "## By file",
        "",
        "| file | format | read | kept | repaired | rejected | rejected by code |",
        "|---|---|---:|---:|---:|---:|---|",
        *lines_of(files),
        "",
        "## By format",
        "",
        "| format | read | kept | repaired | of a test set | repairs by code |",
        "|---|---:|---:|---:|---:|---|",
    ]
    lines += [
        f"| {kind} | {one.read} | {one.kept} | {one.repaired} | {one.test_set} "
        f"| {shown(one.repairs)} |"
        for kind, one in sorted(sums.items())
    ]
    return "\n".join(lines) + "\n"


def as_data(files: Sequence[File]) -> str:
    """Return the counts as JSON, for looking at all codes."""
    return json.dumps({file.name: file.formats for file in files}, default=vars, indent=1)


def main() -> int:
    """Read the folder of the command line and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, help="the page to write; printed where left out")
    parser.add_argument("--json", action="store_true", help="print all counts as JSON instead")
    options = parser.parse_args()
    files = list(measured(options.folder))
    command = f"python scripts/bench/formats.py {options.folder}"
    text = as_data(files) if options.json else page(files, f"{command} --out {options.out}")
    if options.out is not None:
        write_text(options.out, text)
    else:
        print(text)
    return int(any(file.crash for file in files))


if __name__ == "__main__":
    raise SystemExit(main())
