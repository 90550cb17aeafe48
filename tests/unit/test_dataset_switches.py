"""Switches of issue codes, and rows of traces that repeat one another."""

from __future__ import annotations

import pickle
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.catalogue import CATALOGUE
from fctune.conversations.formats import parts_of
from fctune.conversations.read import read_conversation
from fctune.conversations.turns import Conversation, Lesson, ModelTurn, ResultTurn, Turn, UserTurn
from fctune.dataset.switches import ACTIONS, ROW_CODES, Judged, Switches, parse_switches
from fctune.dataset.traces import (
    NO_TRACE,
    prefix_hashes,
    scope_of,
    superseded,
    trace_hashes,
)
from fctune.errors import UsageFault
from fctune.issues import Accepted, Issue, Origin, Severity, issue
from fctune.tools.spec import ToolCall, ToolCatalog
from tests.unit.made_columns import Ragged, traced

ERRORS = sorted(c for c in ROW_CODES if CATALOGUE[c].severity is Severity.ERROR)
REPAIRS = sorted(c for c in ROW_CODES if CATALOGUE[c].severity is Severity.REPAIR)
WARNINGS = sorted(c for c in ROW_CODES if CATALOGUE[c].severity is Severity.WARNING)


def issues(*codes: str) -> tuple[Issue, ...]:
    return tuple(issue(code, "turns[0]", "got x") for code in codes)


def test_without_a_switch_severities_decide() -> None:
    found = issues("tail-cut", "test-set-row")
    assert Switches().apply(found) == Judged(found)
    assert not Switches().apply(found).rejected
    assert Switches().apply(issues("tail-cut", "role-order")).codes == ("role-order",)
    assert Switches().apply(()) == Judged()


def test_each_action_does_what_it_says() -> None:
    found = issues("tail-cut", "test-set-row", "system-default")
    off = Switches({"test-set-row": "off"}).apply(found)
    assert [one.code for one in off.issues] == ["tail-cut", "system-default"] and not off.rejected
    reject = Switches({"test-set-row": "reject", "tail-cut": "reject"}).apply(found)
    assert reject.codes == ("tail-cut", "test-set-row") and reject.issues == found
    strict = Switches(strict=True).apply(found)
    assert strict.codes == ("system-default", "tail-cut")
    spared = Switches({"system-default": "warn"}, strict=True).apply(found)
    assert spared.codes == ("tail-cut",)
    assert Switches({"system-default": "warn", "tail-cut": "warn"}, strict=True).apply(found) == (
        Judged(found)
    )


def test_families_are_switched_and_the_nearest_name_wins() -> None:
    switches = Switches(
        {"*": "reject", "personal-*": "warn", "personal-email": "off", "call-*": "off"}
    )
    assert switches.action("personal-phone") == "warn"
    assert switches.action("personal-email") == "off"
    assert switches.action("tail-cut") == "reject"
    # Of a family that is off, errors still reject and changes of the row are still told.
    assert switches.action("call-shape") == "reject"
    assert switches.action("call-python-literal") == "warn"
    assert switches.action("call-in-words") == "off"
    assert Switches({"personal-*": "off"}).action("personal-masked") == "off"
    assert Switches({"row-windowed": "off"}).action("row-windowed") == "off"


@pytest.mark.parametrize(
    ("name", "action", "message", "hint"),
    [
        ("tail-cutt", "reject", "no issue code is named tail-cutt", "--switch tail-cut=reject"),
        ("personel-*", "off", "no issue code is named personel-*", "--switch personal-"),
        ("tail-cut", "of", "got tail-cut=of, expected off, warn or reject", "tail-cut=off"),
        ("tail-cut", True, "expected off, warn or reject", "tail-cut=warn"),
        ("role-order", "off", "is an error, which cannot be off: the engine", "Mend the order"),
        ("role-order", "warn", "is an error, which cannot be warn", "Mend the order"),
        ("tail-cut", "off", "is a repair, which cannot be off: it names a change", "=reject"),
        ("result-*", "off", "no code of result-* can be off", "--switch result-*=reject"),
        ("zzz*", "off", "no issue code is named zzz*", "docs/reference/issues.md"),
        ("lint-", "off", "no issue code is named", ""),
    ],
)
def test_switches_that_cannot_be_meant_say_why(
    name: str, action: Any, message: str, hint: str
) -> None:
    with pytest.raises(UsageFault) as fault:
        Switches({name: action})
    assert message in fault.value.message and hint in fault.value.hint


def test_codes_of_tool_files_are_no_codes_of_rows() -> None:
    code = next(iter(set(CATALOGUE) - ROW_CODES))
    with pytest.raises(UsageFault, match="is a code of tool files"):
        Switches({code: "reject"})


