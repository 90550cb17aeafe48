"""`fctune score`: recorded predictions are judged, without a model."""

from __future__ import annotations

import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fctune.cli import eval_options as options
from fctune.cli.gates import (
    Gates,
    JunitOpt,
    MaxOpt,
    MinOpt,
    NoRegressionOpt,
    ToleranceOpt,
    read_gates,
)
from fctune.cli.modes import ComparatorsOpt, ModeName, ModeOpt, check_comparators
from fctune.cli.options import JsonOpt, MappingOpt, SeedOpt
from fctune.cli.tool_file import ToolsOpt
from fctune.cli.toolset import (
    MEMORY_MB,
    TIMEOUT_S,
    DeliverOpt,
    ToolEnvOpt,
    ToolMemoryOpt,
    ToolPlacesOpt,
    ToolsetOpt,
    ToolTimeoutOpt,
    toolset_settings,
)
from fctune.cli.writable import check_file, check_folder
from fctune.errors import InputFault, UsageFault

if TYPE_CHECKING:
    from fctune.evaluation.execution import ToolsetSettings


def command(
    predictions: Annotated[
        Path,
        typer.Argument(
            help="predictions.jsonl of `fctune eval`, generated_predictions.jsonl of the engine, "
            "rows of {prediction, gold, tools}, recorded answers of OpenAI or BFCL, rows of BFCL "
            "items, or a tutorial's table.",
            show_default=False,
        ),
    ],
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder for the results.", show_default=False)
    ] = None,
    mode: ModeOpt = ModeName.strict,
    comparators: ComparatorsOpt = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Split or test set that was asked; the engine's file and BFCL results need it."
        ),
    ] = None,
    answers: options.AnswersOpt = None,
    underscore_to_dot: Annotated[
        bool,
        typer.Option(
            "--underscore-to-dot",
            help="BFCL: the server had dots in tool names written as underscores.",
        ),
    ] = False,
    template: Annotated[
        str | None, typer.Option(help="Engine template; default: as recorded beside the file.")
    ] = None,
    call_format: options.CallFormatOpt = None,
    tools: ToolsOpt = None,
    mapping: MappingOpt = None,
    train: options.TrainOpt = None,
    toolset: ToolsetOpt = None,
    tool_timeout: ToolTimeoutOpt = TIMEOUT_S,
    tool_memory: ToolMemoryOpt = MEMORY_MB,
    tool_env: ToolEnvOpt = None,
    tool_places: ToolPlacesOpt = None,
    deliver: DeliverOpt = None,
    trial: Annotated[
        list[Path] | None,
        typer.Option(
            "--trial",
            metavar="FILE",
            help="Predictions of a further trial of the same cases, for pass^k with --toolset; "
            "may be repeated.",
            show_default=False,
        ),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option("--explain", metavar="ID", help="Tell one case's whole story instead."),
    ] = None,
    html: Annotated[
        bool,
        typer.Option(
            "--html",
            help="Write report.html for rows of BFCL items in mode bfcl too; all others have it.",
        ),
    ] = False,
    run: Annotated[
        str | None, typer.Option("--run", metavar="NAME", help="The model of a tutorial's table.")
    ] = None,
    least: MinOpt = None,
    most: MaxOpt = None,
    no_regression: NoRegressionOpt = None,
    tolerance: ToleranceOpt = 0.0,
    junit: JunitOpt = None,
    lang: options.LangOpt = options.Language.en,
    seed: SeedOpt = 42,
    json: JsonOpt = False,
) -> None:
    """Judge what a model said before.

    The file and the split are told apart from their rows. Writes results.json, report.md,
    report.html, predictions.jsonl, outcomes.jsonl and confusion.csv into the folder.
    """
    given = SimpleNamespace(**locals())
    if explain is None and out_dir is None:
        raise UsageFault("needs a folder for the results", hint="add --out DIR")
    check_comparators(mode, comparators)
    if data is None and (answers is not None or underscore_to_dot):
        raise UsageFault(
            "is for the questions of BFCL, and no --data names them",
            where="--answers" if answers is not None else "--underscore-to-dot",
            hint="add --data QUESTIONS.json, or leave it out",
        )
    if trial and toolset is None:
        raise UsageFault(
            "got --trial without --toolset, expected both", hint="--toolset module:shop.py"
        )
    gates = read_gates(least, most, no_regression, tolerance, junit)
    _check_targets(given)
    if _is_plain(given) and _special(given, gates):
        return
    if run is not None:
        raise UsageFault("is for tables of several models", where="--run", hint="leave --run out")
    settings = toolset_settings(
        toolset,
        timeout_s=tool_timeout,
        memory_mb=tool_memory,
        env=tool_env,
        places=tool_places,
        deliver=deliver,
    )
    _judge(given, gates, settings)


