"""Measures the rule that tells answer, ask and refuse from words, on text that others labelled.

Role: the 4x4 table of decisions rests on this rule for turns without a call. Input: rows of
When2Call (answers of labelled kinds). Output: accuracy and a 3x3 table for the rows that the rule
was written on (the first forty of the file) and for all others, as Markdown. Command:
python scripts/bench/decisions.py ../shared/data/raw/when2call/test_llm_judge_120.jsonl \
    --out docs/benchmarks/decisions.md
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from fctune.evaluation.cases.case_set import Decision
from fctune.evaluation.outcomes.decision import decide
from fctune.evaluation.statistics import wilson
from fctune.jsonl import read_rows, write_text

LABELS = {
    "direct": Decision.ANSWER,
    "request_for_info": Decision.ASK,
    "cannot_answer": Decision.REFUSE,
}
READ_ROWS = 40
COMMAND = """python scripts/bench/decisions.py {} \\
    --out docs/benchmarks/decisions.md"""


def labelled(path: Path) -> Iterator[tuple[int, Decision, str]]:
    """Yield the number of the row, the label and the words of each labelled answer."""
    for number, raw in enumerate(read_rows(path)):
        for kind, label in LABELS.items():
            if text := raw.value["answers"].get(kind):
                yield number, label, text


def table(counts: Counter[tuple[Decision, Decision]]) -> Iterator[str]:
    """Yield the table of labels against what the rule told."""
    labels = list(LABELS.values())
    yield f"| label | {' | '.join(one.value for one in labels)} | precision | recall |"
    yield "|---|---:|---:|---:|---:|---:|"
    for gold in labels:
        row = [counts[gold, told] for told in labels]
        column = [counts[other, gold] for other in labels]
        precision, recall = counts[gold, gold] / sum(column), counts[gold, gold] / sum(row)
        yield f"| {gold.value} | {' | '.join(map(str, row))} | {precision:.3f} | {recall:.3f} |"


def part(name: str, found: Sequence[tuple[Decision, Decision]]) -> Iterator[str]:
    """Yield the section of one part of the rows."""
    right = sum(gold is told for gold, told in found)
    interval = wilson(right, len(found))
    yield f"## {name}"
    yield ""
    yield (
        f"{right} of {len(found)} right: {right / len(found):.3f} "
        f"[{interval.lo:.3f}, {interval.hi:.3f}]"
    )
    yield ""
    yield from table(Counter(found))
    yield ""


def document(path: Path) -> str:
    """Return the page."""
    rows = list(labelled(path))
    started = time.perf_counter()
    told = [(number, gold, decide(text)) for number, gold, text in rows]
    seconds = time.perf_counter() - started
    read = [(gold, found) for number, gold, found in told if number < READ_ROWS]
    others = [(gold, found) for number, gold, found in told if number >= READ_ROWS]
    lines = [
        "# How well answer, ask and refuse are told apart from words",
        "",
        "Made by:",
        "",
        "```bash",
        COMMAND.format(path),
        "```",
        "",
        "The rows are answers of When2Call's test set (NVIDIA/When2Call, Apache-2.0), each written",
        "by a model to be of one kind. The rule was written while reading the first forty rows of",
        "the file; the others were only counted. Rows label what a text was meant to be: some",
        "`answer` rows do say that something cannot be done, and the rule calls those `refuse`.",
        "These are short English texts of one writer, so the figure is an upper bound for others;",
        "the Chinese rules are held by hand-made sentences of test_evaluation_decision.py.",
        "",
        *part(f"Rows that the rule was written on (the first {READ_ROWS})", read),
        *part("All other rows", others),
        f"{len(told) / seconds:,.0f} texts a second on one core.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page, or print it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("rows", type=Path, help="rows of When2Call with labelled answers")
    parser.add_argument("--out", type=Path, help="the page to write; default: print it")
    options = parser.parse_args()
    text = document(options.rows)
    if options.out:
        write_text(options.out, text)
    else:
        print(text)


if __name__ == "__main__":
    main()