def test_words_of_the_command_line_win_over_a_recipe() -> None:
    base = {"tail-cut": "reject", "personal-*": "reject"}
    found = parse_switches(["tail-cut=warn", "tail-cut=warn"], strict=True, base=base)
    assert found.as_dict() == {
        "strict": True, "switches": {"personal-*": "reject", "tail-cut": "warn"}
    }  # fmt: skip
    with pytest.raises(UsageFault, match="expected CODE=ACTION"):
        parse_switches(["tail-cut"])
    with pytest.raises(UsageFault, match="given as warn and as reject"):
        parse_switches(["tail-cut=warn", "tail-cut=reject"])


SEVERITY = {code: CATALOGUE[code].severity for code in CATALOGUE}


def lawful(code: str, action: str) -> bool:
    try:
        Switches({code: action})
    except UsageFault:
        return False
    return True


LAWFUL = [
    (code, action) for code in sorted(ROW_CODES) for action in ACTIONS if lawful(code, action)
]
GIVEN = st.lists(st.sampled_from(LAWFUL), max_size=6).map(dict)
CODES = st.lists(st.sampled_from([*ERRORS, *REPAIRS, *WARNINGS]), max_size=6)


@given(GIVEN, st.booleans(), st.lists(CODES, max_size=8))
@settings(deadline=None)
def test_the_rules_hold_for_any_switches_and_any_rows(
    actions: dict[str, str], strict: bool, rows: list[list[str]]
) -> None:
    switches = pickle.loads(pickle.dumps(Switches(actions, strict)))
    assert switches == Switches(actions, strict)
    for codes in [*rows, *rows]:  # the second time from memory
        found = issues(*codes)
        judged = switches.apply(found)
        for one in found:
            is_told, rejects = one in judged.issues, one.code in judged.codes
            if SEVERITY[one.code] is Severity.ERROR:
                assert is_told and rejects
            elif one.code in actions:
                assert is_told == (actions[one.code] != "off")
                assert rejects == (actions[one.code] == "reject")
            else:
                assert is_told
                # A repair that may be off is one that an option asks for: strict lets it be.
                needed = SEVERITY[one.code] is Severity.REPAIR and (one.code, "off") not in LAWFUL
                assert rejects == (strict and needed)
        assert set(judged.codes) <= set(codes) and judged.rejected == bool(judged.codes)
        assert list(judged.issues) == [one for one in found if one in judged.issues]


def test_a_row_seen_before_costs_microseconds() -> None:
    switches, found = Switches({"tail-cut": "reject"}), issues("system-default", "results-merged")
    switches.apply(found)
    start = time.perf_counter()
    for _ in range(20_000):
        switches.apply(found)
        switches.apply(())
    assert (time.perf_counter() - start) / 20_000 < 50e-6


LOOK = ToolCall("看", {"城市": "奥斯陆"})


def talk(*turns: Turn, system: str = "You help.") -> Conversation:
    return Conversation("0" * 16, system, ToolCatalog(), turns, Lesson.GENERAL, Origin("a", 1))


U1, M1, U2, M2 = UserTurn("你好"), ModelTurn("Hi."), UserTurn("天气?"), ModelTurn("", (LOOK,))
R2, M3 = ResultTurn(("7",)), ModelTurn("7 度。")
LONG = talk(U1, M1, U2, M2, R2, M3)


def drops(*rows: tuple[Conversation, str | None], keep: list[bool] | None = None) -> list[bool]:
    hashes = [trace_hashes(one, scope) if scope is not None else NO_TRACE for one, scope in rows]
    whole, prefixes = traced(hashes)
    mask = np.array(keep if keep is not None else [True] * len(rows), dtype=np.bool_)
    return superseded(whole, prefixes, mask).tolist()


def test_a_row_that_a_longer_one_begins_with_is_superseded() -> None:
    first, second = talk(U1, M1), talk(U1, M1, U2, M2)
    assert drops((first, "s"), (LONG, "s"), (second, "s")) == [True, False, True]
    assert prefix_hashes(LONG, "s") == [trace_hashes(one, "s").whole for one in (first, second)]


@pytest.mark.parametrize(
    ("other", "scope"),
    [
        (talk(U1, M1), "t"),  # of another trace
        (talk(U1, M1), None),  # of no trace
        (talk(U1, M1, system="Be brief."), "s"),
        (talk(U1, ModelTurn("Hi.", thought="hm")), "s"),
        (talk(U1, ModelTurn("Ho.")), "s"),
        (talk(U2, M2), "s"),
        (talk(U1, M1, U2, ModelTurn("", (ToolCall("看", {"城市": "北京"}),))), "s"),
        (LONG, "s"),  # equal rows are duplicates, which another step finds
    ],
)
def test_a_row_that_teaches_something_else_stays(other: Conversation, scope: str | None) -> None:
    assert drops((other, scope), (LONG, "s")) == [False, False]