def _check_targets(given: SimpleNamespace) -> None:
    """Refuse a folder in place of its predictions, and what cannot be written, before the work."""
    inner = given.predictions / "predictions.jsonl"
    if inner.is_file():
        to = shlex.quote(str(given.out_dir or "DIR"))
        raise InputFault(
            "got a folder, expected a file",
            where=str(given.predictions),
            hint=f"fctune score {shlex.quote(str(inner))} --out {to}",
        )
    if given.out_dir is not None:
        check_folder(given.out_dir, "--out")
    if given.junit is not None:
        reads = (given.predictions, given.data, given.tools, given.mapping, given.answers)
        check_file(given.junit, "--junit", (*reads, given.train))


def _is_plain(given: SimpleNamespace) -> bool:
    """Tell whether nothing is asked for that needs whole cases."""
    names = ("data", "answers", "train", "toolset", "deliver", "tools", "mapping", "explain")
    return all(getattr(given, name) is None for name in names)


def _special(given: SimpleNamespace, gates: Gates) -> bool:
    """Score files that need none of the machinery of cases; tell whether it was one."""
    path: Path = given.predictions
    if given.mode is ModeName.bfcl:
        from fctune.evaluation.bfcl.score import looks_like_rows

        if looks_like_rows(path):
            from fctune.cli.score_quick import score_bfcl
            from fctune.cli.score_recorded import refuse_for_items

            refuse_for_items(given)
            page = given.lang.value if given.html else None
            score_bfcl(path, given.out_dir, given.seed, json=given.json, gates=gates, page=page)
            return True
    from fctune.evaluation.tutorial.table import looks_like_table

    if not looks_like_table(path):
        return False
    from fctune.cli.score_quick import score_table
    from fctune.cli.score_recorded import refuse_ignored

    refuse_ignored(given, ("template", "call_format"), "a table holds verdicts, and no answers")
    if given.mode is not ModeName.strict:
        raise UsageFault(
            "a table holds verdicts, and is not judged anew",
            where="--mode",
            hint="leave --mode out",
        )
    if gates.given and given.run is None:
        raise UsageFault("gates are of one run", where=str(path), hint="add --run NAME")
    score_table(path, given.out_dir, given.run, given.seed, json=given.json, gates=gates)
    return True


def _judge(given: SimpleNamespace, gates: Gates, settings: ToolsetSettings | None) -> None:
    """Judge every case of the recording; then tell one of them, or write and show all."""
    from fctune.cli.finish import Wishes, finish
    from fctune.cli.modes import read_mode
    from fctune.cli.score_recorded import recorded, trained_on
    from fctune.evaluation.evaluate import evaluate
    from fctune.evaluation.metrics.longtail import tag_buckets, training_counts

    how = read_mode(given.mode, given.comparators)
    trained = trained_on(given)
    training = training_counts(trained) if trained is not None else None

    def judged(path: Path) -> Any:
        recording, config = recorded(given, path)
        cases = recording.case_set
        cases = tag_buckets(cases, training) if training is not None else cases
        return evaluate(cases, recording.predictions, *how), config

    evaluation, config = judged(given.predictions)
    if given.explain is not None:
        from fctune.cli.explain_case import show_case

        show_case(evaluation, given.explain, json=given.json)
        return
    wishes = Wishes(
        given.out_dir,
        given.json,
        gates,
        training,
        settings,
        trials=tuple(judged(path)[0] for path in given.trial or ()),
        recording=given.predictions,
        lang=given.lang.value,
    )
    finish(evaluation, config, wishes)
