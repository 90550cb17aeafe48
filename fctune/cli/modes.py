"""The mode of scoring on the command line, for `score` and `eval`.

Input: words and files as the user gave them. Output: Mode and Comparators of the evaluation layer,
imported only when asked for, so that the quick way of mode `bfcl` starts at once.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fctune.errors import UsageFault

if TYPE_CHECKING:
    from fctune.evaluation.matching.modes import Mode
    from fctune.evaluation.semantic.comparators import Comparators


class ModeName(StrEnum):
    """The words of --mode."""

    bfcl = "bfcl"
    strict = "strict"
    semantic = "semantic"


ModeOpt = Annotated[
    ModeName,
    typer.Option(
        "--mode",
        help="bfcl: as the official checker; strict: raw values; semantic: what means the same.",
    ),
]
ComparatorsOpt = Annotated[
    Path | None,
    typer.Option(
        "--comparators",
        help="File of tool.parameter: comparator, for --mode semantic.",
        show_default=False,
    ),
]


def check_comparators(name: ModeName, comparators: Path | None) -> None:
    """Refuse a comparator file where nothing would look at it.

    Raises:
        UsageFault: the mode is not semantic.
    """
    if comparators is not None and name is not ModeName.semantic:
        raise UsageFault(
            f"--mode {name.value} does not look at comparators",
            where="--comparators",
            hint="add --mode semantic",
        )


def read_mode(name: ModeName, comparators: Path | None) -> tuple[Mode, Comparators | None]:
    """Return the mode, and the comparators of a file where one is given.

    Raises:
        UsageFault: a comparator file with a mode that does not look at it.
        InputFault: the file cannot be read.
    """
    check_comparators(name, comparators)
    from fctune.evaluation.matching.modes import Mode
    from fctune.evaluation.semantic.comparators import read_comparators

    return Mode(name.value), read_comparators(comparators) if comparators is not None else None
