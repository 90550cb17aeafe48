"""The options of task completion and robustness, and what `eval` and `score` do with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fctune.cli.output import out
from fctune.errors import UsageFault

if TYPE_CHECKING:
    from fctune.evaluation.evaluate import Evaluation
    from fctune.evaluation.execution import ToolsetSettings

EXECUTION = "execution.jsonl"
TIMEOUT_S, MEMORY_MB = 10.0, 2048

ToolsetOpt = Annotated[
    str | None,
    typer.Option(
        "--toolset",
        help="Run the calls: module:FILE.py[:CLASS], answers:FILE.yaml or http:URL.",
        show_default=False,
    ),
]
ToolTimeoutOpt = Annotated[
    float,
    typer.Option("--tool-timeout", help="Seconds that one call of --toolset may take.", min=0.1),
]
ToolMemoryOpt = Annotated[
    int, typer.Option("--tool-memory", help="Memory of the toolset's process, in MiB.", min=64)
]
ToolEnvOpt = Annotated[
    list[str] | None,
    typer.Option(
        "--tool-env",
        metavar="NAME",
        help="Environment variable that the toolset may see; may be repeated.",
        show_default=False,
    ),
]
ToolPlacesOpt = Annotated[
    Path | None,
    typer.Option(
        "--tool-places",
        help="Catalogue with the HTTP places of the tools, for --toolset http:URL.",
        show_default=False,
    ),
]
DeliverOpt = Annotated[
    Path | None,
    typer.Option(
        "--deliver",
        help="File of strings that the model's words must hold: {id: [string, ...]}.",
        show_default=False,
    ),
]
VariantsOpt = Annotated[
    str | None,
    typer.Option(
        "--variants",
        help="Ask variants of each case too: all, or names with commas between.",
        show_default=False,
    ),
]


def toolset_settings(
    toolset: str | None,
    *,
    timeout_s: float = TIMEOUT_S,
    memory_mb: int = MEMORY_MB,
    env: Sequence[str] | None = None,
    places: Path | None = None,
    deliver: Path | None = None,
) -> ToolsetSettings | None:
    """Return what --toolset and its companions stand for; None where it is not given.

    Raises:
        UsageFault: a companion is given alone, or places without a server.
        InputFault: a file cannot be used, or the toolset cannot be had.
    """
    if toolset is None:
        given = {
            "--tool-timeout": timeout_s != TIMEOUT_S,
            "--tool-memory": memory_mb != MEMORY_MB,
            "--tool-env": bool(env),
            "--tool-places": places is not None,
            "--deliver": deliver is not None,
        }
        if alone := [name for name, is_given in given.items() if is_given]:
            raise UsageFault(
                f"got {', '.join(alone)} without --toolset, expected both",
                hint="--toolset module:shop.py",
            )
        return None
    from fctune.evaluation.execution import check_toolset, parse_toolset, read_deliver
    from fctune.tools.read import load_catalog
    from fctune.tools.spec import ToolCatalog

    settings = parse_toolset(
        toolset,
        timeout_s=timeout_s,
        memory_mb=memory_mb,
        env=tuple(env or ()),
        catalog=load_catalog(places)[0] if places is not None else ToolCatalog(),
        deliver=read_deliver(deliver) if deliver is not None else {},
    )
    if places is not None and settings.kind != "http":
        raise UsageFault(
            f"got --tool-places with --toolset {toolset}, expected a server",
            hint="--toolset http:http://localhost:8000",
        )
    check_toolset(settings)
    return settings


def more_blocks(
    evaluation: Evaluation,
    settings: ToolsetSettings | None,
    *,
    folder: Path | None,
    seed: int,
    trials: Sequence[Evaluation] = (),
    population: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Return the blocks `execution` and `robustness` of results.json, where there is matter.

    Args:
        evaluation: cases and variants together.
        settings: the toolset; None runs no calls.
        folder: gets execution.jsonl; None writes none.
        seed: of the bootstraps.
        trials: further evaluations of the same cases.
        population: cases of the split before any were drawn, as in RunConfig; None where all were
            asked.
    """
    from fctune.evaluation.execution import run_execution
    from fctune.evaluation.robustness import clean, report
    from fctune.jsonl import write_rows

    blocks: dict[str, Any] = {}
    if settings is not None:
        split = clean(evaluation)
        drawn = sum((population or {}).values()) > len(split.judged)
        groups = len({item.case.group for item in split.judged})
        with out.progress(groups * (1 + len(trials)), "conversations run") as bar:
            found = run_execution(
                split, settings, trials=trials, drawn=drawn, seed=seed, step=bar.advance
            )
        for warning in found.warnings():
            out.warn(warning)
        if folder is not None:
            write_rows(folder / EXECUTION, found.rows())
        blocks["execution"] = found.as_dict()
    robustness = report(evaluation, seed=seed)
    if robustness is not None:
        blocks["robustness"] = robustness
    return blocks


def show_blocks(blocks: dict[str, Any]) -> None:
    """Print the two blocks as tables."""
    from fctune.evaluation.report.task_sections import execution_rows
    from fctune.evaluation.robustness.report import COLUMNS, headline_rows, markdown_rows

    if content := blocks.get("execution"):
        rows = [row[:3] for row in execution_rows(content)]
        out.table(("task completion", "value [95 %]", "num / den"), rows)
    if content := blocks.get("robustness"):
        if blocks.get("execution"):
            out.data("")
        out.table(COLUMNS[:-1], [row[:-1] for row in markdown_rows(content)])
        out.data("")
        out.table(("robustness", "value"), [row[:2] for row in headline_rows(content)])
