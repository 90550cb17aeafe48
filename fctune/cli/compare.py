"""`fctune compare`: is one run better than another, or is it chance?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fctune.cli.options import JsonOpt
from fctune.cli.output import out
from fctune.cli.pipe import reader_may_go
from fctune.cli.writable import check_folder
from fctune.dataset.amounts import amount
from fctune.errors import ProblemsFound, UsageFault
from fctune.patterns import regex

if TYPE_CHECKING:
    from fctune.evaluation.comparison.compare import Comparison

_COMMAS = regex("[,，]")  # the second as a Chinese keyboard writes it


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

    called = _names(folders, names)
    if out_dir is not None:
        check_folder(out_dir, "--out")
    runs = [load_run(folder, name) for folder, name in zip(folders, called, strict=True)]
    comparison = compare(runs, allow_subset=allow_subset)
    if out_dir is not None:
        write_comparison(comparison, out_dir)
        out.note(f"comparison: {out_dir / 'compare.md'}")
    if comparison.left_out:
        are = amount(comparison.left_out, "case is", "cases are")
        out.warn(f"{are} left out: not every run has all of them")
    for name, count in comparison.unscored.items():
        if count:
            are = amount(count, f"case of {name} is", f"cases of {name} are")
            out.warn(f"{are} unscored: the table is of the others, in all runs")
    with reader_may_go():
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
    """Return the names of the runs.

    Raises:
        UsageFault: there are fewer than two runs, or not one name of its own for each.
    """
    if len(folders) < 2:
        raise UsageFault(
            "got one run, expected two or more", hint=f"fctune compare {folders[0]} OTHER_DIR"
        )
    more = (f"run{number}" for number in range(3, len(folders) + 1))
    like = f"--names {','.join(('base', 'tuned', *more))}"
    if given is None:
        short = [folder.resolve().name for folder in folders]
        names = short if len(set(short)) == len(short) else [str(folder) for folder in folders]
    else:
        names = [name.strip() for name in _COMMAS.split(given)]
        if len(names) != len(folders) or not all(names):
            got = amount(len(names), "name") if all(names) else f"an empty name in {given!r}"
            raise UsageFault(f"got {got} for {len(folders)} folders", where="--names", hint=like)
    for place, name in enumerate(names):
        if name in names[:place]:
            both = f"{folders[names.index(name)]} and {folders[place]}"
            raise UsageFault(
                f"got the name {name!r} for two runs, {both}, expected one for each",
                where="--names" if given is not None else "",
                hint=f"add {like}" if given is None else like,
            )
    return names
