"""Repeatable chance: numbers that look random and follow from a key and a seed alone.

Input: 64-bit keys and a seed. Output: 64-bit numbers, equal keys to equal numbers, by the finaliser
of splitmix64. No generator with a state is used, so that the draw for one row depends neither on
the other rows nor on their order.

Before: [1, 2] with seed 7
After:  [14125218428895520396, 17657815848556353475]
"""

from __future__ import annotations

import numpy as np

from fctune.dataset.columns import U64

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = 2**64 - 1
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def scatter(keys: U64, seed: int = 0) -> U64:
    """Return one number for each key; a new array, and the only one that is made.

    Args:
        keys: any 64-bit numbers.
        seed: another seed gives other numbers.
    """
    value = keys ^ np.uint64(_start(seed))
    shifted = value >> np.uint64(30)
    value ^= shifted
    value *= _FIRST
    np.right_shift(value, np.uint64(27), out=shifted)
    value ^= shifted
    value *= _SECOND
    np.right_shift(value, np.uint64(31), out=shifted)
    value ^= shifted
    return value


def below(numbers: U64, share: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which numbers lie in the first `share` of all 64-bit numbers.

    >>> below(np.array([0, 2**63], dtype=np.uint64), 0.5).tolist()
    [True, False]
    """
    if share >= 1:
        return np.ones(len(numbers), dtype=np.bool_)
    return numbers < np.uint64(int(share * 2**64))


def _start(seed: int) -> int:
    """Return the seed spread over 64 bits; seeds 0, 1, 2 ... must not give neighbouring keys."""
    value = (seed * _GOLDEN + _GOLDEN) & _MASK
    value = ((value ^ (value >> 30)) * int(_FIRST)) & _MASK
    return value ^ (value >> 27)
