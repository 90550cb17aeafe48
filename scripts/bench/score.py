"""Measures mode bfcl against the official checker: equal verdicts, speed, cold start, damage.

Role: the figures of docs/benchmarks/score.md. Input: bfcl-eval from the package index, installed
without its dependencies into --env (default: a temporary folder), and where it is there, the suite
of recorded official verdicts. Output: tables, on the terminal or with --out as a page.
Command: python scripts/bench/score.py --out docs/benchmarks/score.md
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import score_official as peer
from score_mutations import Item, every_change, relevance_changes

from fctune.evaluation.bfcl.rules import check, language_of

ROOT = Path(__file__).resolve().parents[2]
SUITE = ROOT / "../shared/data/bfcl_parity_dev.jsonl.gz"
CATEGORIES = (
    "simple_python", "simple_java", "simple_javascript", "multiple", "parallel",
    "parallel_multiple", "live_simple", "live_multiple", "live_parallel",
    "live_parallel_multiple", "irrelevance", "live_irrelevance", "live_relevance",
)  # fmt: skip
Row = dict[str, Any]


def items(data: Path) -> Iterator[Item]:
    """Yield all single-turn items of the package."""
    for category in CATEGORIES:
        answers = {}
        if "relevance" not in category:
            answers = {
                row["id"]: row["ground_truth"]
                for row in _lines(data / f"possible_answer/BFCL_v4_{category}.json")
            }
        for row in _lines(data / f"BFCL_v4_{category}.json"):
            yield Item(row["id"], category, row["function"], answers.get(row["id"], []))


def _lines(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


def changed_rows(data: Path, rounds: int) -> Iterator[Row]:
    """Yield changed right predictions of all items, as rows that scoring reads."""
    for seed in range(rounds):
        rng = random.Random(seed)
        for item in items(data):
            change = relevance_changes if "relevance" in item.category else every_change
            for kind, calls in change(item, rng):
                yield {
                    "id": f"{item.key}#{kind}#{seed}",
                    "kind": kind,
                    "category": item.category,
                    "tools": item.tools,
                    "prediction": json.loads(json.dumps(calls)),
                    "possible_answer": item.answer,
                    "underscore_to_dot": rng.random() < 0.15,
                }


def parity_of_changes(official: peer.Official, rounds: int) -> list[tuple[str, ...]]:
    """Return a table of equal verdicts by category."""
    counts: dict[str, Counter[str]] = {}
    kinds: set[str] = set()
    for row in changed_rows(official.data, rounds):
        count = counts.setdefault(row["category"], Counter())
        try:
            theirs = peer.verdict(official, row, language_of(row["category"]))
        except Exception:  # noqa: BLE001 - the official checker stops on some predictions
            count["stopped"] += 1
            continue
        ours = _ours(row)
        kinds.add(row["kind"])
        count["rows"] += 1
        count["valid"] += theirs[0]
        count["verdict"] += ours.valid == theirs[0]
        count["type"] += ours.error_type == theirs[1]
    total: Counter[str] = Counter()
    for count in counts.values():
        total.update(count)
    counts[f"all ({len(kinds)} kinds of change)"] = total
    return [
        (name, *(f"{c[key]:,}" for key in ("rows", "valid", "verdict", "type", "stopped")))
        for name, c in counts.items()
    ]


def parity_of_suite(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return how many recorded official verdicts come out equal."""
    verdicts = [_ours(row) for row in rows]
    same = sum(v.valid == row["official_valid"] for v, row in zip(verdicts, rows, strict=True))
    types = sum(
        v.error_type == row["official_error_type"] for v, row in zip(verdicts, rows, strict=True)
    )
    valid = sum(row["official_valid"] for row in rows)
    return "recorded suite", f"{len(rows):,}", f"{valid:,}", f"{same:,}", f"{types:,}", "0"


