"""What dev and test share with train; contradictions; over-represented frames."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fctune.dataset.contradictions import contradictions
from fctune.dataset.frames import frames
from fctune.dataset.leakage import leakage, warnings_of
from fctune.dataset.tool_index import index_tools
from fctune.issues import issue
from tests.unit.made_columns import Row, every, made

TRAIN, DEV, TEST = 0, 1, 2
SOURCES = ("raw/a.jsonl", "raw/b.jsonl")


def _leakage(rows: list[tuple[int, Row]], keep: list[bool] | None = None):
    columns = made([row for _, row in rows])
    side = np.array([number for number, _ in rows], dtype=np.uint8)
    kept = every(columns) if keep is None else np.array(keep)
    account = leakage(columns, index_tools(columns), kept, side)
    json.dumps(account)
    return account


def test_leakage_is_counted_by_wording_prompt_frame_values_and_tool() -> None:
    account = _leakage(
        [
            (TRAIN, Row(calls=("look",), values=(11,), wordings=(1,), prompt=5, frame=8)),
            (TRAIN, Row(calls=("now", "now"), values=(12, 12), wordings=(2,))),
            (TEST, Row(calls=("look", "look"), values=(11, 13), wordings=(3, 1, 2), prompt=5)),
            (TEST, Row(calls=("fly",), values=(14,), wordings=(4,), frame=8)),
            (TEST, Row(lesson="general", wordings=(5,))),
            (DEV, Row(calls=("now",), values=(12,), wordings=(6,))),
        ]
    )
    test = account["test"]
    assert test["rows"] == 3
    assert test["wording"] == {"of": 3, "in_train": 1, "share": 0.3333}
    assert test["prompt"] == {"of": 3, "in_train": 1, "share": 0.3333}
    assert test["frame"] == {"of": 1, "in_train": 1, "share": 1.0}
    assert (test["values"]["of"], test["values"]["in_train"]) == (3, 1)
    assert test["values"]["worst_tools"] == {"look": {"of": 2, "in_train": 1, "share": 0.5}}
    assert test["tools"] == {
        "called": 2,
        "unseen": {"count": 1, "names": {"fly": 1}},
        "share_of_calls_to_unseen": 0.3333,
    }
    assert account["tools_never_tested"] == {"count": 1, "names": {"now": 2}}
    assert account["dev"]["values"]["share"] == 1.0


def test_rows_that_are_not_kept_leak_nothing() -> None:
    rows = [(TRAIN, Row(calls=("查询",), values=(1,), wordings=(1,), prompt=1)),
            (TEST, Row(calls=("查询",), values=(1,), wordings=(1,), prompt=1))]  # fmt: skip
    assert _leakage(rows)["test"]["values"]["in_train"] == 1
    without = _leakage(rows, [False, True])["test"]
    assert without["values"]["in_train"] == without["wording"]["in_train"] == 0
    assert without["tools"]["unseen"]["names"] == {"查询": 1}


def test_an_empty_split_is_no_fault() -> None:
    account = _leakage([(TRAIN, Row(calls=("a",), values=(1,)))])
    assert account["test"]["values"] == {"of": 0, "in_train": 0, "share": 0.0, "worst_tools": {}}
    assert warnings_of(account) == []


@pytest.mark.parametrize(("same", "codes"), [(2, []), (3, ["leakage-values"])])
def test_a_split_with_most_of_its_calls_in_train_is_warned_of(same: int, codes: list[str]) -> None:
    rows = [(TRAIN, Row(calls=("a",), values=(n,))) for n in range(10)]
    rows += [(TEST, Row(calls=("a",), values=(n if n < same else 90 + n,))) for n in range(4)]
    assert [found.code for found in warnings_of(_leakage(rows))] == codes


def test_a_prompt_on_both_sides_is_warned_of() -> None:
    rows = [(TRAIN, Row(lesson="general", prompt=3)), (DEV, Row(lesson="general", prompt=3))]
    found = warnings_of(_leakage(rows))
    assert [(one.code, one.where) for one in found] == [("leakage-prompt", "dev")]


def test_equal_prompts_with_other_decisions_contradict() -> None:
    columns = made(
        [
            Row(prompt=7, answer=1, calls=("look",)),
            Row(prompt=8, answer=0),
            Row(prompt=7, answer=0, source=1),
            Row(prompt=9, answer=2, calls=("查询",)),
            Row(prompt=7, answer=1, calls=("look",)),
            Row(prompt=9, answer=3, calls=("查询", "now")),
            Row(prompt=8, answer=0),
        ]
    )
    found = contradictions(columns, every(columns), SOURCES)
    assert found.rows.tolist() == [True, False, True, True, True, True, False]
    account = found.account
    assert (account["prompts"], account["rows"]) == (2, 5)
    assert (account["call_or_words"], account["other_call"]) == (1, 1)
    first, second = account["examples"]
    assert first["rows"] == 3 and first["answers"] == 2
    assert first["shown"] == [
        {"origin": "raw/a.jsonl:1", "decision": "call", "calls": ["look"]},
        {"origin": "raw/b.jsonl:3", "decision": "words", "calls": []},
        {"origin": "raw/a.jsonl:5", "decision": "call", "calls": ["look"]},
    ]
    assert [one["calls"] for one in second["shown"]] == [["查询"], ["查询", "now"]]
    json.dumps(account)
    kept = np.array([True, True, False, True, True, False, True])
    assert contradictions(columns, kept, SOURCES).account["prompts"] == 0


def test_contradictions_are_those_of_a_plain_search() -> None:
    random = np.random.default_rng(5)
    rows = [
        Row(prompt=int(random.integers(1, 60)), answer=int(random.integers(0, 2) * 3))
        for _ in range(150)
    ]
    columns = made(rows)
    keep = random.random(150) < 0.8
    answers: dict[int | None, set[int]] = {}
    for row, kept in zip(rows, keep, strict=True):
        if kept:
            answers.setdefault(row.prompt, set()).add(row.answer)
    expected = [
        bool(kept) and len(answers[row.prompt]) > 1 for row, kept in zip(rows, keep, strict=True)
    ]
    found = contradictions(columns, keep, SOURCES)
    assert found.rows.tolist() == expected and any(expected)
    assert len(found.account["examples"]) == min(20, found.account["prompts"])


def test_nothing_contradicts_in_an_empty_set() -> None:
    columns = made([])
    assert contradictions(columns, every(columns), SOURCES).account["prompts"] == 0
    assert frames(columns, every(columns), SOURCES).account["frames"] == 0


def test_a_frame_of_many_rows_is_over_represented() -> None:
    rows = [Row(frame=5)] * 21 + [Row(frame=6)] * 20 + [Row(frame=0)] * 50
    columns = made(rows)
    found = frames(columns, every(columns), SOURCES)
    assert found.account["frames"] == 1 and found.account["limit"] == 20
    assert found.account["worst"] == [
        {"rows": 21, "share": 0.2308, "example": "raw/a.jsonl:1"}
    ]  # fmt: skip
    assert found.examples == (0,)
    assert found.rows.sum() == 21 and found.rows[:21].all()
    json.dumps(found.account)


def test_the_limit_of_a_large_set_is_a_hundredth_and_parts_count_once() -> None:
    rows = [Row(frame=5)] * 31 + [Row(frame=7, ordinal=9999, part=n) for n in range(1, 90)]
    rows += [Row(frame=100 + n) for n in range(2969)]
    columns = made(rows)
    found = frames(columns, every(columns), SOURCES).account
    assert (found["limit"], found["frames"], found["rows"]) == (30, 1, 31)


@pytest.mark.parametrize("code", ["contradiction", "frame-over-represented", "near-duplicate"])
def test_the_codes_of_whole_sets_are_warnings(code: str) -> None:
    assert issue(code, "raw/a.jsonl:1", "found").severity.value == "warning"
