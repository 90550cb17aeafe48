"""`fctune compare`: is one run better than another, or is it chance?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fctune.cli.options import JsonOpt
from fctune.cli.output import out
from fctune.errors import UsageFault


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
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder for compare.json and compare.md.")
    ] = None,
    json: JsonOpt = False,
) -> None:
    """Compare runs on the same cases, with intervals and paired tests.

    `better` and `worse` are said only where chance does not explain the difference.
    """
    from fctune.evaluation.compare import compare, write_comparison
    from fctune.evaluation.ratios import HEADLINES
    from fctune.evaluation.results import load_run

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
        return
    out.table(("run", *(ratio.name for ratio in HEADLINES)), comparison.rows())
    out.data("")
    for sentence in comparison.sentences():
        out.data(sentence)


def _names(folders: list[Path], given: str | None) -> list[str]:
    if given is None:
        short = [folder.resolve().name for folder in folders]
        return short if len(set(short)) == len(short) else [str(folder) for folder in folders]
    names = [name.strip() for name in given.split(",")]
    if len(names) != len(folders) or not all(names):
        raise UsageFault(f"got {len(names)} names for {len(folders)} folders", where="--names")
    return names
