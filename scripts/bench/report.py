"""Measure the report of an evaluation of 10,000 cases, and write the table.

Role: the claim that a 10,000-case report takes under 10 s. Input: none; cases in English and
Chinese, of every outcome, are made by a fixed rule. Output: Markdown with the seconds of each part
and the size of each file; the exit status is 1 where the target is missed, or where a second
report of the same predictions differs in a byte.
Command: python scripts/bench/report.py --out docs/benchmarks/report.md

Each part is the best of some runs in one process, imports before the first; the total is the sum of
measuring and writing. Judging, which every evaluation does before a report, is told apart. The
target is of seconds that pass; seconds of the processor tell how much of them other work took.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

LIMIT_S = 10.0


def main() -> int:
    """Measure, print and write; tell whether the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--tools", type=int, default=60, help="tools beside the eight main ones")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--out", type=Path, help="write the table here too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        seconds, sizes, same = measured(options, Path(temporary))
    page = table(seconds, sizes, same, options)
    print(page)
    if options.out is not None:
        options.out.write_text(page, encoding="utf-8")
    return int(total(seconds) >= LIMIT_S or not same)


def measured(
    options: argparse.Namespace, folder: Path
) -> tuple[dict[str, tuple[float, float]], dict[str, int], bool]:
    """Return the best seconds of each part, passed and of the processor, and sizes of files.

    The last value tells whether all runs wrote the same bytes.
    """
    from fctune.evaluation.evaluate import evaluate
    from fctune.evaluation.page_html.report import write_html
    from fctune.evaluation.report.files import Report, RunConfig, write_report
    from tests.unit.report_samples import made

    case_set, predictions = made(options.cases, more_tools=options.tools)
    population = case_set.population()
    config = RunConfig("recorded", "qwen", 42, {"base": "made by rule"}, None, population)
    seconds: dict[str, tuple[float, float]] = {}
    digests = set()
    for run in range(options.repeat):
        evaluation = _best(seconds, "judge", lambda: evaluate(case_set, predictions))
        report = _best(seconds, "measure", lambda made=evaluation: Report.of(made, config))
        target = folder / str(run)
        _best(seconds, "write all files", lambda made=report, to=target: write_report(made, to))
        alone = folder / "alone"
        _best(seconds, "of it report.html", lambda made=report, to=alone: write_html(made, to))
        digests.add(_digest(target))
    sizes = {path.name: path.stat().st_size for path in sorted(target.iterdir())}
    return seconds, sizes, len(digests) == 1


def total(seconds: dict[str, tuple[float, float]], *, cpu: bool = False) -> float:
    """Return the seconds of a report: measuring and writing."""
    return seconds["measure"][cpu] + seconds["write all files"][cpu]


def table(
    seconds: dict[str, tuple[float, float]],
    sizes: dict[str, int],
    same: bool,
    options: argparse.Namespace,
) -> str:
    """Return the page."""
    found = total(seconds)
    parts = [
        "# The report of an evaluation\n",
        f"`python scripts/bench/report.py --cases {options.cases}`, {platform.machine()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, one process. "
        f"{options.cases:,} made cases in English and Chinese over {options.tools + 8} tools, of "
        f"every outcome; the best of {options.repeat} runs of each part. The target is a report "
        f"of 10,000 cases in less than {LIMIT_S:.0f} s.\n",
        "| part | seconds | seconds of the processor |\n|---|---:|---:|",
        *(f"| {name} | {wall:.2f} | {cpu:.2f} |" for name, (wall, cpu) in seconds.items()),
        f"| **measure and write** | **{found:.2f}** | **{total(seconds, cpu=True):.2f}** |\n",
        f"Target {'met' if found < LIMIT_S else 'MISSED'}; {options.repeat} reports of the same "
        f"predictions are {'equal in every byte' if same else 'NOT EQUAL'}.\n",
        "| file | kB |\n|---|---:|",
        *(f"| `{name}` | {size / 1000:,.0f} |" for name, size in sizes.items()),
    ]
    return "\n".join(parts) + "\n"


def _best(seconds: dict[str, tuple[float, float]], name: str, work: Callable[[], Any]) -> Any:
    started, used = time.perf_counter(), time.process_time()
    made = work()
    took = time.perf_counter() - started, time.process_time() - used
    before = seconds.get(name, took)
    seconds[name] = min(took[0], before[0]), min(took[1], before[1])
    return made


def _digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
