"""`fctune score`: recorded predictions are judged, without a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fctune.cli.mapped import fingerprint_of, read_mapping
from fctune.cli.options import JsonOpt, MappingOpt, SeedOpt
from fctune.cli.output import out
from fctune.cli.verdict import show_report
from fctune.errors import UsageFault


def command(
    predictions: Annotated[
        Path,
        typer.Argument(
            help="predictions.jsonl of `fctune eval`, generated_predictions.jsonl of the engine, "
            "or rows of {prediction, gold, tools}.",
            show_default=False,
        ),
    ],
    out_dir: Annotated[
        Path, typer.Option("--out", help="Folder for the results.", show_default=False)
    ],
    data: Annotated[
        Path | None, typer.Option(help="Split that was asked; the engine's file needs it.")
    ] = None,
    template: Annotated[
        str | None, typer.Option(help="Engine template; default: as recorded beside the file.")
    ] = None,
    mapping: MappingOpt = None,
    seed: SeedOpt = 42,
    json: JsonOpt = False,
) -> None:
    """Judge what a model said before.

    The file and the split are told apart from their rows. Writes results.json, report.md,
    predictions.jsonl and outcomes.jsonl into the folder.
    """
    from fctune.evaluation.cases import read_cases
    from fctune.evaluation.decode import decoder_for
    from fctune.evaluation.evaluate import evaluate
    from fctune.evaluation.replay import read_recording
    from fctune.evaluation.report import Report, RunConfig, write_report

    recorded = _recorded(predictions)
    mapped = read_mapping(mapping)
    _check_mapping(predictions, recorded, fingerprint_of(mapped))
    chosen = template or recorded.get("template") or ""
    recording = read_recording(
        predictions,
        decoder=decoder_for(chosen) if chosen else None,
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
    report = Report.of(evaluate(recording.case_set, recording.predictions), config)
    write_report(report, out_dir, recording=predictions)
    show_report(report, out_dir, json=json)


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
