"""The lines of a trail written by the compiled part.

Input: what is told of some rows, column by column. Output: their lines, or None where the library
was not built.
"""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fctune.native.library import Part, answer, library

LINE = np.dtype(
    [
        *((name, "<u8") for name in ("id", "marks")),
        *((name, "<u4") for name in ("marks_size", "line", "tokens", "part", "ending", "unused")),
    ]
)
"""One row: `marks` and `ending` are places in the texts; see `TrailTexts`."""


class TrailTexts(NamedTuple):
    """What lines are made of.

    Attributes:
        opening: what stands before the number of a row.
        middle: what stands between that and the line of the raw row.
        marks: what audits found, one behind the other.
        endings: what stands between marks and tokens, one behind the other.
    """

    opening: bytes
    middle: bytes
    marks: bytes
    endings: bytes


def _lent(text: bytes) -> Part:
    return Part(ctypes.cast(ctypes.c_char_p(text), ctypes.c_void_p), len(text))


def is_there() -> bool:
    """Tell whether the library was built."""
    return library() is not None


def lines(
    told: NDArray[Any], first: int, texts: TrailTexts, ends: NDArray[np.uint64]
) -> bytes | None:
    """Return the lines of some rows.

    Args:
        told: one `LINE` a row.
        first: the number of the first row.
        texts: what the lines are made of.
        ends: where each ending ends; before them a 0.
    """
    given = (Part * len(texts))(*[_lent(text) for text in texts])
    return answer(
        library().fctune_trail,
        told.ctypes.data, len(told), first, ctypes.addressof(given), ends.ctypes.data, len(ends),
    )  # fmt: skip
