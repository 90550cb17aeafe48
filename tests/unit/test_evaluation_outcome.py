"""Outcomes: exclusive, in order, with a reason that names the parameter."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctune.evaluation.decode import Decoded
from fctune.evaluation.outcome import EvalOutcome, Outcome, judge
from fctune.evaluation.predict import Prediction
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall

from .evaluation_samples import call, case, qwen, said

TEA = call("order", item="tea", count=2, size="S")
TRACK = call("track", id="A1")


@pytest.mark.parametrize(
    ("gold", "text", "outcome", "reason"),
    [
        ([TEA], qwen(TEA), "ok", ""),
        ([TEA, TRACK], qwen(TRACK, TEA), "ok", ""),
        ([], "Just words.", "ok", ""),
        ([], "", "ok", ""),
        ([TEA], "<tool_call>{", "malformed", "not valid JSON"),
        ([], "<tool_call>{", "malformed", "not valid JSON"),
        ([TEA], "Which size?", "missed_call", "got words, expected a call of order"),
        ([], qwen(TRACK), "false_call", "got a call of track, expected words"),
        ([TEA], qwen(TEA, TEA), "wrong_count", "got 2 calls (order, order), expected 1 (order)"),
        ([TEA], qwen(call("buy", item="tea")), "unknown_tool", "buy is not a listed tool"),
        ([TEA], qwen(TRACK), "wrong_tool", "got track, expected order"),
        ([TEA], qwen(call("order", count=2)), "missing_required", "order: misses required 'item'"),
        ([TEA], qwen(call("order", item="tea", colour=1)), "unknown_param", "order.colour: "),
        ([TEA], qwen(call("order", item="tea", count="2")), "type", 'order.count: got "2"'),
        ([TEA], qwen(call("order", item="tea", size="XL")), "enum", 'order.size: got "XL"'),
        (
            [TEA],
            qwen(call("order", item="tea", count=2)),
            "value",
            'order.size: missing, expected "S"',
        ),
        (
            [TEA],
            qwen(call("order", item="tea", count=3, size="S")),
            "value",
            "order.count: got 3, expected 2",
        ),
        (
            [TEA],
            qwen(call("order", item="tea", count=2, size="S", gift=True)),
            "value",
            "order.gift: got true",
        ),
        (
            [TEA],
            qwen(call("order", item="tea", count=2.0, size="S")),
            "value",
            "order.count: got 2.0, expected 2",
        ),
        ([TEA], qwen(call("order", count="2", size="XL", x=1)), "missing_required", "item"),
    ],
)
def test_outcomes(gold: list[ToolCall], text: str, outcome: str, reason: str) -> None:
    found = judge(case(*gold), said(text))
    assert found.outcome.value == outcome
    assert reason in found.reason
    assert found.correct is (outcome == "ok")
    assert bool(found.reason) is (outcome != "ok")


def test_every_outcome_has_a_test_above() -> None:
    shown = {row[2] for row in test_outcomes.pytestmark[0].args[1]}
    assert {one.value for one in Outcome} - shown == {"infra_error", "truncated"}


def test_truncated_comes_before_malformed_and_right() -> None:
    for text in ("<tool_call>{", qwen(TEA)):
        found = judge(case(TEA), said(text, finish_reason="length", output_tokens=9))
        assert (found.outcome, found.reason) == (Outcome.TRUNCATED, "cut off after 9 tokens")


def test_no_answer_is_unscored_and_not_wrong() -> None:
    found = judge(case(TEA), Prediction("a#1", None, finish_reason="error", error="too long"))
    assert (found.outcome, found.correct, found.reason) == (Outcome.INFRA_ERROR, None, "too long")


def test_a_defect_of_the_scorer_is_unscored_and_not_wrong() -> None:
    broken = Prediction("a#1", "", Decoded(calls=("no call",)))  # type: ignore[arg-type]
    found = judge(case(TEA), broken)
    assert found.correct is None
    assert "the scorer failed: AttributeError" in found.reason


def test_counts_of_calls_and_arguments() -> None:
    wrong = call("order", item="tea", count="2", colour="red")
    found = judge(case(TEA, TRACK), said(qwen(wrong, TRACK, call("buy", a=1))))
    assert (found.predicted_calls, found.known_calls, found.valid_calls) == (3, 2, 1)
    assert (found.name_pairs, found.exact_pairs, found.same_names) == (2, 1, False)
    assert (found.gold_slots, found.predicted_slots, found.right_slots) == (4, 5, 2)
    assert (found.known_slots, found.invented_slots) == (4, 1)
    assert found.tools == (("order", False), ("track", True))


def test_a_line_of_outcomes_comes_back() -> None:
    found = judge(case(TEA, TRACK), said(qwen(TRACK)))
    row = json.loads(json.dumps(found.as_row()))
    assert EvalOutcome.from_row(row) == found
    assert list(row)[:2] == ["id", "correct"]


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=3),
    st.lists(st.integers(), max_size=2),
)
ANY_CALL = st.builds(
    ToolCall,
    st.sampled_from(["order", "track", "buy", ""]),
    st.dictionaries(st.sampled_from(["item", "count", "size", "id", "x"]), VALUES, max_size=3),
)


@given(st.lists(ANY_CALL, max_size=3), st.lists(ANY_CALL, max_size=3))
def test_every_prediction_has_a_verdict(gold: list[ToolCall], predicted: list[ToolCall]) -> None:
    found = judge(case(*gold), said(qwen(*predicted)))
    assert found.correct is not None
    same = sorted(map(_key, gold)) == sorted(map(_key, predicted))
    assert found.correct is same


def _key(one: ToolCall) -> Any:
    return repr((one.name, sorted(one.arguments.items())))


def test_inner_parameters_that_are_unknown_are_invented_too() -> None:
    place = {"type": "object", "properties": {"city": {"type": "string", "description": "c"}}}
    parameters = {"type": "object", "properties": {"place": place}}
    tools = [{"name": "go", "description": "Go.", "parameters": parameters}]
    catalog = parse_catalog(tools)[0]
    gold = call("go", place={"city": "Oslo"})
    asked = replace(case(gold), catalog=catalog, tools=catalog.json)
    found = judge(asked, said(qwen(call("go", place={"city": "Oslo", "street": "x"}))))
    assert (found.known_slots, found.invented_slots) == (1, 1)
    assert found.asked != judge(case(gold), said("words")).asked


def test_a_line_of_an_earlier_version_has_no_fingerprint() -> None:
    row = judge(case(TEA), said(qwen(TEA))).as_row()
    assert row.pop("asked")
    assert EvalOutcome.from_row(row).asked == ""
