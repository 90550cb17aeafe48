"""The search for near duplicates in the compiled part: what rows say, briefs, and signatures.

Input: rows as a dataset has them, and digests of a MinHash. Output: what
`fctune.dataset.near_briefs` and `near_signature` make of them, or None where the library was not
built, or is not sure.

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


class Told(NamedTuple):
    """What some rows say.

    Attributes:
        facts: of each row the hash of its numbers and calls.
        counts: of each how many tokens it has; none where it says too little.
        tokens: the hashes of the shingles of all rows, which may be repeated.
    """

    facts: U64
    counts: U64
    tokens: U64


def told_in(part: bytes | memoryview, rows: int) -> Told | None:
    """Return what rows say by a part of `Scanned`; None where they were not asked for it."""
    numbers = np.frombuffer(part, dtype="<u8")
    if len(numbers) < 2 * rows:
        return None
    return Told(numbers[:rows], numbers[rows : 2 * rows], numbers[2 * rows :])


def told(texts: Sequence[str], calls: Sequence[tuple[str, Any]]) -> Told | None:
    """Return what one row says: the user's texts, and the names and arguments of its calls."""
    found = probe("near.said", orjson.dumps({"texts": texts, "calls": calls}))
    if found is None:
        return None
    facts, _, _, _, tokens = orjson.loads(found)
    one, many = np.array([int(facts)], dtype="<u8"), np.array([*map(int, tokens)], dtype="<u8")
    return Told(one, np.array([len(many)], dtype="<u8"), many)


def signatures(digests: bytes, facts: U64) -> bytes | None:
    """Return the signatures of digests of 64 permutations, 64 bytes each."""
    found = library()
    if found is None:
        return None
    seeds = facts.tobytes()
    return answer(found.fctune_signatures, digests, len(digests), seeds, len(seeds))


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
