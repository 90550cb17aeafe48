"""What stands around every verb: stop signals, and a reader that has gone.

Input: the function of a verb. Output: the same, which ends as the command line promises.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import typer

from fctune.cli.pipe import reader_gone
from fctune.cli.start import started
from fctune.errors import Interrupted
from fctune.stop_signals import raised_on_stop


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Wrap a verb so that Ctrl-C becomes an error of ours instead of an abort without a code."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        started()
        try:
            command(*args, **kwargs)
        except KeyboardInterrupt as fault:
            who = str(fault) or "the user"
            raise Interrupted(f"stopped by {who}; nothing half-written is left") from fault
        except BrokenPipeError as fault:
            # The reader of our stdout has gone (`fctune ... | head`): that is not a fault, and
            # typer would make it one. Another pipe is a matter of the verb.
            if reader_gone():
                raise typer.Exit(0) from fault
            raise RuntimeError(f"a pipe of the verb is broken: {fault}") from fault

    return wrapper


def stoppable(command: Callable[..., None]) -> Callable[..., None]:
    """Wrap a verb so that SIGTERM and SIGHUP end it as Ctrl-C does, with all cleared away."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        # No error of ours: what a plug-in raises is caught as a fault of its row.
        with raised_on_stop(KeyboardInterrupt):
            command(*args, **kwargs)

    return wrapper
