"""Counts the personal data found in a folder of samples, and in numbers that are none.

Role: the claims that `fctune prepare` finds personal data, seldom marks what is none, and costs
little, are tables that this command makes. Input: a folder of raw files. Output: Markdown; with
--marks also a file of every mark with the words about it, to be read by hand.
Command: python scripts/bench/personal.py ../shared/data/raw --out docs/benchmarks/personal.md
"""

from __future__ import annotations

import argparse
import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from fctune.conversations.personal import find, marks, suspect
from fctune.conversations.personal_patterns import Kind, find_spans
from fctune.conversations.turns import Conversation
from fctune.dataset.sources import Reading, data_files, read_file
from fctune.errors import FctuneError
from fctune.issues import Accepted
from fctune.jsonl import read_rows, write_text

NOT_ROWS = ("mcp_tools_list", "tools_only_openapi_jarvis", "tutorial_tool_use")
DRAWN = 20_000
ABOUT = (
    "Values found in the rows that `fctune prepare` accepts of public samples, by kind; a value",
    "that stands in three places counts three times. IP addresses are off by default. Kinds",
    "without a column were not found in any sample.",
)
# What one reader, the author of the patterns, saw in every mark of these samples, with 40
# characters of context; counts are of the run that the table shows.
READ = (
    "## Read by hand",
    "",
    "Every distinct mark of the table was read, with 40 characters before it, by one reader, the",
    "author of the patterns; nobody else has checked that. Right is what stands in form and",
    "place of its kind, whether a person has it or not: public samples are largely made up. Early",
    "patterns also marked networks such as `8.8.8.0/24`, which are passed over since.",
    "",
    "| kind | marks | right | of these plainly made up |",
    "|---|---:|---:|---|",
    "| e-mails | 71 | 71 | `yourname@yourdomain.com`, `John.Doe-123%+@example-domain.com` |",
    "| phones | 34 | 34 | `123-456-7890`, `(555) 123-4567`; 30 are lines of companies, not of "
    "persons |",
    "| keys and passwords | 208 | 208 | most: `password123`, `abcd1234`, generated passwords |",
    "| IP addresses | 11 | 11 | `123.45.67.89` |",
    "",
    "Missed by design, as masking single words would break the text about them: passwords of one",
    "plain word (`adminpass`), and tokens shorter than twelve characters. Names and street",
    "addresses are not looked for. Samples hold no card, identity or account numbers, so that",
    "their precision on real rows is not known; the check digits leave the shares below.",
)


@dataclass
class Sample:
    """One file: rows accepted, rows with a mark, marks by kind."""

    name: str
    rows: int = 0
    marked: int = 0
    kinds: Counter[Kind] = field(default_factory=Counter)


def read_sample(path: Path, name: str, seen: list[str]) -> Sample:
    """Count the marks of a file, and note each with the words about it."""
    sample = Sample(name)
    for verdict in read_file(path, Reading()):
        if not isinstance(verdict, Accepted):
            continue
        sample.rows += 1
        sample.marked += bool(find(verdict.value))
        for mark in marks(verdict.value, kinds=frozenset(Kind)):
            sample.kinds[mark.span.kind] += 1
            start, end = mark.span.start, mark.span.end
            words = (
                mark.text[max(0, start - 40) : start],
                mark.text[start:end],
                mark.text[end:][:20],
            )
            origin = f"{name}:{verdict.value.origin.line}"
            seen.append(json.dumps([mark.span.kind.value, origin, mark.where, *words]))
    return sample


def drawn(make: Callable[[random.Random], str]) -> Counter[Kind]:
    """Count the marks in numbers that are no personal data."""
    draw = random.Random(7)
    found: Counter[Kind] = Counter()
    for _ in range(DRAWN):
        found.update(span.kind for span in find_spans(f"the value is {make(draw)}, as told."))
    return found


def digits(count: int) -> Callable[[random.Random], str]:
    """Return what draws that many digits, the first not 0."""
    return lambda draw: str(draw.randint(10 ** (count - 1), 10**count - 1))


SIGNS = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"


def group(draw: random.Random) -> str:
    """Return four digits."""
    return f"{draw.randint(0, 9999):04}"


