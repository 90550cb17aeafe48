"""What rows that the compiled part read say: signatures by rensa's MinHash, and briefs.

Input: a part of what the scanner gives for some lines. Output: what a segment keeps of some of
them: the signatures, the same as `near_signature.signature` makes them, and the briefs of
`near_briefs.brief`. The library hashes shingles as one version of rensa does;
where samples tell that the installed one does otherwise, `is_known` is false and Python reads all
rows.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import Any

import numpy as np

from fctune.dataset.layout import BRIEF_SIZES, BRIEFS, SIGNATURES
from fctune.dataset.near_signature import PERMUTATIONS, SEED, WIDTH, said, signature, sketch_class
from fctune.errors import EnvironmentFault
from fctune.native import near
from fctune.native.near import Told

# Shingles of all lengths that are hashed differently, facts, and a row that says too little.
_SAMPLES: tuple[tuple[list[str], list[tuple[str, Any]]], ...] = (
    (["a b c d, is it on? Twenty-two considerations about international 12 things"], []),
    (["住３晚，可以吗？请帮我订一个房间。", "Café, please"], [("book", {"n": 2, "x": ["y", 1.5]})]),
    ([""], [("now", {})]),
    (["hi"], []),
)
NO_BRIEF = bytes(4)
"""The size that is written of a row whose brief is made when it is asked for."""
_PACK = struct.Struct(f"<{PERMUTATIONS}I").pack


class Said:
    """What some lines say, to be written.

    Args:
        told: by the library.
        signatures: of all lines, `WIDTH` bytes each.
    """

    __slots__ = ("_briefs", "_ends", "_signatures", "_sizes")

    def __init__(self, told: Told, signatures: bytes) -> None:
        self._signatures, self._briefs = signatures, told.briefs
        self._sizes = (told.sizes * 8).astype("<u4")
        self._ends = np.concatenate(([0], np.cumsum(told.sizes, dtype=np.int64))).tolist()

    def cut(self, begin: int, end: int) -> dict[str, bytes]:
        """Return what is written of some lines, by the name of the file."""
        return {
            SIGNATURES: self._signatures[WIDTH * begin : WIDTH * end],
            BRIEF_SIZES: self._sizes[begin:end].tobytes(),
            BRIEFS: self._briefs[self._ends[begin] : self._ends[end]].tobytes(),
        }


def said_in(part: bytes | memoryview, rows: int) -> Said | None:
    """Return what some lines say; None where there are no signatures of them.

    Args:
        part: `Scanned.near`.
        rows: how many lines there are.
    """
    told = near.told_in(part, rows)
    made = _signed(told) if told is not None else None
    return Said(told, made) if told is not None and made is not None else None


@cache
def is_known() -> bool:
    """Tell whether signatures are the same here as in `near_signature`, by samples."""
    try:
        return all(_agrees(texts, calls) for texts, calls in _SAMPLES)
    except EnvironmentFault:  # the first row says so
        return False


def _agrees(texts: list[str], calls: list[tuple[str, Any]]) -> bool:
    told = near.told(texts, calls)
    return told is not None and _signed(told) == signature(said(texts, calls))


def _signed(told: Told) -> bytes | None:
    """Return signatures; zeros for rows without tokens."""
    make = getattr(sketch_class(), "digest_matrix_from_flat_token_hashes", None)
    if make is None:
        return None
    has = told.counts > 0
    ends = np.zeros(np.count_nonzero(has) + 1, dtype=np.uint64)
    np.cumsum(told.counts[has], out=ends[1:])
    digests = make(told.tokens, ends, PERMUTATIONS, SEED).to_rows() if len(ends) > 1 else []
    made = near.signatures(b"".join([_PACK(*digest) for digest in digests]), told.facts[has])
    if made is None or len(made) != WIDTH * (len(ends) - 1):
        return None
    found = np.zeros((len(has), WIDTH), dtype=np.uint8)
    found[has] = np.frombuffer(made, dtype=np.uint8).reshape(-1, WIDTH)
    return found.tobytes()
