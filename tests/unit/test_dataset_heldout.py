"""Held-out tools: what moves to test, what is pruned, and which tools are chosen."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.dataset.groups import groups
from fctune.dataset.heldout import HeldOut, Moved, hold_out, parse_held_out, pruned
from fctune.dataset.tool_index import index_tools
from fctune.errors import UsageFault
from tests.unit.made_columns import Row, every, made


def _held(rows: list[Row], wish: HeldOut, side: list[int] | None = None) -> Moved:
    columns = made(rows)
    keep = every(columns)
    labels = groups(columns.wordings, columns.ordinal, keep)
    sides = np.array(side or [0] * len(rows), dtype=np.uint8)
    return hold_out(columns, index_tools(columns), keep, sides, labels, wish)


def test_rows_that_call_the_tool_go_to_test_and_others_lose_it_from_their_list() -> None:
    rows = [
        Row(tools=("look", "now"), calls=("look",)),
        Row(tools=("look", "now"), calls=("now",)),
        Row(tools=("now",), calls=("now",)),
        Row(lesson="no_call", tools=("look", "now")),
    ]
    moved = _held(rows, HeldOut(names=("look",)), [0, 0, 0, 1])
    assert moved.side.tolist() == [2, 0, 0, 1]
    assert moved.pruned.tolist() == [False, True, False, True]
    assert moved.account["rows_moved_to_test"] == 1
    assert moved.account["rows_pruned"] == 2 and moved.account["rows_calling"] == 1


def test_a_row_that_lists_held_out_tools_alone_goes_to_test() -> None:
    rows = [Row(lesson="no_call", tools=("look",)), Row(tools=("now",), calls=("now",))]
    moved = _held(rows, HeldOut(names=("look",)))
    assert moved.side.tolist() == [2, 0] and not moved.pruned.any()


def test_the_whole_group_of_a_moved_row_goes_with_it() -> None:
    rows = [
        Row(tools=("look",), calls=("look",), wordings=(1,)),
        Row(tools=("now",), calls=("now",), wordings=(1, 2)),
        Row(lesson="general", wordings=(2,)),
        Row(tools=("now",), calls=("now",), wordings=(3,)),
    ]
    assert _held(rows, HeldOut(names=("look",))).side.tolist() == [2, 2, 2, 0]


def test_rows_that_are_not_kept_neither_move_nor_move_others() -> None:
    columns = made([Row(tools=("a", "b"), calls=("a",), wordings=(1,)),
                    Row(tools=("a", "b"), calls=("b",), wordings=(1,))])  # fmt: skip
    keep = np.array([False, True])
    labels = groups(columns.wordings, columns.ordinal, keep)
    side = np.zeros(2, dtype=np.uint8)
    moved = hold_out(columns, index_tools(columns), keep, side, labels, HeldOut(names=("a",)))
    assert moved.side.tolist() == [0, 0] and moved.pruned.tolist() == [False, True]


def _balanced(tools: int, rows_each: int) -> list[Row]:
    names = tuple(f"工具{number}" for number in range(tools))
    return [Row(tools=names, calls=(name,)) for name in names for _ in range(rows_each)]


def test_tools_are_chosen_by_hash_among_those_within_the_limits() -> None:
    rows = [*_balanced(20, 12), *[Row(tools=("busy",), calls=("busy",))] * 200]
    chosen = {_held(rows, HeldOut(count=3, seed=seed)).names for seed in range(8)}
    assert len(chosen) > 1
    for names in chosen:
        assert len(names) == 3 and "busy" not in names
    turned = _held(rows[::-1], HeldOut(count=3, seed=1))
    straight = _held(rows, HeldOut(count=3, seed=1))
    assert turned.names == straight.names
    assert straight.account["choice"].startswith("by hash")
    assert straight.account["rows_moved_to_test"] == 36


def test_a_set_without_such_tools_says_so() -> None:
    rows = _balanced(4, 12)
    moved = _held(rows, HeldOut(count=2))
    assert len(moved.names) == 2
    assert moved.account["choice"].startswith("only 0 of 2 tools are called in 10 rows to 15%")


def test_a_tool_whose_groups_are_most_of_the_set_is_not_chosen() -> None:
    # Rows of `wide` share a wording with half of the set, those of the others with none.
    rows = [Row(tools=("wide",), calls=("wide",), wordings=(1,))] * 12
    rows += [Row(lesson="general", wordings=(1,))] * 300
    rows += _balanced(9, 12)
    for seed in range(12):
        moved = _held(rows, HeldOut(count=2, seed=seed))
        assert "wide" not in moved.names
        assert moved.account["rows_moved_to_test"] == 24


def test_no_tool_is_held_out_where_none_is_asked_for() -> None:
    moved = _held(_balanced(3, 5), HeldOut(count=0))
    assert moved.names == () and not moved.pruned.any() and not moved.side.any()


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (HeldOut(count=3), "fewer than the 3"),
        (HeldOut(names=("工具0", "工具1", "工具2")), "every tool"),
        (HeldOut(names=("fly",)), "'fly'"),
    ],
)
def test_wishes_that_leave_no_training_are_refused(wish: HeldOut, told: str) -> None:
    with pytest.raises(UsageFault, match=told):
        _held(_balanced(3, 12), wish)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from("abcd"), unique=True, max_size=4),
            st.integers(0, 3),
            st.lists(st.integers(1, 9), max_size=2),
            st.integers(0, 2),
        ),
        min_size=1,
        max_size=25,
    )
)
def test_no_row_of_train_or_dev_shows_or_calls_a_held_out_tool(made_rows) -> None:
    rows = [
        Row(tools=tuple(names), calls=tuple(names[:calls]), wordings=tuple(words))
        for names, calls, words, _ in made_rows
    ]
    rows.append(Row(tools=("a", "z"), calls=("a", "z"), wordings=(99,)))
    rows.append(Row(tools=("z",), calls=("z",), wordings=(100,)))
    sides = [*(side for *_, side in made_rows), 0, 0]
    moved = _held(rows, HeldOut(names=("a",)), sides)
    columns = made(rows)
    labels = groups(columns.wordings, columns.ordinal, every(columns))
    for index, row in enumerate(rows):
        if moved.side[index] == 2:
            assert not moved.pruned[index]
            continue
        assert "a" not in row.calls
        assert bool(moved.pruned[index]) == ("a" in row.tools)
        assert moved.side[index] == sides[index]
        assert row.tools == () or set(row.tools) - {"a"}
    for label in np.unique(labels):
        before = {sides[i] for i in np.flatnonzero(labels == label)}
        after = set(moved.side[labels == label].tolist())
        assert len(after) <= len(before)


def test_a_list_is_pruned_without_touching_the_rest() -> None:
    text = '[{"name": "look"},\n {"type":"function","function":{"name":"now", "n": 1.50}} , {"name": "查询", "m": 12345678901234567890123}]'  # noqa: E501
    assert pruned(text, {"look"}) == (
        '[{"type":"function","function":{"name":"now", "n": 1.50}}, '
        '{"name": "查询", "m": 12345678901234567890123}]'
    )
    assert pruned(text, {"查询", "now"}) == '[{"name": "look"}]'
    assert pruned(text, {"other"}) is text
    assert pruned(text, {"look", "now", "查询"}) == ""
    assert pruned("", {"look"}) == ""


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=6), unique=True, max_size=5), st.sets(st.text(max_size=6)),
       st.sampled_from([None, 2]), st.booleans())  # fmt: skip
def test_pruning_is_that_of_a_plain_filter(names, out, indent, ascii_only) -> None:
    tools = [{"name": name, "description": name[::-1] + '],{"'} for name in names]
    text = json.dumps(tools, indent=indent, ensure_ascii=ascii_only)
    left = [tool for tool in tools if tool["name"] not in out]
    found = pruned(text, out)
    assert (json.loads(found) if found else []) == left


def test_what_to_hold_out_is_parsed() -> None:
    assert parse_held_out("3", seed=4) == HeldOut(count=3, seed=4)
    assert parse_held_out("look, 查询,look").names == ("look", "查询")
    with pytest.raises(UsageFault, match="'a,,b'"):
        parse_held_out("a,,b")
