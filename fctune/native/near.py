"""The search for near duplicates in the compiled part: signatures, briefs, and their comparison.

Input: rows as a dataset has them, and pairs of rows. Output: what `fctune.dataset.near_signature`,
`near_briefs` and `near_joined` make of them, or None where the library was not built, or is not
sure.

Before: b'{"conversations":[{"from":"human","value":"Book a table"}, ...],"system":"..."'
After:  array([17, -8312..., 2207...])
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from fctune.native.library import answer, library, probe

U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]
Mask = NDArray[np.bool_]


class Told(NamedTuple):
    """What some rows say.

    Attributes:
        facts: of each row the hash of its numbers and calls.
        counts: of each how many tokens it has; none where it says too little.
        sizes: of each how many numbers its brief has; none where it was not read.
        tokens: the hashes of the shingles of all rows, which may be repeated.
        briefs: of all rows, one behind the other.
    """

    facts: U64
    counts: U64
    sizes: U64
    tokens: U64
    briefs: U64


def told_in(part: bytes | memoryview, rows: int) -> Told | None:
    """Return what rows say by a part of `Scanned`; None where they were not asked for it."""
    numbers = np.frombuffer(part, dtype="<u8")
    if len(numbers) < 3 * rows:
        return None
    facts, counts, sizes = numbers[: 3 * rows].reshape(3, rows)
    end = 3 * rows + int(counts.sum())
    return Told(facts, counts, sizes, numbers[3 * rows : end], numbers[end:])


def told(texts: Sequence[str], calls: Sequence[tuple[str, Any]]) -> Told | None:
    """Return what one row says: the user's texts, and the names and arguments of its calls."""
    found = probe("near.said", orjson.dumps({"texts": texts, "calls": calls}))
    if found is None:
        return None
    facts, _, _, _, tokens = orjson.loads(found)
    one, many = np.array([int(facts)], dtype="<u8"), np.array([*map(int, tokens)], dtype="<u8")
    none = np.zeros(1, dtype="<u8")
    return Told(one, np.array([len(many)], dtype="<u8"), none, many, none[:0])


def signatures(digests: bytes, facts: U64) -> bytes | None:
    """Return the signatures of digests of 64 permutations, 64 bytes each."""
    found = library()
    if found is None:
        return None
    seeds = facts.tobytes()
    return answer(found.fctune_signatures, digests, len(digests), seeds, len(seeds))


def promising(signatures: NDArray[Any], left: I32, right: I32, most: int) -> Mask | None:
    """Tell of which pairs at most so many pieces of the sketches differ."""
    found = library()
    if found is None:
        return None
    left, right = np.ascontiguousarray(left, np.int32), np.ascontiguousarray(right, np.int32)
    pairs = left.ctypes.data, right.ctypes.data, len(left)
    signatures = np.ascontiguousarray(signatures)
    told = answer(found.fctune_promising, signatures.ctypes.data, signatures.nbytes, *pairs, most)
    return np.frombuffer(told, dtype=np.bool_) if told is not None else None


class Joined:
    """Rows joined by exact comparison, as `fctune.dataset.near_joined.Joined` joins them.

    Args:
        rows: how many there are.
        threshold: the similarity from which on two rows are joined.
        file: the number of the file of briefs.

    Raises:
        ValueError: the library is not there, or cannot read the file.
    """

    def __init__(self, rows: int, threshold: float, file: int) -> None:
        self._library = library()
        self._joined = (
            self._library.fctune_joined_new(rows, threshold, file) if self._library else None
        )
        if not self._joined:
            raise ValueError("the compiled part is not there")

    def __del__(self) -> None:
        """Free what the library keeps."""
        if getattr(self, "_joined", None):
            self._library.fctune_joined_free(self._joined)
            self._joined = None

    def join(self, left: I32, right: I32, starts: NDArray[np.int64], sizes: I32) -> bool:
        """Compare pairs of rows, in their order; tell whether their briefs could be read.

        Args:
            left: one row of each pair.
            right: the other.
            starts: where the brief of each row begins in the file.
            sizes: how many bytes each has.
        """
        left, right = np.ascontiguousarray(left, np.int32), np.ascontiguousarray(right, np.int32)
        starts = np.ascontiguousarray(starts, np.int64)
        sizes = np.ascontiguousarray(sizes, np.int32)
        pairs = left.ctypes.data, right.ctypes.data, len(left)
        places = starts.ctypes.data, sizes.ctypes.data, len(starts)
        done: bool = self._library.fctune_joined_add(self._joined, *pairs, *places) == 0
        return done

    def told(self) -> tuple[int, I32]:
        """Return how many pairs were compared, and the root of each row."""
        out = answer(self._library.fctune_joined_roots, self._joined)
        assert out is not None
        return int.from_bytes(out[:8], "little"), np.frombuffer(out, dtype=np.int32, offset=8)


def briefs(heads: Sequence[bytes]) -> list[NDArray[np.int64] | None]:
    """Return the brief of each row; None where Python must make it.

    Args:
        heads: rows up to their `tools`, as `fctune.dataset.record.head_of` writes them.
    """
    found = library()
    nothing: list[NDArray[np.int64] | None] = [None] * len(heads)
    if found is None or not heads:
        return nothing
    block = b"".join(heads)
    ends = np.fromiter(accumulate(map(len, heads)), dtype=np.uint64, count=len(heads))
    out = answer(found.fctune_briefs, block, len(block), ends.ctypes.data, len(heads))
    if out is None:
        return nothing
    sizes = np.frombuffer(out, dtype="<u4", count=len(heads)).tolist()
    numbers = np.frombuffer(out, dtype="u1", offset=4 * len(heads)).view("<i8")
    starts = accumulate(sizes, initial=0)
    return [
        numbers[start : start + size] if size else None
        for start, size in zip(starts, sizes, strict=False)
    ]
