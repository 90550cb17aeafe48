"""`fctune score`: recorded predictions are judged, without a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fctune.cli.gates import (
    Gates,
    JunitOpt,
    MaxOpt,
    MinOpt,
    NoRegressionOpt,
    ToleranceOpt,
    read_gates,
)
from fctune.cli.modes import ComparatorsOpt, ModeName, ModeOpt, read_mode
from fctune.cli.options import JsonOpt, MappingOpt, SeedOpt
from fctune.cli.output import out
from fctune.errors import UsageFault

if TYPE_CHECKING:
    from fctune.evaluation.cases import CaseSet
    from fctune.evaluation.evaluate import Evaluation
    from fctune.evaluation.replay import Recording
    from fctune.evaluation.report import RunConfig


def command(
    predictions: Annotated[
        Path,
        typer.Argument(
            help="predictions.jsonl of `fctune eval`, generated_predictions.jsonl of the engine, "
            "rows of {prediction, gold, tools}, rows of BFCL items, or a tutorial's table.",
            show_default=False,
        ),
    ],
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder for the results.", show_default=False)
    ] = None,
    mode: ModeOpt = ModeName.strict,
    comparators: ComparatorsOpt = None,
    data: Annotated[
        Path | None, typer.Option(help="Split that was asked; the engine's file needs it.")
    ] = None,
    template: Annotated[
        str | None, typer.Option(help="Engine template; default: as recorded beside the file.")
    ] = None,
    call_format: Annotated[
        str | None,
        typer.Option(
            "--call-format", help="How calls are written; default: that of the template, or auto."
        ),
    ] = None,
    mapping: MappingOpt = None,
    train: Annotated[
        Path | None,
        typer.Option(
            "--train",
            help="Manifest or training split: accuracy by how often a tool was trained.",
        ),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option("--explain", metavar="ID", help="Tell one case's whole story instead."),
    ] = None,
    run: Annotated[
        str | None, typer.Option("--run", metavar="NAME", help="The model of a tutorial's table.")
    ] = None,
    least: MinOpt = None,
    most: MaxOpt = None,
    no_regression: NoRegressionOpt = None,
    tolerance: ToleranceOpt = 0.0,
    junit: JunitOpt = None,
    seed: SeedOpt = 42,
    json: JsonOpt = False,
) -> None:
    """Judge what a model said before.

    The file and the split are told apart from their rows. Writes results.json, report.md,
    report.html, predictions.jsonl and outcomes.jsonl into the folder.
    """
    if explain is None and out_dir is None:
        raise UsageFault("needs a folder for the results", hint="add --out DIR")
    gates = read_gates(least, most, no_regression, tolerance, junit)
    whole = data is None and explain is None
    if whole and out_dir and _special(predictions, out_dir, mode, run, seed, json, gates):
        return
    if run is not None:
        raise UsageFault("is for tables of several models", where="--run")
    from fctune.evaluation.longtail import tag_buckets, training_counts

    training = training_counts(train) if train is not None else None
    recording, config = (
        _items(predictions, seed)
        if data is None and _are_items(predictions)
        else _recording(predictions, data, template, call_format, mapping, seed)
    )
    case_set = recording.case_set
    case_set = tag_buckets(case_set, training) if training is not None else case_set
    evaluation = _evaluated(case_set, recording, mode, comparators)
    if explain is not None:
        from fctune.cli.explain_case import show_case

        show_case(evaluation, explain, json=json)
    elif out_dir is not None:
        from fctune.cli.verdict import show_report
        from fctune.evaluation.report import Report, write_report

        report = Report.of(evaluation, config, training=training)
        write_report(report, out_dir, recording=predictions)
        show_report(report, out_dir, json=json, gates=gates)


def _special(
    path: Path, out_dir: Path, mode: ModeName, run: str | None, seed: int, json: bool, gates: Gates
) -> bool:
    """Score files that need none of the machinery of cases; tell whether it was one."""
    if mode is ModeName.bfcl:
        from fctune.evaluation.bfcl.score import looks_like_rows

        if looks_like_rows(path):
            from fctune.cli.score_quick import score_bfcl

            score_bfcl(path, out_dir, seed, json=json, gates=gates)
            return True
    from fctune.evaluation.tutorial import looks_like_table

    if not looks_like_table(path):
        return False
    from fctune.cli.score_quick import score_table

    if gates.given and run is None:
        raise UsageFault("gates are of one run", where=str(path), hint="add --run NAME")
    score_table(path, out_dir, run, seed, json=json, gates=gates)
    return True


def _are_items(path: Path) -> bool:
    from fctune.evaluation.bfcl.score import looks_like_rows

    return looks_like_rows(path)


def _items(path: Path, seed: int) -> tuple[Recording, RunConfig]:
    """Read rows of BFCL items as cases, for the other modes and for --explain."""
    from fctune.evaluation.item_rows import read_items
    from fctune.evaluation.report import RunConfig

    recording = read_items(path)
    return recording, RunConfig(str(path), "", seed, population=recording.case_set.population())


def _recording(
    predictions: Path,
    data: Path | None,
    template: str | None,
    call_format: str | None,
    mapping: Path | None,
    seed: int,
) -> tuple[Recording, RunConfig]:
    """Read the recorded predictions and the cases that they answer."""
    from fctune.cli.mapped import fingerprint_of, read_mapping
    from fctune.evaluation.cases import read_cases
    from fctune.evaluation.decode import decoder_for, decoder_named
    from fctune.evaluation.replay import read_recording
    from fctune.evaluation.report import RunConfig

    recorded = _recorded(predictions)
    mapped = read_mapping(mapping)
    _check_mapping(predictions, recorded, fingerprint_of(mapped))
    chosen = template or recorded.get("template") or ""
    decoder = decoder_for(chosen) if chosen else None
    recording = read_recording(
        predictions,
        decoder=decoder_named(call_format) if call_format else decoder,
        split=read_cases(data, template=chosen, mapping=mapped) if data else None,
        mapping=mapped,
    )
    if recording.strangers:
        total = recording.strangers + len(recording.predictions)
        out.warn(f"{recording.strangers} of {total} predictions are of no case of {data}")
    config = RunConfig(
        str(predictions),
        chosen,
        seed,
        recorded.get("model") or {},
        recorded.get("max_cases"),
        recorded.get("population") or recording.case_set.population(),
        fingerprint_of(mapped),
    )
    return recording, config


def _evaluated(
    case_set: CaseSet, recording: Recording, mode: ModeName, comparators: Path | None
) -> Evaluation:
    from fctune.evaluation.evaluate import evaluate

    how, given = read_mode(mode, comparators)
    return evaluate(case_set, recording.predictions, how, given)


def _check_mapping(predictions: Path, recorded: dict[str, Any], given: str) -> None:
    """Refuse to read answers without the mapping that they were read with before."""
    before = recorded.get("mapping")
    if before and not given:
        raise UsageFault(
            "the answers were read with a mapping before, and none is given",
            where=str(predictions),
            hint="add --mapping with the same file",
        )
    if before and before != given:
        out.warn("the mapping is another than the answers were read with before")


def _recorded(predictions: Path) -> dict[str, Any]:
    """Return the config of the results beside the predictions, where there are any."""
    from fctune.evaluation.report import RESULTS
    from fctune.jsonl import read_json

    beside = predictions.parent / RESULTS
    results = read_json(beside) if beside.is_file() else None
    config = results.get("config") if isinstance(results, dict) else None
    return config if isinstance(config, dict) else {}
