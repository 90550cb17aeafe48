"""Groups of rows that share wordings, against a plain union-find; and the sides they go to."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.dataset.groups import groups, keys, largest, sides
from fctune.dataset.split import Shares
from fctune.dataset.splitmix import scatter
from tests.unit.made_columns import Row, made, ragged

WORDS = st.lists(st.integers(1, 12), max_size=3)
ROWS = st.lists(st.tuples(WORDS, st.integers(0, 9), st.booleans()), min_size=1, max_size=40).map(
    lambda rows: sorted(rows, key=lambda row: row[1])
)
"""Wordings, number of the raw row, and whether the row is kept, in the order of the input."""


def _plain(rows: list[tuple[list[int], int, bool]]) -> list[set[int]]:
    """Return the groups of kept rows, found by joining until nothing changes."""
    found: list[tuple[set[int], set[object]]] = []
    for index, (words, ordinal, keep) in enumerate(rows):
        if not keep:
            continue
        members, marks = {index}, {*words, f"row {ordinal}"}
        apart = []
        for other_members, other_marks in found:
            if other_marks & marks:
                members, marks = members | other_members, marks | other_marks
            else:
                apart.append((other_members, other_marks))
        found = [*apart, (members, marks)]
    return [members for members, _ in found]


@settings(max_examples=300, deadline=None)
@given(ROWS)
def test_groups_are_those_of_a_plain_union_find(rows: list[tuple[list[int], int, bool]]) -> None:
    keep = np.array([kept for _, _, kept in rows])
    labels = groups(
        ragged([words for words, _, _ in rows]),
        np.array([ordinal for _, ordinal, _ in rows], dtype=np.uint64),
        keep,
    )
    found = [set(np.flatnonzero(labels == label)) for label in np.unique(labels[labels >= 0])]
    assert sorted(map(sorted, found)) == sorted(map(sorted, _plain(rows)))
    assert (labels[~keep] == -1).all()
    assert all(label == min(group) for group in found for label in labels[list(group)])
    assert largest(labels) == max(map(len, found), default=0)


@settings(max_examples=100, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_keys_do_not_depend_on_the_order_of_the_input(rows, random) -> None:
    places = list(range(10))
    random.shuffle(places)
    order = sorted(range(len(rows)), key=lambda row: places[rows[row][1]])

    def keyed(picked, numbers):
        words = ragged([picked_row[0] for picked_row in picked])
        raw = np.array([picked_row[1] for picked_row in picked], dtype=np.uint64)
        keep = np.array([picked_row[2] for picked_row in picked])
        ordinal = np.array([numbers[row] for row in raw.tolist()], dtype=np.uint64)
        return keys(groups(words, ordinal, keep), words, raw + np.uint64(500))

    straight = keyed(rows, list(range(10)))
    mixed = keyed([rows[place] for place in order], places)
    assert [straight[place] for place in order] == list(mixed)


def test_a_long_chain_of_shared_wordings_is_one_group() -> None:
    n = 20_000
    chain = np.random.default_rng(3).permutation(n)
    words = ragged([[int(chain[i]), int(chain[i]) + 1] for i in range(n)])
    labels = groups(words, np.arange(n, dtype=np.uint64), np.ones(n, dtype=np.bool_))
    assert (labels == 0).all()
    assert set(keys(labels, words, np.arange(n, dtype=np.uint64)).tolist()) == {0}


def test_the_key_is_the_smallest_wording_of_the_group_and_the_id_without_one() -> None:
    columns = made([Row(wordings=(7,)), Row(wordings=(9,)), Row(wordings=(7, 4)), Row(id=55)])
    keep = np.array([True, True, True, True])
    labels = groups(columns.wordings, columns.ordinal, keep)
    assert labels.tolist() == [0, 1, 0, 3]
    assert keys(labels, columns.wordings, columns.id).tolist() == [4, 9, 4, 55]


def test_rows_that_are_not_kept_tie_nothing_together() -> None:
    columns = made([Row(wordings=(1,)), Row(wordings=(1, 2)), Row(wordings=(2,))])
    labels = groups(columns.wordings, columns.ordinal, np.array([True, False, True]))
    assert labels.tolist() == [0, -1, 2]


def test_parts_of_one_raw_row_and_near_duplicates_are_tied() -> None:
    columns = made(
        [Row(wordings=(1,), ordinal=0), Row(wordings=(2,), ordinal=0, part=1), Row(wordings=(3,))]
    )
    keep = np.ones(3, dtype=np.bool_)
    assert groups(columns.wordings, columns.ordinal, keep).tolist() == [0, 0, 2]
    ties = np.array([-1, 8, 8])
    assert groups(columns.wordings, columns.ordinal, keep, ties).tolist() == [0, 0, 0]


def test_no_rows_make_no_groups() -> None:
    empty = np.zeros(0, dtype=np.uint64)
    labels = groups(ragged([]), empty, np.zeros(0, dtype=np.bool_))
    assert len(labels) == 0 and largest(labels) == 0
    assert len(keys(labels, ragged([]), empty)) == 0


def test_sides_have_their_shares_and_follow_the_seed() -> None:
    found = sides(np.arange(100_000, dtype=np.uint64), Shares(dev=0.05, test=0.1), 7)
    counts = np.bincount(found, minlength=3) / 100_000
    assert abs(counts[1] - 0.05) < 0.004 and abs(counts[2] - 0.1) < 0.005
    again = sides(np.arange(100_000, dtype=np.uint64), Shares(dev=0.05, test=0.1), 7)
    other = sides(np.arange(100_000, dtype=np.uint64), Shares(dev=0.05, test=0.1), 8)
    assert (found == again).all() and (found != other).any()


def test_a_larger_test_share_only_adds_to_test() -> None:
    numbers = np.arange(10_000, dtype=np.uint64)
    small = sides(numbers, Shares(dev=0, test=0.1), 1) == 2
    large = sides(numbers, Shares(dev=0, test=0.3), 1) == 2
    assert (large | ~small).all() and large.sum() > small.sum()
    assert (sides(numbers, Shares(dev=0, test=0), 1) == 0).all()


def test_scatter_is_splitmix64() -> None:
    """The finaliser of Steele, Lea and Flood, written out with Python's numbers."""

    def plain(value: int) -> int:
        value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
        value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) % 2**64
        return value ^ (value >> 31)

    start = int(scatter(np.array([0], dtype=np.uint64), 5)[0])
    assert len({int(scatter(np.array([0], dtype=np.uint64), seed)[0]) for seed in range(99)}) == 99
    golden = (5 * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) % 2**64
    salt = ((golden ^ (golden >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
    salt ^= salt >> 27
    assert start == plain(salt)
    numbers = np.array([0, 1, 2**64 - 1], dtype=np.uint64)
    assert scatter(numbers, 5).tolist() == [plain(number ^ salt) for number in numbers.tolist()]
