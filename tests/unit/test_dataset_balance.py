"""The account of a set's balance, and the warnings that follow from it."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.dataset.balance import balance
from fctune.dataset.balance_warnings import warnings_of
from fctune.dataset.tool_index import index_tools
from tests.unit.made_columns import Row, every, made

GOOD = [
    *[Row(tools=("look", "now"), calls=("look",))] * 4,
    *[Row(tools=("look", "now"), calls=("now",))] * 4,
    Row(lesson="ask_back", tools=("look", "now"), calls=("now",)),
    *[Row(lesson="no_call", tools=("look", "now"))] * 2,
    *[Row(lesson="general")] * 2,
]


def _balance(rows: list[Row], side: list[int] | None = None):
    columns = made(rows)
    sides = np.array(side or [0] * len(rows), dtype=np.uint8)
    account = balance(columns, index_tools(columns), every(columns), sides)
    json.dumps(account)
    return account


def _codes(rows: list[Row]) -> list[str]:
    return [found.code for found in warnings_of(_balance(rows))]


def test_the_account_counts_lessons_tools_lengths_languages_and_distractors() -> None:
    rows = [
        Row(tools=("look", "now"), calls=("look", "look"), tokens=10, size=50),
        Row(tools=("look", "now", "fly"), calls=("now",), tokens=30, size=90, language="zh"),
        Row(lesson="no_call", tools=("look",), tokens=20, size=70),
        Row(lesson="general", size=10),
        Row(tools=("查询",), calls=("查询",), size=60),
    ]
    account = _balance(rows, [0, 0, 0, 0, 2])
    train = account["train"]
    assert train["rows"] == 4
    assert train["lessons"] == {"call": 2, "general": 1, "no_call": 1}
    assert train["languages"] == {"en": 3, "zh": 1}
    assert train["tools_per_row"] == {"0": 1, "1": 1, "2": 1, "3": 1}
    assert train["calls_per_row"] == {"0": 2, "1": 1, "2": 1}
    assert train["distractors_per_row"] == {"1": 1, "2": 1}
    assert train["tools"]["top"] == {
        "look": {"rows": 1, "calls": 2, "share": 0.6667},
        "now": {"rows": 1, "calls": 1, "share": 0.3333},
    }
    assert (train["tools"]["called"], train["tools"]["listed"], train["tools"]["calls"]) == (
        2,
        3,
        3,
    )
    assert train["tools"]["never_called"] == {"count": 1, "names": {"fly": 1}}
    assert (train["tokens"]["p0"], train["tokens"]["p50"], train["tokens"]["p100"]) == (10, 20, 30)
    assert train["bytes"]["p100"] == 90
    assert account["test"]["tools"]["top"] == {"查询": {"rows": 1, "calls": 1, "share": 1.0}}
    assert account["dev"]["rows"] == 0 and account["dev"]["bytes"] == {}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from("abcd"), unique=True, max_size=4),
            st.lists(st.sampled_from("abcde"), max_size=3),
            st.integers(0, 2),
        ),
        max_size=30,
    )
)
def test_counts_are_those_of_a_plain_loop(records) -> None:
    rows = [Row(tools=tuple(tools), calls=tuple(calls)) for tools, calls, _ in records]
    account = _balance(rows, [side for *_, side in records])
    for number, split in enumerate(("train", "dev", "test")):
        mine = [(tools, calls) for tools, calls, side in records if side == number]
        found = account[split]
        calls = Counter(name for _, names in mine for name in names)
        listed = Counter(name for names, _ in mine for name in names)
        callers = Counter(name for _, names in mine for name in set(names))
        assert {name: top["calls"] for name, top in found["tools"]["top"].items()} == calls
        assert {name: top["rows"] for name, top in found["tools"]["top"].items()} == callers
        idle = {name: count for name, count in listed.items() if name not in calls}
        assert found["tools"]["never_called"]["names"] == idle
        distractors = Counter(str(len(set(tools) - set(names))) for tools, names in mine if names)
        assert found["distractors_per_row"] == distractors
        assert found["tools_per_row"] == Counter(str(len(tools)) for tools, _ in mine)
        assert found["calls_per_row"] == Counter(str(len(names)) for _, names in mine)


def test_a_balanced_set_has_no_warning() -> None:
    assert _codes(GOOD) == []


def test_a_set_without_calls_has_no_warning() -> None:
    assert _codes([Row(lesson="general")] * 5) == []
    assert _codes([]) == []


@pytest.mark.parametrize(
    ("rows", "code", "told"),
    [
        ([row for row in GOOD if row.calls], "balance-no-negatives", "all 9 rows have a call"),
        (
            [row for row in GOOD if row.calls] * 3 + [Row(lesson="general")],
            "balance-few-negatives",
            "1 of 28 rows have no call (3.6%), expected 10% or more",
        ),
        (
            GOOD + [Row(tools=("look", "now"), calls=("now",))] * 20,
            "balance-one-tool",
            "now has 25 of 29 calls (86%), expected at most 75%",
        ),
        (
            [*GOOD, Row(lesson="no_call", tools=("取消订单", "look"))],
            "balance-tool-never-called",
            "1 of 3 listed tools are never called: 取消订单 (1 row)",
        ),
        (
            [row for row in GOOD if row.lesson != "ask_back"],
            "balance-no-ask-back",
            "in none of 12 rows",
        ),
        (
            [Row(row.lesson, row.calls[:1] or row.tools, row.calls) for row in GOOD],
            "balance-no-distractors",
            "0 of 9 rows with calls list a tool that they do not call",
        ),
    ],
)
def test_each_fault_of_balance_has_its_warning(rows: list[Row], code: str, told: str) -> None:
    if code == "balance-no-ask-back" or code == "balance-no-negatives":
        rows = [*rows, Row(tools=("look", "now"), calls=("look",))]
        told = told.replace("9 rows", "10 rows").replace("12 rows", "13 rows")
    found = {one.code: one for one in warnings_of(_balance(rows))}
    assert told in found[code].message
    assert found[code].where == "train" and found[code].hint


def test_a_set_with_one_tool_is_not_blamed_for_it() -> None:
    rows = [Row(tools=("look",), calls=("look",))] * 5 + [Row(lesson="general")] * 5
    assert "balance-one-tool" not in _codes(rows)
