"""The start of a verb without the collector of cycles, and its end without a last look.

Role: modules stay until the process ends, so that to look through them for garbage is in vain; it
takes a sixth of a short verb.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def starting() -> Iterator[None]:
    """Pause the collector in a block that imports, or until the work in it has `started`."""
    gc.disable()
    try:
        yield
    finally:
        started()


def started() -> None:
    """Let the collector work; what is there by now it never looks at."""
    gc.freeze()
    gc.enable()
