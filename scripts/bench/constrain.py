"""Constrained decoding on an untrained model: what is lawful, and what it costs a token.

Role: the figures of docs/benchmarks/constrain.md are a table that this command makes.
Input: a model folder (made where none is given) and a file of conversations. Output: Markdown.
Command: python scripts/bench/constrain.py --out docs/benchmarks/constrain.md
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ["CUDA_VISIBLE_DEVICES"] = ""

from generate import DATA, tiny_model

from fctune.evaluation.cases.case_set import EvalCase, read_cases
from fctune.evaluation.grammar.styles import style_of
from fctune.evaluation.local.constrain import Constraint, grammar_of
from fctune.evaluation.local.predict_constrain_rows import CallProcessor
from fctune.evaluation.local.predict_local import Decoding, LocalPredictor
from fctune.evaluation.predict import Prediction
from fctune.jsonl import write_text
from fctune.tools.check import check_call

SHORT = 24  # less than the longest call of the catalogue needs
SPOKEN = 96  # words of noise never end, and say no more in more tokens
ABOUT = (
    "# Constrained decoding",
    "",
    "Made by:",
    "",
    "```bash",
    "python scripts/bench/constrain.py --out docs/benchmarks/constrain.md",
    "```",
    "",
    "An untrained tiny model, whose tokens are noise: whatever is lawful here is so by the grammar",
    "alone. `greedy` takes the likeliest token, `hot` samples at temperature 1. Calls are judged",
    "by `check_call` against the tool's own schema. `truncated` answers ran out of room: in a call",
    "they are led to its end, and count as truncated though they can be read.",
    "",
    "Answers have at most 256 tokens, or as many as the label says; the longest call of this",
    "catalogue needs more than the least of them, so that it cannot be begun there.",
    "",
    "`grammar` is the CPU time of masks a token and row, batches of the size shown; `of all` its",
    "share of the whole run's CPU time.",
    "",
)


class Meter:
    """Adds up what a processor takes."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.tokens = 0

    def watch(self) -> None:
        """Measure every call of every processor from now on."""
        inner = CallProcessor.__call__
        meter = self

        def measured(processor: CallProcessor, input_ids: Any, scores: Any) -> Any:
            started = time.process_time()
            masked = inner(processor, input_ids, scores)
            meter.seconds += time.process_time() - started
            meter.tokens += sum(not row.done for row in processor.rows)
            return masked

        CallProcessor.__call__ = measured  # type: ignore[method-assign]


def repeated(cases: Sequence[EvalCase], count: int) -> list[EvalCase]:
    """Return so many cases, each with an id of its own, which samples by."""
    return [
        replace(cases[number % len(cases)], id=f"{cases[number % len(cases)].id}/{number}")
        for number in range(count)
    ]


def kind_of(prediction: Prediction, case: EvalCase) -> list[str]:
    """Return the columns that a prediction counts in."""
    decoded = prediction.decoded
    kinds = ["calls" if decoded.calls else "words"]
    if decoded.malformed:
        kinds = ["malformed"]
    if any(check_call(call, case.catalog) for call in decoded.calls):
        kinds.append("invalid")
    if prediction.finish_reason == "length":
        kinds.append("truncated")
    return kinds


def row(predictor: LocalPredictor, cases: Sequence[EvalCase], meter: Meter, label: str) -> str:
    """Ask all cases and return a line of the table."""
    by_id = {case.id: case for case in cases}
    meter.seconds, meter.tokens = 0.0, 0
    counted: Counter[str] = Counter()
    started, tokens = time.process_time(), 0
    for prediction in predictor.predict(cases):
        counted.update(kind_of(prediction, by_id[prediction.case_id]))
        tokens += prediction.output_tokens
    spent = time.process_time() - started
    cost = f"{meter.seconds / meter.tokens * 1e6:.0f} us" if meter.tokens else "-"
    share = f"{meter.seconds / spent:.0%}" if meter.tokens else "-"
    return (
        f"| {label} | {len(cases)} | {counted['calls']} | {counted['words']} | "
        f"{counted['malformed']} | {counted['invalid']} | {counted['truncated']} | "
        f"{tokens} | {spent / tokens * 1e3:.2f} ms | {cost} | {share} |"
    )


def measure(args: argparse.Namespace, model: Path) -> list[str]:
    """Return the lines of the page."""
    cases = read_cases(args.data, template=args.template).cases
    meter = Meter()
    meter.watch()
    base = LocalPredictor.load(model, args.template)
    lines = [
        "| constraint | cases | calls | words | malformed | schema-invalid | truncated | tokens "
        "| CPU a token | grammar | of all |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    bounds = {"max_calls": 2, "max_string": 24, "max_items": 3}
    few, room = args.cases // 5, args.max_new_tokens
    settings = {
        "none, hot": (None, 1.0, few, room),
        "required, greedy": (Constraint("required", **bounds), 0.0, args.cases, room),
        "required, hot": (Constraint("required", **bounds), 1.0, args.cases, room),
        "required without bounds, hot": (Constraint("required"), 1.0, few, room),
        f"auto, greedy, {SPOKEN} tokens": (Constraint(), 0.0, args.cases, SPOKEN),
        "auto, hot": (Constraint(), 1.0, few, room),
        f"auto, hot, {SHORT} tokens": (Constraint(), 1.0, args.cases, SHORT),
    }
    for label, (constraint, temperature, count, most) in settings.items():
        if args.only not in label:
            continue
        decoding = Decoding(most, args.batch_tokens, constrain=constraint, temperature=temperature)
        predictor = LocalPredictor(base.model, base.template, base.decoder, decoding)
        lines.append(row(predictor, repeated(cases, count), meter, label))
        print(lines[-1], flush=True)
    started = time.process_time()
    catalog = cases[0].catalog
    grammar_of(catalog, style_of("qwen"), Constraint())
    took = time.process_time() - started
    return [
        *lines,
        "",
        f"Making the grammar of a catalogue of {len(catalog)} tools takes {took * 1e3:.0f} ms; it "
        "is made once a catalogue. Without bounds a string of noise ends when the room does, which "
        "is why the rows with `required` bound strings without a bound of their own to "
        f"{bounds['max_string']} characters and lists to {bounds['max_items']} items.",
    ]


def main() -> None:
    """Measure, print and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path)
    parser.add_argument("--template", default="qwen3_nothink")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--max-new-tokens", type=int, default=256)
    parser.add_argument("--batch-tokens", type=int, default=60_000)
    parser.add_argument("--only", default="", help="measure rows whose label holds this alone")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = args.model or tiny_model(Path(folder) / "tiny")
        lines = [*ABOUT, *measure(args, model)]
    text = "\n".join(lines) + "\n"
    print(text)
    if args.out:
        write_text(args.out, text)


if __name__ == "__main__":
    main()
