"""Mixing: the rows of the two stages, their weights, caps and repeats."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.dataset.mixing import Mixed, Mixing, mix_rows, parse_weights
from fctune.dataset.tool_index import index_tools
from fctune.errors import UsageFault
from tests.unit.made_columns import Row, every, made

CALL = Row(tools=("look",), calls=("look",))
ASK = Row(lesson="ask_back", tools=("look",), calls=("look",))
NO_CALL = Row(lesson="no_call", tools=("look",))
CHAT = Row(lesson="general")


def _mixed(rows: list[Row], wish: Mixing | None = None, side: list[int] | None = None) -> Mixed:
    columns = made(rows)
    sides = np.array(side or [0] * len(rows), dtype=np.uint8)
    return mix_rows(columns, index_tools(columns), every(columns), sides, wish)


def _lessons(rows: list[Row], mixed: Mixed) -> Counter[str]:
    return Counter(rows[index].lesson for index in mixed.toolcall)


def test_stage_two_takes_rows_that_list_tools_before_plain_chat() -> None:
    rows = [CALL] * 4 + [CHAT] * 10 + [NO_CALL] * 3
    mixed = _mixed(rows)
    assert _lessons(rows, mixed) == {"call": 4, "no_call": 3, "general": 1}
    assert sorted(mixed.general) == list(range(4, 17))
    assert (mixed.asked, mixed.reached) == (1.0, 1.0)


def test_a_pool_that_is_too_small_says_what_it_reached() -> None:
    mixed = _mixed([CALL] * 4 + [CHAT], Mixing(ratio=2))
    assert mixed.reached == 0.25 and mixed.account["reached"] == 0.25
    assert len(_mixed([CALL] * 4, Mixing(ratio=0)).toolcall) == 4
    assert _mixed([CHAT]).reached == 0.0


def test_only_kept_rows_of_train_are_mixed() -> None:
    columns = made([CALL, CALL, CALL, CHAT])
    keep = np.array([True, False, True, True])
    side = np.array([0, 0, 2, 0], dtype=np.uint8)
    mixed = mix_rows(columns, index_tools(columns), keep, side)
    assert sorted(mixed.toolcall) == [0, 3] and mixed.general.tolist() == [3]


def test_the_draw_does_not_depend_on_the_order_of_the_input() -> None:
    rows = [
        Row(lesson="call", tools=("a", "b"), calls=(("a", "b")[n % 2],), id=n) for n in range(30)
    ] + [Row(lesson="no_call", tools=("a",), id=100 + n) for n in range(30)]
    wish = Mixing(cap_per_tool=7, ratio=0.5, lessons={"call": 1}, seed=4)
    straight = [rows[index].id for index in _mixed(rows, wish).toolcall]
    turned = rows[::-1]
    assert straight == [turned[index].id for index in _mixed(turned, wish).toolcall]
    other = [rows[index].id for index in _mixed(rows, Mixing(seed=5)).toolcall]
    assert other != [rows[index].id for index in _mixed(rows, Mixing(seed=6)).toolcall]


def test_parts_of_one_row_have_places_of_their_own() -> None:
    parts = [Row(calls=("a",), tools=("a",), id=9, ordinal=9, part=part) for part in range(8)]
    places = _mixed(parts).toolcall.tolist()
    assert sorted(places) == list(range(8)) and places != list(range(8))


def test_weights_without_repeats_leave_rows_out() -> None:
    rows = [CALL] * 1000 + [ASK] * 100
    mixed = _mixed(rows, Mixing(ratio=0, lessons={"call": 1, "ask_back": 0.5}))
    assert _lessons(rows, mixed) == {"call": 200, "ask_back": 100}
    assert mixed.account["lessons"]["limited_by"] == "ask_back"
    assert mixed.account["lessons"]["by_lesson"]["call"]["left_out"] == 800
    assert mixed.account["call_rows"] == {
        "available": 1100, "written": 300, "left_out": 800, "repeated": 0,
    }  # fmt: skip


def test_weights_with_repeats_write_rows_several_times_but_no_more_than_allowed() -> None:
    rows = [CALL] * 1000 + [ASK] * 100
    wish = Mixing(ratio=0, lessons={"call": 1, "ask_back": 0.5}, upsample=True, max_repeat=4)
    mixed = _mixed(rows, wish)
    assert _lessons(rows, mixed) == {"call": 800, "ask_back": 400}
    times = Counter(mixed.toolcall.tolist())
    assert {times[index] for index in range(1000, 1100)} == {4}
    assert max(times[index] for index in range(1000)) == 1
    assert mixed.account["call_rows"]["repeated"] == 300
    # Copies lie apart: no row stands beside its own copy more than by chance.
    beside = (np.diff(mixed.toolcall) == 0).sum()
    assert beside < 10


def test_repeats_never_multiply_a_whole_set() -> None:
    rows = [CALL] * 50 + [ASK] * 25
    wish = Mixing(ratio=0, lessons={"call": 2, "ask_back": 1}, upsample=True, max_repeat=9)
    mixed = _mixed(rows, wish)
    assert sorted(mixed.toolcall) == list(range(75))
    assert mixed.account["lessons"]["limited_by"] is None


def test_lessons_that_are_not_named_keep_their_rows_and_absent_ones_limit_nothing() -> None:
    rows = [CALL] * 10 + [ASK] * 10 + [Row(lesson="parallel", calls=("a", "a"), tools=("a",))] * 3
    wish = Mixing(ratio=0, lessons={"call": 1, "ask_back": 1, "recover": 5})
    assert _lessons(rows, _mixed(rows, wish)) == {"call": 10, "ask_back": 10, "parallel": 3}
    none = Mixing(ratio=0, lessons={"call": 1, "ask_back": 0})
    assert _lessons(rows, _mixed(rows, none)) == {"call": 10, "parallel": 3}


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 60), st.integers(1, 60), st.integers(1, 60),
    st.tuples(st.floats(0.1, 9), st.floats(0.1, 9), st.floats(0.1, 9)),
    st.booleans(), st.integers(1, 5),
)  # fmt: skip
def test_weights_are_reached_to_a_row(calls, asks, parallels, weights, upsample, repeat) -> None:
    rows = [CALL] * calls + [ASK] * asks
    rows += [Row(lesson="parallel", tools=("a",), calls=("a", "a"))] * parallels
    names = ("call", "ask_back", "parallel")
    lessons = dict(zip(names, weights, strict=True))
    wish = Mixing(ratio=0, lessons=lessons, upsample=upsample, max_repeat=repeat)
    mixed = _mixed(rows, wish)
    found = _lessons(rows, mixed)
    times = Counter(mixed.toolcall.tolist())
    assert max(times.values()) <= (repeat if upsample else 1)
    scale = [found[name] / lessons[name] for name in names]
    # All lessons are within one row (or the one row that is always left) of the common scale.
    slack = max((1 + 0.5) / weight for weight in weights)
    assert max(scale) - min(scale) <= 2 * slack
    for name, available in zip(names, (calls, asks, parallels), strict=True):
        part = mixed.account["lessons"]["by_lesson"][name]
        assert part["written"] == found[name]
        assert part["available"] == available
        assert part["written"] == available - part["left_out"] + part["repeated"]


CALLED = st.lists(st.sampled_from(["a", "b", "c", "查询"]), min_size=1, max_size=4)


@settings(max_examples=200, deadline=None)
@given(st.lists(CALLED, min_size=1, max_size=40), st.integers(1, 6))
def test_the_cap_holds_and_what_is_left_out_could_not_be_added(called, cap) -> None:
    rows = [Row(tools=("a", "b", "c", "查询"), calls=tuple(names)) for names in called]
    mixed = _mixed(rows, Mixing(ratio=0, cap_per_tool=cap))
    taken = set(mixed.toolcall.tolist())
    counts = Counter(name for index in taken for name in set(called[index]))
    assert all(count <= cap for count in counts.values())
    for index in set(range(len(rows))) - taken:
        assert any(counts[name] >= cap for name in called[index])
    assert mixed.account["cap_per_tool"]["left_out"] == len(rows) - len(taken)


def test_the_cap_names_the_tools_that_lost_rows() -> None:
    rows = [Row(tools=("a", "b"), calls=("a",))] * 9 + [Row(tools=("a", "b"), calls=("b", "b"))]
    account = _mixed(rows, Mixing(ratio=0, cap_per_tool=4)).account["cap_per_tool"]
    assert account == {
        "cap": 4, "left_out": 5, "tools_over_cap": 1, "left_out_by_tool": {"a": 5},
    }  # fmt: skip


def test_weights_are_parsed() -> None:
    assert parse_weights("call=1,ask_back=0.5") == {"call": 1.0, "ask_back": 0.5}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("call", "'call'"),
        ("call=much", "'call=much'"),
        ("", "''"),
        ("call=1,call=2", "twice"),
        ("no_call=1", "no_call"),
        ("calls=1", "'calls'"),
        ("call=-1", "-1"),
        ("call=nan", "nan"),
        ("call=inf", "inf"),
        ("call=0,ask_back=0", "above 0"),
    ],
)
def test_weights_that_cannot_be_meant_are_refused(text: str, told: str) -> None:
    with pytest.raises(UsageFault, match=told):
        parse_weights(text)


@pytest.mark.parametrize(
    "wish", [{"ratio": -1}, {"ratio": float("nan")}, {"max_repeat": 0}, {"cap_per_tool": 0}]
)
def test_numbers_out_of_range_are_refused(wish: dict[str, float]) -> None:
    with pytest.raises(UsageFault):
        Mixing(**wish)
