"""The files of a result folder, exchanged together: a stop leaves the old ones or the new ones.

Input: a folder. Output: a folder inside it to write into; what stands there takes the place of the
old files once all is written. Half a run beside half of another one would be read as one run.
"""

from __future__ import annotations

import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fctune.errors import InputFault

_PREFIX = ".new-"


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Yield a folder whose files replace those of `folder` when the block ends without error.

    Args:
        folder: made where absent; files of other names stay.

    Raises:
        InputFault: it cannot be written, or the disk is full; the old files are untouched.
    """
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
    except OSError as fault:
        raise _unwritable(folder, fault) from fault
    whole = False
    try:
        yield new
        _exchange(new, folder)
        whole = True
    except InputFault as fault:  # of a file in the staging folder, which nobody will find
        told = (text.replace(str(new), str(folder)) for text in (fault.where, fault.hint))
        where, hint = told
        raise InputFault(fault.message, where=where, hint=hint) from fault
    finally:
        shutil.rmtree(new, ignore_errors=True)
        if made and not whole:
            with suppress(OSError):  # somebody else may have put something there
                folder.rmdir()


def _exchange(new: Path, folder: Path) -> None:
    """Put all files in their places, with no stop in between."""
    names = sorted(path.name for path in new.iterdir())
    for name in names:
        if (folder / name).is_dir():
            raise InputFault(
                "is a folder, expected a file",
                where=str(folder / name),
                hint="give another --out",
            )
    with _held_stops():
        for name in names:
            _replaced(new / name, folder / name)


def _replaced(new: Path, old: Path) -> None:
    try:
        new.replace(old)
    except OSError as fault:
        raise _unwritable(old, fault) from fault


@contextmanager
def _held_stops() -> Iterator[None]:
    """Let Ctrl-C and other stops wait until the block ends.

    A mask of the thread would not do: the system gives the signal to another thread then.
    """
    met: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    known = (getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP"))
    numbers = [n for n in known if n is not None and signal.getsignal(n) is not None]
    before = {n: signal.signal(n, lambda number, _: met.append(number)) for n in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in met[:1]:
            signal.raise_signal(number)


def _unwritable(path: Path, fault: OSError) -> InputFault:
    reason = fault.strerror or str(fault)
    message = f"cannot be written: {reason[:1].lower()}{reason[1:]}"
    return InputFault(message, where=str(path), hint="give another --out")
