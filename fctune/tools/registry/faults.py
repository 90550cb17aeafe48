"""Faults of the database drivers as faults of ours: what is wrong, and what to do.

Input: what a driver raised. Output: InputFault or EnvironmentFault. Statements and values are left
out, since they are long and may be private; passwords are in no driver's text.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fctune.errors import EnvironmentFault, InputFault
from fctune.tools.registry.location import DEFAULT_PATH, Location

if TYPE_CHECKING:
    from sqlalchemy import URL

LOCK_TIMEOUT_S = 60
RETRIED = frozenset({"40001", "40P01", "23505"})  # serialization, deadlock, unique violation


@contextmanager
def told_faults(shown: str, *, retried: bool = False) -> Iterator[None]:
    """Turn the faults of drivers into ours, without statements, values or passwords.

    Args:
        shown: the place of the registry.
        retried: let pass what is worth another attempt.

    Raises:
        InputFault: the file or the database cannot be used.
        EnvironmentFault: the server cannot be reached.
    """
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except DBAPIError as fault:
        state = getattr(fault.orig, "sqlstate", None)
        if retried and state in RETRIED:
            raise
        reason = (str(fault.orig).strip() or type(fault.orig).__name__).splitlines()[0]
        reason = re.sub(r"\[Errno -?\d+\] ", "", reason)  # a number that tells a user nothing
        if "psycopg" in type(fault.orig).__module__:
            kind = EnvironmentFault if state is None else InputFault
            raise kind(
                f"the server cannot be used: {reason}",
                where=shown,
                hint="check host, database, user and password of --db",
            ) from None
        raise sqlite_fault(reason, shown) from None


def sqlite_fault(reason: str, shown: str) -> InputFault:
    """Return the fault that a reason of SQLite stands for."""
    if "locked" in reason:
        message = f"another process has kept the registry for {LOCK_TIMEOUT_S} seconds"
        return InputFault(message, where=shown, hint="wait for it to end, then run this again")
    if "not a database" in reason or "malformed" in reason or "no such table" in reason:
        return InputFault(
            f"is no registry, or a damaged one: {reason}",
            where=shown,
            hint="it is left as it is; give another file: --db data/tools.db",
        )
    return InputFault(f"cannot be used: {reason}", where=shown, hint=f"ls -l {shown}")


def command(words: str, place: Location | URL) -> str:
    """Return a command of the registry that can be typed as it is, `--db` included.

    Args:
        words: what follows `fctune tools registry`.
        place: where the registry is; of a server, only the word URL is said.

    >>> from fctune.tools.registry.location import locate
    >>> command("list --all", locate("my tools.db"))
    "fctune tools registry list --all --db 'my tools.db'"
    """
    if isinstance(place, Location):
        path = None if place.path is None else str(place.path)
    else:
        path = place.database if place.drivername.startswith("sqlite") else None
        if path is None and place.drivername.startswith("sqlite"):
            path = str(DEFAULT_PATH)  # in memory, for a dry run
    option = " --db URL" if path is None else f" --db {quoted(path)}"
    return f"fctune tools registry {words}" + ("" if path == str(DEFAULT_PATH) else option)


def quoted(text: str) -> str:
    """Return a word as a shell takes it, letters of any script left as they are.

    >>> quoted("现在"), quoted("my tool")
    ('现在', "'my tool'")
    """
    return text if re.fullmatch(r"[\w@%+=:,./-]+", text) else shlex.quote(text)
