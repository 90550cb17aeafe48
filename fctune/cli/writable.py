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
        InputFault: a file or a link to nothing stands in its place, or it may not be written.
    """
    there = path
    while not os.path.lexists(there) and there != there.parent:
        there = there.parent
    if not there.is_dir():
        from fctune.jsonl.write import no_folder

        raise InputFault(no_folder(there), where=str(there), hint=f"give another {option}")
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
    if _exists(path, option) and not path.is_file():  # a device would be replaced by the file
        found = "a folder" if path.is_dir() else "no regular file"
        raise InputFault(
            f"is {found}, expected a file", where=str(path), hint=f"give another {option}"
        )
    for read in reads:
        if read is not None and _same(path, read):
            raise UsageFault(
                f"{option} is the file that is read", where=str(path), hint="give another"
            )


def _exists(path: Path, option: str) -> bool:
    try:
        return path.exists()
    except OSError as fault:  # a name that no file can have
        words = f"cannot be written: {(fault.strerror or str(fault)).lower()}"
        raise InputFault(words, where=str(path), hint=f"give another {option}") from fault


def _same(one: Path, other: Path) -> bool:
    """Tell whether two paths lead to one file."""
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()
