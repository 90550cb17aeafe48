"""What becomes of a verb whose reader has gone, as in `fctune score ... | head`.

Role: that is no fault, and no verdict gets lost by it. Input: the process's own streams. Output:
nothing is printed any more; the verb goes on to its end and keeps its exit code.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reader_may_go() -> Iterator[None]:
    """Leave out the rest of a block's printing once nobody reads it.

    Raises:
        BrokenPipeError: of another pipe than stdout or stderr.
    """
    try:
        yield
    except BrokenPipeError:
        if not reader_gone():
            raise


def reader_gone() -> bool:
    """Tell whether nobody reads stdout or stderr any more; what is written there is lost then."""
    gone = [stream for stream in (sys.stdout, sys.stderr) if _is_broken(stream.fileno())]
    if gone:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in gone:
            os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    return bool(gone)


def _is_broken(number: int) -> bool:
    if not hasattr(select, "poll"):
        return number == 1
    poller = select.poll()
    poller.register(number, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poller.poll(0))