def _ours(row: Row) -> Any:
    return check(
        row["tools"],
        row["possible_answer"],
        row["prediction"],
        row["category"],
        row["underscore_to_dot"],
    )


def speeds(official: peer.Official, rows: Sequence[Row], rounds: int) -> list[tuple[str, ...]]:
    """Time both in turn; return rows per second of the best round, and of the middle one."""
    rows = [row for row in rows if "relevance" not in row["category"]]
    calls = [peer.as_official(row["prediction"]) for row in rows]
    models = ["underscored" if row["underscore_to_dot"] else "exact" for row in rows]
    languages = [official.languages[language_of(row["category"])] for row in rows]

    def theirs() -> int:
        valid = 0
        for row, made, model, language in zip(rows, calls, models, languages, strict=True):
            if made is not None and official.is_format(made):
                valid += official.ast_checker(
                    row["tools"], made, row["possible_answer"], language, row["category"], model
                )["valid"]
        return valid

    def ours() -> int:
        valid = 0
        for row in rows:
            valid += check(
                row["tools"], row["possible_answer"], row["prediction"], row["category"],
                row["underscore_to_dot"],
            ).valid  # fmt: skip
        return valid

    seconds: dict[str, list[float]] = {"official": [], "fctune": []}
    verdicts = set()
    for _ in range(rounds):
        for name, run in (("official", theirs), ("fctune", ours)):
            taken, valid = _timed(run)
            seconds[name].append(taken)
            verdicts.add(valid)
    if len(verdicts) != 1:
        raise SystemExit(f"the two do not agree: {verdicts} valid rows")
    best = {name: len(rows) / min(values) for name, values in seconds.items()}
    middle = {name: len(rows) / statistics.median(values) for name, values in seconds.items()}
    ratio = best["fctune"] / best["official"]
    return [
        (name, f"{best[name]:,.0f}", f"{middle[name]:,.0f}", f"{best[name] / best['official']:.2f}")
        for name in seconds
    ] + [("ratio", f"{ratio:.2f}", f"{middle['fctune'] / middle['official']:.2f}", "")]


def _timed(run: Callable[[], int]) -> tuple[float, int]:
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def cold_starts(folder: Path, rounds: int) -> list[tuple[str, ...]]:
    """Time new processes from their start to the first verdict."""
    tool = "{'name': 'f', 'parameters': {'properties': {'n': {'type': 'integer'}}, 'required': []}}"
    scripts = {
        "an empty script": "pass",
        "fctune": "from fctune.evaluation.bfcl.rules import check\n"
        f"assert check([{tool}], [{{'f': {{'n': [5]}}}}], "
        "[{'name': 'f', 'arguments': {'n': 5}}], 'simple').valid",
        "official, its SDKs kept out": peer.STUB.format(folder=str(folder))
        + f"\nassert ast_checker([{tool}], [{{'f': {{'n': 5}}}}], [{{'f': {{'n': [5]}}}}], "
        "Language.PYTHON, 'simple', 'exact')['valid']",
    }
    return [
        (name, f"{_process([sys.executable, '-c', text], rounds) * 1000:.0f} ms")
        for name, text in scripts.items()
    ]


def _process(command: list[str], rounds: int) -> float:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    best = float("inf")
    for _ in range(rounds + 1):  # the first round writes the byte code
        start = time.perf_counter()
        subprocess.run(command, check=True, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)  # fmt: skip
        best = min(best, time.perf_counter() - start)
    return best


def verb(suite: Path, rounds: int) -> float:
    """Time the whole verb on the recorded suite."""
    with tempfile.TemporaryDirectory() as out:
        script = "from fctune.cli.main import run; run()"
        command = [
            sys.executable,
            "-c",
            script,
            "score",
            str(suite),
            "--mode",
            "bfcl",
            "--out",
            out,
        ]
        return _process(command, rounds)


