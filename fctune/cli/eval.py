"""`fctune eval`: a checkpoint answers the held-out split and is judged."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fctune.cli.mapped import fingerprint_of, read_mapping
from fctune.cli.options import DryRunOpt, JsonOpt, MappingOpt, SeedOpt
from fctune.cli.output import out
from fctune.cli.verdict import show_report
from fctune.errors import UsageFault

if TYPE_CHECKING:
    from fctune.evaluation.cases import CaseSet
    from fctune.evaluation.predict import Prediction
    from fctune.evaluation.predict_local import Decoding, LocalPredictor


def command(
    checkpoint: Annotated[
        Path, typer.Argument(help="Model folder, or LoRA adapter folder.", show_default=False)
    ],
    data: Annotated[
        Path, typer.Option(help="Held-out split, such as data/shop_test.jsonl.", show_default=False)
    ],
    out_dir: Annotated[
        Path, typer.Option("--out", help="Folder for the results.", show_default=False)
    ],
    template: Annotated[
        str | None, typer.Option(help="Engine template; default: that of the training run.")
    ] = None,
    mapping: MappingOpt = None,
    max_new_tokens: Annotated[int, typer.Option(help="Most tokens of an answer.", min=1)] = 256,
    batch_tokens: Annotated[
        int, typer.Option(help="Most tokens of a batch, padding and answers included.", min=1)
    ] = 8192,
    max_cases: Annotated[
        int | None,
        typer.Option(
            help="Ask only so many cases, drawn by --seed, half of them with calls.", min=1
        ),
    ] = None,
    seed: SeedOpt = 42,
    json: JsonOpt = False,
    dry_run: DryRunOpt = False,
) -> None:
    """Let a checkpoint answer every model turn of a split, and judge its calls.

    The turns before are the true ones. Writes results.json, report.md, predictions.jsonl,
    outcomes.jsonl and timing.json into the folder.
    """
    from fctune.evaluation.cases import read_cases
    from fctune.evaluation.evaluate import evaluate
    from fctune.evaluation.predict_local import Decoding, LocalPredictor
    from fctune.evaluation.predict_model import base_of
    from fctune.evaluation.report import Report, RunConfig, write_report

    base = base_of(checkpoint)
    chosen = _template(checkpoint, template)
    mapped = read_mapping(mapping)
    case_set = read_cases(data, template=chosen, mapping=mapped)
    population = case_set.population()
    if max_cases is not None:
        case_set = case_set.sample(max_cases, seed)
    decoding = Decoding(max_new_tokens=max_new_tokens, batch_tokens=batch_tokens)
    if dry_run:
        _plan(case_set, decoding, checkpoint=checkpoint, base=base, template=chosen, json=json)
        return
    started = time.perf_counter()
    predictor = LocalPredictor.load(checkpoint, chosen, decoding)
    loaded = time.perf_counter()
    predictions = _predict(predictor, case_set)
    timing = _timing(predictions, load_s=loaded - started, wall_s=time.perf_counter() - loaded)
    model = {"base": base, **predictor.description}
    config = RunConfig(
        str(checkpoint), chosen, seed, model, max_cases, population, fingerprint_of(mapped)
    )
    report = Report.of(evaluate(case_set, predictions), config)
    write_report(report, out_dir, timing=timing)
    out.note(
        f"{len(predictions)} cases in {timing['wall_s']:.1f} s, loading {loaded - started:.1f} s"
    )
    show_report(report, out_dir, json=json)


def _template(checkpoint: Path, given: str | None) -> str:
    from fctune.evaluation.decode import decoder_for
    from fctune.evaluation.template_of import template_of

    chosen = given or template_of(checkpoint)
    if chosen is None:
        raise UsageFault(
            "does not say which template it was trained with",
            where=str(checkpoint),
            hint="add --template, such as --template qwen",
        )
    decoder_for(chosen)
    return chosen


def _predict(predictor: LocalPredictor, case_set: CaseSet) -> list[Prediction]:
    predictions = []
    with out.progress(len(case_set.cases), "cases") as bar:
        for prediction in predictor.predict(case_set.cases):
            predictions.append(prediction)
            bar.advance(1)
    return predictions


def _timing(predictions: list[Prediction], *, load_s: float, wall_s: float) -> dict[str, float]:
    """Return the seconds of a run; per case they are shares of a batch, not a request's latency."""
    tokens = sum(prediction.output_tokens for prediction in predictions)
    return {
        "load_s": round(load_s, 3),
        "wall_s": round(wall_s, 3),
        "cases_per_s": round(len(predictions) / wall_s, 3),
        "output_tokens_per_s": round(tokens / wall_s, 1),
        "batch_share_per_case_s": round(wall_s / len(predictions), 4),
    }


def _plan(
    case_set: CaseSet,
    decoding: Decoding,
    *,
    checkpoint: Path,
    base: str,
    template: str,
    json: bool,
) -> None:
    """Say what would be asked."""
    calls = sum(case.mode == "call" for case in case_set.cases)
    plan = {
        "checkpoint": str(checkpoint),
        "base": base,
        "template": template,
        "max_new_tokens": decoding.max_new_tokens,
        "calls": calls,
        "no_calls": len(case_set.cases) - calls,
        "data": case_set.account(),
    }
    if json:
        out.json(plan)
        return
    account = case_set.account()
    out.data(
        f"would ask {checkpoint} (template {template}) {account['cases']} cases, {calls} with a "
        f"call, from {account['conversations']} of {account['rows']} rows of {case_set.path}"
    )
