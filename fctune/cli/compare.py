"""`fctune compare`: is one run better than another, or is it chance?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fctune.cli.options import JsonOpt
from fctune.cli.output import out
from fctune.errors import ProblemsFound, UsageFault

if TYPE_CHECKING:
    from fctune.evaluation.comparison.compare import Comparison


def command(
    folders: Annotated[
        list[Path],
        typer.Argument(
            help="Result folders of `fctune eval` or `fctune score`; the first is the baseline.",
            show_default=False,
        ),
    ],
    names: Annotated[
        str | None, typer.Option(help="Names of the runs, with commas; default: the folders'.")
    ] = None,
    allow_subset: Annotated[
        bool, typer.Option("--allow-subset", help="Compare on the cases that all runs have.")
    ] = False,
    metrics: Annotated[
        bool, typer.Option("--metrics", help="Show the differences of all metrics and slices too.")
    ] = False,
    gate: Annotated[
        bool, typer.Option("--gate", help="Exit with 1 where a run is worse than the baseline.")
    ] = False,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder for compare.json and compare.md.")
    ] = None,
    json: JsonOpt = False,
) -> None:
    """Compare runs on the same cases, with intervals and paired tests.

    `better` and `worse` are said only where chance does not explain the difference.
    """
    from fctune.evaluation.comparison.compare import compare
    from fctune.evaluation.comparison.results import load_run
    from fctune.evaluation.comparison.text import write_comparison

    runs = [load_run(f, n) for f, n in zip(folders, _names(folders, names), strict=True)]
    comparison = compare(runs, allow_subset=allow_subset)
    if out_dir is not None:
        write_comparison(comparison, out_dir)
        out.note(f"comparison: {out_dir / 'compare.md'}")
    if comparison.left_out:
        out.warn(f"{comparison.left_out} cases are left out: not every run has them")
    for name, count in comparison.unscored.items():
        if count:
            out.warn(
                f"{count} cases of {name} are unscored: the table is of the others, in all runs"
            )
    if json:
        out.json(comparison.as_dict())
    else:
        _show(comparison, metrics=metrics)
    if gate and comparison.worse:
        raise ProblemsFound(
            f"worse than {runs[0].name}: {', '.join(comparison.worse)}",
            where="--gate",
            hint="see the regressions: add --out DIR and read DIR/compare.md",
        )


def _show(comparison: Comparison, *, metrics: bool) -> None:
    from fctune.evaluation.comparison.text import (
        DIFFERENCE_COLUMNS,
        metric_rows,
        power_line,
        slice_rows,
    )

    out.table(("run", *(ratio.name for ratio in comparison.headlines)), comparison.rows())
    for pairing in comparison.pairings if metrics else ():
        out.data("")
        out.data(f"{pairing.name} against {pairing.baseline}")
        out.table(DIFFERENCE_COLUMNS, metric_rows(pairing))
        if pairing.slices:
            out.data("")
            out.table(("slice", *DIFFERENCE_COLUMNS[1:]), slice_rows(pairing))
    out.data("")
    for sentence in comparison.sentences():
        out.data(sentence)
    if comparison.pairings:
        out.data(power_line(comparison.pairings[0]))
    out.data(comparison.conclusion)


def _names(folders: list[Path], given: str | None) -> list[str]:
    if given is None:
        short = [folder.resolve().name for folder in folders]
        return short if len(set(short)) == len(short) else [str(folder) for folder in folders]
    names = [name.strip() for name in given.split(",")]
    if len(names) != len(folders) or not all(names):
        raise UsageFault(f"got {len(names)} names for {len(folders)} folders", where="--names")
    return names
