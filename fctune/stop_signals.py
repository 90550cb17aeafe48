"""Stop signals as exceptions, so that what a verb has begun is ended before the verb is.

Input: what is to be raised. Output: a block within which SIGTERM and SIGHUP raise it.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def raised_on_stop(error: Callable[[str], BaseException]) -> Iterator[None]:
    """Raise an error where SIGTERM or SIGHUP stops the block; beside the main thread do nothing.

    A signal that is ignored stays so: that is what `nohup` asks for.

    Args:
        error: makes it from the name of the signal.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise error(signal.Signals(number).name)

    taken: list[int] = []
    if threading.current_thread() is threading.main_thread():
        asked = (getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP"))
        taken = [n for n in asked if n is not None and signal.getsignal(n) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
