"""Orders of hashes, and what is found by them: the same as numpy finds in plainer ways."""

from __future__ import annotations

import numpy as np
import pytest

from fctune.dataset import leakage as leakage_module
from fctune.dataset.balance import PERCENTILES, _percentiles
from fctune.dataset.leakage import _among
from fctune.dataset.slices import ordered

FAR = 2**64 - 1


@pytest.mark.parametrize("most", [2, 50, 2**20, 2**64])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 255, 256, 5000])
def test_hashes_are_ordered_as_a_stable_sort_does(count: int, most: int) -> None:
    hashes = np.random.default_rng(count).integers(0, most - 1, count, dtype=np.uint64)
    assert ordered(hashes).tolist() == np.argsort(hashes, kind="stable").tolist()


def test_hashes_that_differ_in_the_lower_bits_alone_are_ordered() -> None:
    hashes = np.array([FAR, FAR - 2, FAR - 1, 7, FAR - 2, 5], dtype=np.uint64)
    assert ordered(hashes).tolist() == [5, 3, 1, 4, 2, 0]


@pytest.mark.parametrize("bits", [1, 8, 22])
@pytest.mark.parametrize(("there", "here"), [(0, 5), (5, 0), (1000, 10), (10, 1000), (400, 400)])
def test_hashes_among_others_are_those_of_a_set(
    there: int, here: int, bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leakage_module, "_MOST_BITS", bits)
    chance = np.random.default_rng(7)
    others = chance.integers(0, 500, there, dtype=np.uint64)
    own = chance.integers(0, 500, here, dtype=np.uint64) * np.uint64(2)
    assert _among(others, own).tolist() == [value in set(others.tolist()) for value in own.tolist()]


@pytest.mark.parametrize("count", [1, 2, 3, 19, 20, 21, 100, 101, 9973])
def test_percentiles_are_those_of_numpy(count: int) -> None:
    lengths = np.random.default_rng(count).integers(1, 5000, count, dtype=np.uint32)
    found = np.percentile(lengths, PERCENTILES, method="lower")
    assert [*_percentiles(lengths).values()] == found.tolist()
