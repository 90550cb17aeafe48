"""Outcomes: exclusive, in order, with a reason that names the parameter."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctune.evaluation.cases.case_set import Decision
from fctune.evaluation.decode import Decoded
from fctune.evaluation.matching.modes import Mode
from fctune.evaluation.outcomes.counts import MOST_LOOKED_UP
from fctune.evaluation.outcomes.judge import EvalOutcome, Outcome, judge
from fctune.evaluation.predict import Prediction
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall, ToolCatalog

from .evaluation_samples import TOOLS, call, case, qwen, said

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


EARLIER = (
    "id", "group", "lesson", "expects_call", "outcome", "reason", "attempted", "malformed",
    "truncated", "same_names", "predicted_calls", "known_calls", "valid_calls", "name_pairs",
    "exact_pairs", "gold_slots", "predicted_slots", "right_slots", "known_slots", "invented_slots",
    "tools",
)  # fmt: skip


def test_a_line_of_an_earlier_version_still_loads() -> None:
    found = judge(case(TEA), said(qwen(TEA)))
    row = {key: found.as_row()[key] for key in EARLIER}
    loaded = EvalOutcome.from_row(row)
    assert {key: getattr(loaded, key) for key in EARLIER} == {
        key: getattr(found, key) for key in EARLIER
    }
    assert (loaded.asked, loaded.expected, loaded.decided, loaded.tags) == ("", None, None, ())


@pytest.mark.parametrize("broken", [{}, {"id": "a"}, {"outcome": "odd"}, {"expected": "odd"}])
def test_a_line_of_something_else_is_refused(broken: dict[str, Any]) -> None:
    row = judge(case(TEA), said(qwen(TEA))).as_row()
    damaged = {**row, **broken} if len(broken) == 1 and "id" not in broken else broken
    with pytest.raises((KeyError, TypeError, ValueError)):
        EvalOutcome.from_row(damaged)


def test_calls_with_faults_are_counted_once_each() -> None:
    made = [
        call("order", count="2", size="XL", price="x"),  # misses item, two types, off the enum
        call("order", item="tea", size="XXL"),
        call("track", id="A1"),
        call("buy"),
    ]
    found = judge(case(TEA), said(qwen(*made)))
    assert (found.incomplete_calls, found.mistyped_calls, found.off_enum_calls) == (1, 1, 2)
    assert (found.known_calls, found.valid_calls) == (3, 1)


def test_gold_tools_and_called_tools_stand_side_by_side() -> None:
    buy = call("buy", a=1)
    assert judge(case(TEA, TRACK), said(qwen(TRACK, buy))).pairs == (
        ("track", "track"),
        ("order", "buy"),
    )
    assert judge(case(TEA), said("words")).pairs == (("order", ""),)
    assert judge(case(), said(qwen(buy, buy))).pairs == (("", "buy"), ("", "buy"))
    assert judge(case(), said("words")).pairs == ()


def test_words_beside_calls_are_seen() -> None:
    assert judge(case(TEA), said("Sure. " + qwen(TEA))).beside_text
    assert not judge(case(TEA), said(qwen(TEA))).beside_text
    assert not judge(case(), said("Sure.")).beside_text


def test_what_a_lenient_reader_finds_is_told_beside_the_verdict() -> None:
    def mended(*calls: ToolCall, **fields: Any) -> EvalOutcome:
        decoded = Decoded((), "<tool_call>", True, "no end", calls, ("closing tag",))
        return judge(case(TEA), Prediction("a#1", "<tool_call>", decoded, **fields))

    right = mended(TEA)
    assert (right.outcome, right.repaired_ok) == (Outcome.MALFORMED, True)
    assert right.repairs == ("closing tag",)
    assert not mended(TRACK).repaired_ok
    assert not mended(TEA, finish_reason="length").repaired_ok
    assert judge(case(TEA), said(qwen(TEA))).repaired_ok
    assert not judge(case(TEA), said("<tool_call>{")).repaired_ok


def test_where_any_call_is_due_any_call_is_right() -> None:
    asked = replace(case(), decision=Decision.CALL)
    found = judge(asked, said(qwen(call("buy", a=1))))
    assert (found.correct, found.expects_call, found.predicted_slots) == (True, True, 0)
    missed = judge(asked, said("words"))
    assert (missed.outcome, missed.reason) == (Outcome.MISSED_CALL, "got words, expected a call")
    assert judge(asked, said("<tool_call>{")).outcome is Outcome.MALFORMED


def test_no_usable_tool() -> None:
    bare = replace(case(), catalog=ToolCatalog(), tools="")
    assert judge(bare, said("hi")).no_usable_tool
    assert judge(replace(case(), decision=Decision.REFUSE), said("hi")).no_usable_tool
    assert not judge(case(), said("hi")).no_usable_tool


def bfcl_case(*answers: dict[str, Any], category: str = "simple", **fields: Any) -> Any:
    item = {"category": category, "possible_answer": list(answers), "tools": TOOLS, **fields}
    golds = [
        call(name, **{key: values[0] for key, values in wanted.items()})
        for answer in answers
        for name, wanted in answer.items()
    ]
    return replace(case(*golds), bfcl=item)


def test_in_mode_bfcl_the_official_rules_decide() -> None:
    asked = bfcl_case({"order": {"item": ["tea"], "count": [2, ""]}})
    for made, outcome, kind in [
        (call("order", item="T.E-A", count=2), "ok", ""),
        (call("order", item="tea"), "ok", ""),
        (call("order", item="tea", count=3), "value", "value_error:others"),
        (call("order", count=2), "missing_required", "simple_function_checker:missing_required"),
        (call("order", item="tea", count="2"), "type", "type_error:simple"),
        (call("buy", item="tea"), "unknown_tool", "simple_function_checker:wrong_func_name"),
    ]:
        found = judge(asked, said(qwen(made)), Mode.BFCL)
        assert (found.outcome.value, found.error_type) == (outcome, kind)
        assert found.reason.startswith(kind)
        strict = judge(asked, said(qwen(made)), Mode.STRICT)
        assert strict.error_type == ""
    assert judge(asked, said("<tool_call>{"), Mode.BFCL).outcome is Outcome.MALFORMED
    assert judge(asked, said("no"), Mode.BFCL).outcome is Outcome.MISSED_CALL


def test_in_mode_bfcl_garbage_is_no_call() -> None:
    idle = bfcl_case(category="irrelevance")
    found = judge(idle, said("<tool_call>{"), Mode.BFCL)
    assert (found.correct, found.malformed, found.attempted) == (True, True, True)
    assert judge(idle, said(qwen(TEA)), Mode.BFCL).outcome is Outcome.FALSE_CALL


def test_names_whose_dots_a_server_took_are_listed_names() -> None:
    dotted = [{**TOOLS[1], "name": "shop.track"}]
    catalog = parse_catalog(dotted)[0]
    item = {
        "category": "simple",
        "possible_answer": [{"shop.track": {"id": ["A1"]}}],
        "tools": dotted,
        "underscore_to_dot": True,
    }
    asked = replace(
        case(call("shop.track", id="A1")), bfcl=item, catalog=catalog, tools=catalog.json
    )
    found = judge(asked, said(qwen(call("shop_track", id="A1"))), Mode.BFCL)
    assert (found.correct, found.known_calls, found.same_names) == (True, 1, True)


def test_calls_nested_beyond_all_reading_have_a_verdict() -> None:
    deep: list[Any] = []
    inner = deep
    for _ in range(5000):
        inner.append([])
        inner = inner[0]
    nested = call("order", item=deep)
    assert judge(case(TEA), Prediction("a#1", "", Decoded((nested,)))).correct is False
    assert judge(case(nested), said("words")).outcome is Outcome.MISSED_CALL


def test_very_many_wrong_values_are_not_all_looked_up() -> None:
    made = [call("order", item=f"thing {n}", note=f"word{n}") for n in range(400)]
    found = judge(case(TEA), Prediction("a#1", "", Decoded(tuple(made))))
    assert found.checked_values == 800
    assert 100 <= found.ungrounded_values <= MOST_LOOKED_UP + 2


def test_a_reason_names_few_of_many_calls() -> None:
    found = judge(case(TEA), said(qwen(*[TRACK] * 300)))
    names = ", ".join(["track"] * 8)
    assert found.reason == f"got 300 calls ({names}, 292 more), expected 1 (order)"
