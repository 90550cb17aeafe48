"""Strict matching: what is equal, and that the pairing is the best one."""

from __future__ import annotations

import itertools
import random
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctune.evaluation.matching.assignment import _owners, _owners_by_rows
from fctune.evaluation.matching.match import best_assignment, equal_values, match_calls

from .evaluation_samples import CATALOG, call

NUMBER, INTEGER, TEXT = {"type": "number"}, {"type": "integer"}, {"type": "string"}


@pytest.mark.parametrize(
    ("gold", "predicted", "schema", "equal"),
    [
        (1, 1.0, NUMBER, True),
        (1, 1.0, {"type": ["null", "number"]}, True),
        (1, 1.0, INTEGER, False),
        (1, 1.0, None, False),
        (1, True, NUMBER, False),
        (0, False, INTEGER, False),
        (True, True, {"type": "boolean"}, True),
        ("5", 5, NUMBER, False),
        ("Oslo", "oslo", TEXT, False),
        ("Oslo", "Oslo ", TEXT, False),
        (None, None, TEXT, True),
        (None, "", TEXT, False),
        ([1, 2], [2, 1], {"type": "array", "items": INTEGER}, False),
        ([1, 2], [1.0, 2.0], {"type": "array", "items": NUMBER}, True),
        ([1], [1, 1], {"type": "array"}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"type": "object"}, True),
        ({"a": 1}, {"a": 1.0}, {"type": "object", "properties": {"a": NUMBER}}, True),
        ({"a": 1}, {"a": 1, "b": None}, {"type": "object"}, False),
        (10**20, 1e20, NUMBER, True),
        (1, 1.0, True, False),
        ([1], {"a": 1}, "no schema", False),
    ],
)
def test_equality(gold: Any, predicted: Any, schema: Any, equal: bool) -> None:
    assert equal_values(gold, predicted, schema) is equal


def test_slots_name_what_is_wrong() -> None:
    gold = call("order", item="tea", count=2, size="S")
    predicted = call("order", item="Tea", count=2, gift=True)
    (pair,) = match_calls([gold], [predicted], CATALOG).pairs
    assert {slot.name: slot.message for slot in pair.slots} == {
        "item": 'got "Tea", expected "tea"',
        "count": "",
        "size": 'missing, expected "S"',
        "gift": "got true, expected no value",
    }
    assert pair.right_slots == 1


def test_the_pairing_is_a_maximum_and_not_the_first_that_fits() -> None:
    # A greedy pairing gives the first gold call to the first prediction and fails.
    gold = [call("order", item="a"), call("order", item="a", count=1)]
    predicted = [call("order", item="a", count=1), call("order", item="a")]
    assert match_calls(gold, predicted, CATALOG).exact


def test_calls_without_a_partner() -> None:
    match = match_calls([call("track", id="1")], [call("order", item="x")], CATALOG)
    assert (len(match.pairs), len(match.missing), len(match.extra)) == (0, 1, 1)
    assert not match.exact
    assert match_calls([], [], CATALOG).exact


CALLS = st.lists(
    st.builds(
        lambda name, a, b: call(name, **{k: v for k, v in (("x", a), ("y", b)) if v is not None}),
        st.sampled_from(["f", "g"]),
        st.sampled_from([None, 1, 2]),
        st.sampled_from([None, 1, 2]),
    ),
    max_size=5,
)


@given(CALLS, CALLS, st.randoms())
def test_order_never_counts(gold: list[Any], predicted: list[Any], shuffler: Any) -> None:
    def facts(one: list[Any], other: list[Any]) -> tuple[bool, int, int]:
        match = match_calls(one, other, CATALOG)
        return match.exact, len(match.pairs), sum(pair.right_slots for pair in match.pairs)

    before = facts(gold, predicted)
    for calls in (gold, predicted):
        shuffler.shuffle(calls)
    assert facts(gold, predicted) == before
    same = sorted(map(repr, gold)) == sorted(map(repr, predicted))
    assert before[0] is same
    assert match_calls(gold, gold[::-1], CATALOG).exact


def test_assignment_equals_brute_force() -> None:
    draw = random.Random(1)
    for _ in range(500):
        rows, columns = draw.randint(1, 5), draw.randint(1, 5)
        weights = [[draw.randint(0, 4) for _ in range(columns)] for _ in range(rows)]
        chosen = best_assignment(weights)
        got = sum(weights[row][c] for row, c in enumerate(chosen) if c is not None)
        wide = (
            weights if rows <= columns else [list(column) for column in zip(*weights, strict=True)]
        )
        best = max(
            sum(line[c] for line, c in zip(wide, order, strict=True))
            for order in itertools.permutations(range(max(rows, columns)), min(rows, columns))
        )
        assert got == best
        assert sum(c is not None for c in chosen) == min(rows, columns)


def test_many_calls_are_paired_as_few_are() -> None:
    draw = random.Random(2)
    for _ in range(100):
        rows = draw.randint(1, 30)
        columns, most = draw.randint(rows, 45), draw.choice([1, 2, 100])
        weights = [[draw.randint(0, most) for _ in range(columns)] for _ in range(rows)]
        assert _owners_by_rows(weights) == _owners(weights)


def test_hundreds_of_calls_of_one_tool_take_no_time() -> None:
    gold = [call("order", item=str(number)) for number in range(300)]
    predicted = [call("order", item=str(number + 1)) for number in range(300)]
    start = time.process_time()
    match = match_calls(gold, predicted, CATALOG)
    assert time.process_time() - start < 3
    assert sum(pair.exact for pair in match.pairs) == 299