HARMLESS: tuple[tuple[str, Callable[[random.Random], str]], ...] = (
    ("order numbers `ORD-` and 10 digits", lambda d: "ORD-" + digits(10)(d)),
    ("Unix time, seconds", lambda d: str(d.randint(1_500_000_000, 1_900_000_000))),
    ("Unix time, milliseconds", lambda d: str(d.randint(1_500_000_000_000, 1_900_000_000_000))),
    (
        "dates with time",
        lambda d: f"20{d.randint(10, 30)}-{d.randint(1, 12):02}-{d.randint(1, 28):02} "
        f"{d.randint(0, 23):02}:{d.randint(0, 59):02}:{d.randint(0, 59):02}",
    ),
    ("prices", lambda d: f"{d.randint(1, 10**9):,}.{d.randint(0, 99):02}"),
    ("decimals", lambda d: f"{d.random() * 180}"),
    ("UUIDs", lambda d: str(uuid.UUID(int=d.getrandbits(128), version=4))),
    ("tracking numbers `1Z` and 16 characters", lambda d: "1Z" + "".join(d.choices(SIGNS, k=16))),
    (
        "tracking numbers, 4 groups of 4 and 2",
        lambda d: f"9400 {group(d)} {group(d)} {group(d)} {d.randint(0, 99):02}",
    ),
    *((f"{count} digits alone", digits(count)) for count in (8, 9, 10, 11, 12, 13, 14, 16, 18, 19)),
)  # fmt: skip


def speed(folder: Path) -> list[str]:
    """Return the cost of the filter and of the search, on the rows of Glaive."""
    lines = []
    for path in sorted(folder.rglob("glaive_toolcall_*_demo.json")):
        rows = [row.value for row in read_rows(path)]
        found = [v.value for v in read_file(path, Reading()) if isinstance(v, Accepted)]
        for escaped in (False, True):
            raw = [json.dumps(row, ensure_ascii=escaped).encode() for row in rows]
            passed = [line for line in raw if not suspect(line)]
            loads_us = _best(lambda raw=passed: [orjson.loads(line) for line in raw]) / len(passed)
            filter_us = _best(lambda raw=passed: [suspect(line) for line in raw]) / len(passed)
            lines.append(
                f"| `{path.name}`{', ASCII' if escaped else ''} | {len(raw)} | "
                f"{sum(map(len, raw)) // len(raw)} | {len(raw) - len(passed)} | "
                f"{filter_us * 1e6:.0f} | {_find_us(found):.0f} | {loads_us * 1e6:.0f} |"
            )
    return lines


def _find_us(rows: list[Conversation]) -> float:
    return _best(lambda: [find(row) for row in rows], 5) / max(1, len(rows)) * 1e6


def _best(run: Callable[[], object], repeat: int = 40) -> float:
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def page(samples: list[Sample], folder: Path) -> str:
    """Return the whole page."""
    kinds = [kind for kind in Kind if any(sample.kinds[kind] for sample in samples)]
    head = ["file", "rows", "rows marked", *(kind.value for kind in kinds)]
    lines = ["# Personal data in public samples", "", "Made by:", "", "```bash"]
    lines += [
        "python scripts/bench/personal.py ../shared/data/raw --out docs/benchmarks/personal.md"
    ]
    lines += ["```", "", *ABOUT, "", f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    total = Sample("all files with rows")
    for sample in samples:
        total.rows += sample.rows
        total.marked += sample.marked
        total.kinds.update(sample.kinds)
    for sample in [*(s for s in samples if s.kinds), total]:
        cells = [f"`{sample.name}`" if sample is not total else sample.name, str(sample.rows)]
        cells += [str(sample.marked), *(str(sample.kinds[kind]) for kind in kinds)]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", *READ, "", "## Numbers that are no personal data", ""]
    lines += [
        f"Marks in {DRAWN:,} drawn values of each shape, in a sentence without a telling word."
    ]
    lines += ["", "| shape | marked | as |", "|---|---:|---|"]
    for name, make in HARMLESS:
        found = drawn(make)
        share = f"{sum(found.values()) / DRAWN:.2%}" if found else "0"
        names = ", ".join(f"{kind.value} {count}" for kind, count in found.most_common())
        lines.append(f"| {name} | {share} | {names} |")
    lines += ["", "## Cost", "", "Best of 40 (filter) and 5 (search); the search runs only on rows"]
    lines += ["that the filter does not pass.", ""]
    lines += ["| rows | number | mean bytes | held back | filter, µs a row | search, µs a row | "]
    lines[-1] += "`orjson.loads`, µs a row |"
    lines += ["|---|---:|---:|---:|---:|---:|---:|", *speed(folder)]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the samples and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--marks", type=Path, help="write every mark here, as JSON lines")
    options = parser.parse_args(arguments)
    samples, seen = [], list[str]()
    for path in data_files([options.folder]):
        name = str(path.relative_to(options.folder))
        if name.startswith(NOT_ROWS):
            continue
        try:
            samples.append(read_sample(path, name, seen))
        except FctuneError:
            continue
    text = page(samples, options.folder)
    if options.out:
        write_text(options.out, text)
    else:
        print(text)
    if options.marks:
        write_text(options.marks, "\n".join(seen) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