def test_a_row_that_was_dropped_supersedes_nothing() -> None:
    assert drops((talk(U1, M1), "s"), (LONG, "s"), keep=[True, False]) == [False, False]
    assert drops((talk(U1, M1), "s"), (LONG, "s"), keep=[False, True]) == [False, False]
    assert drops() == [] and drops((talk(U1, M1), None)) == [False]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 5), st.booleans()), max_size=14))
@settings(deadline=None)
def test_hashes_find_what_comparing_finds(spec: list[tuple[str, int, bool]]) -> None:
    rows = [
        (talk(*[turn for n in range(length)
                for turn in (UserTurn(f"{scope}{n * other}"), ModelTurn(f"{n}"))]), scope)
        for scope, length, other in spec
    ]  # fmt: skip
    expected = [
        any(there == scope and len(long.turns) > len(one.turns)
            and long.turns[: len(one.turns)] == one.turns for long, there in rows)
        for one, scope in rows
    ]  # fmt: skip
    assert drops(*rows) == expected


@pytest.mark.parametrize(
    ("row", "scope"),
    [
        ({"traceId": "t1", "type": "GENERATION"}, "trace t1"),
        ({"traceId": "t1", "sessionId": "s1"}, "session s1"),
        ({"trace_id": 7}, "trace 7"),
        ({"traceId": "t", "attributes": [{"key": "session.id", "value": {"stringValue": "s9"}}]},
         "session s9"),
        ({"traceId": "t", "attributes": {"gen_ai.conversation.id": "c1"}}, "session c1"),
        ({"context": {"trace_id": "0x1"}, "attributes": {}}, "trace 0x1"),
        ({"traceId": "", "sessionId": None, "trace_id": True}, None),
        ({"messages": []}, None),
        ([1], None),
    ],
)  # fmt: skip
def test_the_session_of_a_row(row: Any, scope: str | None) -> None:
    assert scope_of(row) == scope
    assert scope_of(row, every=True) == (scope or "")


ANY = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
MARKS = st.sampled_from(["traceId", "attributes", "context", "sessionId", "tags"])


@given(st.dictionaries(MARKS, ANY))
def test_no_row_makes_its_session_raise(row: dict[str, Any]) -> None:
    assert isinstance(scope_of(row, every=True), str)


def generation(length: int, trace: str, session: str) -> dict[str, Any]:
    """Return the request number `length` of an agent, as Langfuse exports it."""
    asked: list[dict[str, str]] = []
    for number in range(length):
        asked += [{"role": "user", "content": f"问题 {number}"},
                  {"role": "assistant", "content": f"Answer {number}."}]  # fmt: skip
    return {
        "type": "GENERATION",
        "traceId": trace,
        "sessionId": session,
        "input": [{"role": "system", "content": "You help."}, *asked[:-1]],
        "output": asked[-1],
    }


def test_an_export_keeps_the_longest_row_of_each_session() -> None:
    raw = [generation(length, f"t{length}", session) for session in "ab" for length in (1, 2, 3)]
    export = {"resourceSpans": [{"scopeSpans": [{"spans": [
        {"traceId": "t", "attributes": {
            "session.id": "c",
            "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "1"}]},
                                      {"role": "assistant",
                                       "parts": [{"type": "text", "content": "A"}]},
                                      {"role": "user", "parts": [{"type": "text", "content": "2"}]},
                                      ][: 2 * length - 1],
            "gen_ai.output.messages": [{"role": "assistant", "parts": [
                {"type": "text", "content": "AB"[length - 1]}]}],
        }} for length in (1, 2)]}]}]}  # fmt: skip
    rows = []
    for part in [*raw, *parts_of(export)]:
        verdict = read_conversation(part, Origin("a.jsonl", 1))
        assert isinstance(verdict, Accepted), verdict.issues
        rows.append((verdict.value, scope_of(part)))
    assert drops(*rows) == [True, True, False, True, True, False, True, False]


def test_a_million_hashes_take_less_than_seconds() -> None:
    count = 300_000
    whole = np.arange(1, count + 1, dtype=np.uint64)
    values = np.arange(0, count, dtype=np.uint64)
    start = time.perf_counter()
    found = superseded(whole, Ragged(values, np.arange(count + 1)), np.ones(count, dtype=np.bool_))
    assert found.sum() == count - 1 and time.perf_counter() - start < 5
