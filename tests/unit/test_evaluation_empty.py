"""Answers of a model that produced nothing: counted, told, and right in no table of decisions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fctune.evaluation.cases.case_set import Decision
from fctune.evaluation.decode import Decoded
from fctune.evaluation.outcomes.decision import decide
from fctune.evaluation.outcomes.judge import judge
from fctune.evaluation.predict import Prediction
from fctune.evaluation.report.remarks import remarks

from .evaluation_samples import call, case, said

GOLD = call("track", id="A1")


@pytest.mark.parametrize("text", ["", " \n", "<think>Shall I call?</think>\n", "So.</think>\n"])
def test_an_empty_answer_says_so_where_a_call_is_due(text: str) -> None:
    found = judge(case(GOLD), said(text))
    assert found.reason == "got an empty answer, expected a call of track"
    assert (found.outcome.value, found.empty) == ("missed_call", True)
    relevance = replace(case(), decision=Decision.CALL)
    assert judge(relevance, said(text)).reason == "got an empty answer, expected a call"


@pytest.mark.parametrize("due", [Decision.ANSWER, Decision.ASK, Decision.REFUSE])
@pytest.mark.parametrize("gold", ["", "It rains."])
def test_an_empty_answer_makes_no_call_and_decides_nothing_rightly(
    due: Decision, gold: str
) -> None:
    found = judge(replace(case(text=gold), decision=due), said(""))
    assert (found.outcome.value, found.empty) == ("ok", True)
    assert found.decided is not due
    assert found.decided is (Decision.REFUSE if due is Decision.ANSWER else Decision.ANSWER)


def test_a_thought_that_the_prompt_began_says_nothing() -> None:
    assert decide("Which city do they mean? Oslo.</think>It is warm.") is Decision.ANSWER
    assert decide("It is simple.</think>Which city do you mean?") is Decision.ASK


def test_what_is_not_empty() -> None:
    assert not judge(case(GOLD), said("words")).empty
    assert not judge(case(GOLD), said("", finish_reason="length")).empty, "cut off"
    assert not judge(case(GOLD), said("", finish_reason="error")).empty, "not heard"
    recorded = Prediction("a#1", None, Decoded())
    found = judge(case(), recorded)
    assert (found.empty, found.decided) == (False, Decision.ANSWER), "no calls were recorded"


def test_the_remark_counts_them() -> None:
    content = {"n": 5, "empty_answers": 2, "contamination": None, "data": {"without_tools": 0}}
    (remark,) = remarks(content)
    assert remark.startswith("2 of 5 answers are empty")
    assert remarks({**content, "empty_answers": 0}) == []
