"""The workspace of a build: a hidden folder beside the dataset, gone when the build ends.

Input: the dataset's folder and name. Output: a folder for segments and staged files. One that a
killed build left behind is removed by the next build of that name; one that lives is left alone.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

from filelock import FileLock, Timeout

from fctune.dataset.registry import LOCK_TIMEOUT_S, locked
from fctune.errors import InputFault

_OWNER = "owner.lock"


class Workspace:
    """A folder that this process alone uses.

    Args:
        folder: where it is made, beside the dataset, so that files can be renamed into place;
            None makes it among the system's temporary files.
        name: of the dataset.

    Raises:
        InputFault: it cannot be made.
    """

    def __init__(self, folder: Path | None, name: str) -> None:
        prefix = f".{name}.spool-"
        if folder is None:
            self.path = Path(tempfile.mkdtemp(prefix=prefix))
            self._lock = FileLock(self.path / _OWNER)
            self._lock.acquire()
        else:
            with locked(folder, f"{name}.spool", timeout_s=LOCK_TIMEOUT_S):
                _remove_left(folder, prefix)
                self.path, self._lock = _make(folder, prefix)
        self._close = weakref.finalize(self, _remove, self.path, self._lock)

    def close(self) -> None:
        """Remove the folder and all that is in it."""
        self._close()


def _make(folder: Path, prefix: str) -> tuple[Path, FileLock]:
    try:
        path = Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
        lock = FileLock(path / _OWNER)
        lock.acquire()
    except OSError as fault:
        raise InputFault(
            f"cannot be written: {fault.strerror}", where=str(folder), hint=f"df -h {folder}"
        ) from fault
    return path, lock


def _remove_left(folder: Path, prefix: str) -> None:
    for left in folder.glob(f"{prefix}*"):
        lock = FileLock(left / _OWNER)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            continue  # its build lives
        _remove(left, lock)


def _remove(path: Path, lock: FileLock) -> None:
    lock.release()
    shutil.rmtree(path, ignore_errors=True)