def damage(cases: int) -> str:
    """Judge damaged schemas and predictions; any exception ends the script."""
    sys.path.insert(0, str(ROOT))
    from tests.unit import bfcl_damage

    types: Counter[str | None] = Counter()
    start = time.perf_counter()
    for number in range(cases):
        row = bfcl_damage.row(random.Random(number), number)
        verdict = check(
            row.get("tools"), row.get("possible_answer"), row.get("prediction"),
            row.get("category"), row.get("underscore_to_dot") is True,
        )  # fmt: skip
        assert verdict.reason.startswith(verdict.error_type or "")
        types[verdict.error_type] += 1
    seconds = time.perf_counter() - start
    return (
        f"{cases:,} damaged cases: no exception, {len(types) - 1} error types, "
        f"{types[None]:,} valid, {seconds:.0f} s."
    )


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def page(options: argparse.Namespace, folder: Path) -> str:
    """Measure everything; return the page."""
    peer.install(folder)
    official = peer.load(folder)
    suite: list[Row] = []
    if options.suite.is_file():
        with gzip.open(options.suite, "rt", encoding="utf-8") as lines:
            suite = [json.loads(line) for line in lines]
    timed = suite or list(changed_rows(official.data, 1))[::20]
    speed = speeds(official, timed, options.rounds)
    starts = cold_starts(folder, options.rounds)
    if suite:
        seconds = verb(options.suite, 3)
        starts.append((f"`fctune score`, the whole verb on {len(suite):,} rows",
                       f"{seconds * 1000:.0f} ms"))  # fmt: skip
    parity = parity_of_changes(official, options.changes)
    if suite:
        parity.append(parity_of_suite(suite))
    return PAGE.format(
        version=peer.VERSION,
        python=platform.python_version(),
        machine=f"{platform.machine()}, {os.cpu_count()} cores",
        rounds=options.rounds,
        source="the recorded suite" if suite else "a sample of the changed predictions",
        speed=table(("checker", "rows/s, best", "rows/s, median", "times official"), speed),
        starts=table(("process", "from its start to its end, best"), starts),
        parity=table(
            ("category", "rows", "officially valid", "equal verdict", "equal error type",
             "official checker stopped"), parity,
        ),
        damage=damage(options.fuzz),
        changes=options.changes,
        fuzz=options.fuzz,
    )  # fmt: skip


PAGE = """# Mode `bfcl` against the official checker

Peer: bfcl-eval {version} from PyPI, installed with `--no-deps`; Python {python}, {machine}.

```bash
python scripts/bench/score.py --rounds {rounds} --changes {changes} --fuzz {fuzz} \\
    --out docs/benchmarks/score.md
```

## Speed

Both in one process and in turn, best of {rounds}, on the rows of {source} that have gold calls.
The official side is its shape check and `ast_checker` on calls already in its form and without the
copy that it needs elsewhere; our side reads the rows as they are. Nothing of a row is kept from one
round to the next. The script ends with an error unless both find the same number of valid rows.

{speed}

## Cold start

New processes, byte code written.

{starts}

## Equal verdicts

All single-turn items of the package, each with one right prediction and one of every kind of change
that applies, such as another spelling, a wrong type, an argument too many, or calls in another
order; {changes} round(s) with other seeds. Where the official checker stops with an error there is
nothing to compare.

{parity}

## Damage

{damage}
"""


def main() -> None:
    """Run the measurements."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--env", type=Path, help="folder for bfcl-eval; kept")
    parser.add_argument("--suite", type=Path, default=SUITE, help="rows with official verdicts")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--changes", type=int, default=1, help="rounds of changed predictions")
    parser.add_argument("--fuzz", type=int, default=100_000, help="damaged cases")
    parser.add_argument("--out", type=Path, help="write the page here")
    options = parser.parse_args()
    if options.env:
        text = page(options, options.env)
    else:
        with tempfile.TemporaryDirectory() as folder:
            text = page(options, Path(folder))
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
