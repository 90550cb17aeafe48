"""The bootstrap over conversations, for many metrics at once: one set of draws, one product.

Input: for each conversation a row of counts. Output: the sums of every column in every resample.
The draws are those of `fctune.evaluation.statistics.resampled_sums`, which a test holds it against;
numpy makes ten thousand cases and a hundred columns a matter of a second.

All counts are whole numbers below 2**53, so that the sums are exact on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from fctune.evaluation.statistics import RESAMPLES

# Numbers that are held at once, 8 bytes each: few and great products are the fastest.
_CHUNK = 10_000_000


def resampled(columns: Sequence[Sequence[int]], *, seed: int, resamples: int = RESAMPLES) -> Any:
    """Draw conversations with replacement and sum their columns.

    Args:
        columns: in each column one whole number for each conversation.
        seed: the same seed gives the same draws.
        resamples: how often.

    Returns:
        A float array of shape (columns, resamples).
    """
    import numpy as np

    table = np.asarray(columns, dtype=np.float64).T
    clusters = table.shape[0]
    draws = random.Random(seed)
    sums = np.empty((resamples, table.shape[1]))
    chunk = max(1, _CHUNK // clusters)
    for start in range(0, resamples, chunk):
        size = min(chunk, resamples - start)
        times = np.empty((size, clusters))
        for row in range(size):
            words = np.frombuffer(draws.randbytes(4 * clusters), dtype=np.uint32)
            places = (words.astype(np.uint64) * np.uint64(clusters)) >> np.uint64(32)
            times[row] = np.bincount(places.astype(np.int64), minlength=clusters)
        sums[start : start + size] = times @ table
    return sums.T
