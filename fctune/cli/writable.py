"""Whether a file or a folder can be written, told before long work begins. Nothing is made here."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from fctune.errors import InputFault, UsageFault


def check_folder(path: Path, option: str) -> None:
    """Refuse a folder that cannot be made, or not be written into.

    Args:
        path: the folder; it may be absent.
        option: what the user gave it with, such as `--out`.

    Raises:
        InputFault: a file stands in its place, or it may not be written.
    """
    there = path
    while not os.path.lexists(there) and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise InputFault(
            "is a file, expected a folder", where=str(there), hint=f"give another {option}"
        )
    if not os.access(there, os.W_OK | os.X_OK):
        raise InputFault("may not be written", where=str(there), hint=f"give another {option}")


def check_file(path: Path, option: str, reads: Iterable[Path | None] = ()) -> None:
    """Refuse a file that cannot be written.

    Args:
        path: the file; it and its folder may be absent.
        option: what the user gave it with, such as `--junit`.
        reads: the files that the verb reads; None for those that were not given.

    Raises:
        InputFault: a folder stands in its place, or its folder cannot be written.
        UsageFault: it is a file that is read, by a link too.
    """
    check_folder(path.parent, option)  # first: what may not be looked into has no answer
    if path.is_dir():
        raise InputFault(
            "is a folder, expected a file", where=str(path), hint=f"give another {option}"
        )
    for read in reads:
        if read is not None and _same(path, read):
            raise UsageFault(
                f"{option} is the file that is read", where=str(path), hint="give another"
            )


def _same(one: Path, other: Path) -> bool:
    """Tell whether two paths lead to one file."""
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()
