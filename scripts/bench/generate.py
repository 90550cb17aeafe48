"""Cases per second of the local backend, against a plain loop over `generate`.

Role: the figures of docs/benchmarks/generate.md are a table that this command makes.
Input: a model folder (made where none is given) and a file of conversations. Output: Markdown.
Command: python scripts/bench/generate.py --out docs/benchmarks/generate.md
    (--device cuda on a machine with a GPU, --model DIR --template NAME for another model)

The three ways take turns in one process, so that a busy machine slows them alike; the best round of
each counts. Answers are compared token by token.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from fctune.engine.prompts import prompt_ids
from fctune.evaluation.cases.case_set import EvalCase, read_cases
from fctune.evaluation.local.predict_local import Decoding, LocalPredictor
from fctune.jsonl import write_text

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data" / "raw" / "ecommerce" / "ecommerce_openai.jsonl"
Answers = dict[str, tuple[str | None, int]]
ABOUT = (
    "# Generation",
    "",
    "Made by:",
    "",
    "```bash",
    "python scripts/bench/generate.py --out docs/benchmarks/generate.md",
    "```",
    "",
    "Cases per second of `fctune eval`'s local backend against a plain loop that gives `generate`",
    "one prompt at a time. The ways take turns in one process; the best round of each counts.",
    "`CPU s` are seconds of the process, which other work on the machine changes least.",
    "",
)


def plain(predictor: LocalPredictor, cases: Sequence[EvalCase]) -> Answers:
    """Ask one case after another, as a short script would."""
    import torch

    tokenizer, stops = predictor.template.tokenizer, set(predictor.template.stop_ids)
    found: Answers = {}
    for case in cases:
        given = case.system, case.tools, case.messages
        ids = prompt_ids(predictor.template, *given, predictor.decoding.thinking)
        with torch.inference_mode():
            output = predictor.model.generate(
                torch.tensor([ids], device=predictor.model.device),
                max_new_tokens=predictor.decoding.max_new_tokens,
            )
        said = output[0, len(ids) :].tolist()
        kept = said[:-1] if said[-1] in stops else said
        text = tokenizer.decode(kept, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        found[case.id] = text, len(said)
    return found


def ours(predictor: LocalPredictor, cases: Sequence[EvalCase]) -> Answers:
    """Ask as `fctune eval` does."""
    return {one.case_id: (one.text, one.output_tokens) for one in predictor.predict(cases)}


def timed(way: Callable[[], Answers]) -> tuple[float, float, Answers]:
    """Return wall seconds, CPU seconds and answers."""
    wall, cpu = time.perf_counter(), time.process_time()
    answers = way()
    return time.perf_counter() - wall, time.process_time() - cpu, answers


def measure(args: argparse.Namespace, model: Path) -> list[str]:
    """Return the lines of the page."""
    cases = read_cases(args.data, template=args.template).cases[: args.cases]
    common: dict[str, Any] = {
        "max_new_tokens": args.max_new_tokens,
        "batch_tokens": args.batch_tokens,
    }
    shared = LocalPredictor.load(model, args.template, Decoding(**common))
    apart = LocalPredictor(
        shared.model, shared.template, shared.decoder, Decoding(**common, share_prefix=False)
    )
    ways = {
        "plain loop": lambda: plain(shared, cases),
        "batched": lambda: ours(apart, cases),
        "batched, prefix shared": lambda: ours(shared, cases),
    }
    plain(shared, cases[:2])  # the first call of generate imports and allocates
    best: dict[str, tuple[float, float]] = {}
    answers: dict[str, Answers] = {}
    for _ in range(args.rounds):
        for name, way in ways.items():
            wall, cpu, answers[name] = timed(way)
            before = best.get(name, (wall, cpu))
            best[name] = min(wall, before[0]), min(cpu, before[1])
    base = best["plain loop"]
    device = shared.model.device.type
    if device == "cuda":
        import torch

        device = torch.cuda.get_device_name()
    lengths = [len(shared._encode(case).ids) for case in cases]
    lines = [
        f"{len(cases)} cases, prompts of {min(lengths)} to {max(lengths)} tokens, at most "
        f"{args.max_new_tokens} new ones, {args.rounds} rounds; {device}, "
        f"{str(shared.model.dtype).removeprefix('torch.')}, "
        f"{shared.model.num_parameters() / 1e6:.1f} M parameters.",
        "",
        "| way | cases/s | times the plain loop | CPU s | times | equal answers |",
        "|---|---|---|---|---|---|",
    ]
    for name, (wall, cpu) in best.items():
        equal = sum(answers[name][case.id] == answers["plain loop"][case.id] for case in cases)
        lines.append(
            f"| {name} | {len(cases) / wall:.2f} | {base[0] / wall:.2f} | {cpu:.1f} | "
            f"{base[1] / cpu:.2f} | {equal} of {len(cases)} |"
        )
    return lines


def main() -> None:
    """Measure, print and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path)
    parser.add_argument("--template", default="qwen3_nothink")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--cases", type=int, default=120)
    parser.add_argument("--max-new-tokens", type=int, default=48)
    parser.add_argument("--batch-tokens", type=int, default=32_768)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    if args.device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    with tempfile.TemporaryDirectory() as folder:
        model = args.model or tiny_model(Path(folder) / "tiny")
        lines = [*ABOUT, *measure(args, model)]
    text = "\n".join(lines) + "\n"
    print(text)
    if args.out:
        write_text(args.out, text)


def tiny_model(folder: Path) -> Path:
    """Make the quickstart's tiny model."""
    script = ROOT / "scripts" / "make_tiny_model.py"
    subprocess.run([sys.executable, script, "--out", folder], check=True, capture_output=True)
    return folder


if __name__ == "__main__":
    main()
