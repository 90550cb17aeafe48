"""Metrics: what a hand count gives, and what is true of every run."""

from __future__ import annotations

import pytest

from fctune.evaluation.metrics import by_lesson, by_tool, measure, tally
from fctune.evaluation.outcome import EvalOutcome, Outcome, judge
from fctune.evaluation.predict import Prediction
from fctune.evaluation.ratios import METRICS
from fctune.evaluation.statistics import wilson

from .evaluation_samples import call, case, qwen, said

TEA = call("order", item="tea", count=2)
TRACK = call("track", id="A1")


def outcome(gold: list, text: str, number: int, **fields: object) -> EvalOutcome:  # type: ignore[type-arg]
    case_id = f"g{number // 2}#{number}"
    return judge(case(*gold, id=case_id), said(text, case_id, **fields))


RUN = [
    outcome([TEA], qwen(TEA), 0),  # right
    outcome([TEA], qwen(call("order", item="tea", count=3)), 1),  # one argument wrong
    outcome([TRACK], "words", 2),  # missed
    outcome([TRACK], qwen(call("buy", x=1)), 3),  # invented tool
    outcome([TRACK], "<tool_call>", 4),  # malformed
    outcome([], "words", 5),  # right
    outcome([], qwen(TRACK), 6),  # called without need
    outcome([], "<tool_call>", 7),  # malformed, a call all the same
    outcome([], "wor", 8, finish_reason="length"),  # cut
    judge(case(TEA, id="x#1"), Prediction("x#1", None, finish_reason="error")),  # unscored
]


@pytest.mark.parametrize(
    ("name", "num", "den", "n"),
    [
        ("function_accuracy", 1, 5, 5),
        ("overall_accuracy", 2, 9, 9),
        ("over_call_rate", 2, 4, 4),
        ("missed_call_rate", 1, 5, 5),
        ("decision_precision", 4, 6, 6),
        ("decision_recall", 4, 5, 5),
        ("decision_f1", 8, 11, 7),
        ("selection_given_call", 2, 3, 3),
        ("argument_accuracy", 3, 7, 5),
        ("argument_precision", 3, 6, 4),
        ("argument_f1", 6, 13, 6),
        ("full_arguments", 1, 2, 2),
        ("hallucinated_tool_rate", 1, 4, 4),
        ("hallucinated_param_rate", 0, 5, 3),
        ("schema_validity", 3, 3, 3),
        ("parse_rate", 7, 9, 9),
        ("truncated_rate", 1, 9, 9),
    ],
)
def test_against_a_hand_count(name: str, num: int, den: int, n: int) -> None:
    metric = measure(RUN, seed=1)[name]
    assert (metric.num, metric.den, metric.n) == (num, den, n)
    assert metric.value == num / den
    assert metric.lo is not None
    assert metric.hi is not None
    assert 0 <= metric.lo <= metric.value <= metric.hi <= 1


def test_every_metric_is_counted_above() -> None:
    counted = {row[0] for row in test_against_a_hand_count.pytestmark[0].args[1]}
    assert counted == {ratio.name for ratio in METRICS}


def test_correct_wrong_and_unscored_are_all() -> None:
    verdicts = [one.correct for one in RUN]
    assert (verdicts.count(True), verdicts.count(False), verdicts.count(None)) == (2, 7, 1)
    assert sum(tally(RUN).values()) == len(RUN)
    assert list(tally(RUN)) == [one.value for one in Outcome]


def test_shares_of_cases_have_wilsons_interval_and_sums_a_bootstrap() -> None:
    metrics = measure(RUN, seed=1)
    accuracy, arguments = metrics["function_accuracy"], metrics["argument_accuracy"]
    assert accuracy.method == "wilson"
    assert (accuracy.lo, accuracy.hi) == (wilson(1, 5).lo, wilson(1, 5).hi)
    assert arguments.method == "bootstrap by conversation"
    assert measure(RUN, seed=1) == metrics
    assert measure(RUN[::-1], seed=1) == metrics
    # All right has no width in a bootstrap, and is no certainty all the same.
    assert metrics["schema_validity"].method == "wilson"
    assert metrics["schema_validity"].lo == wilson(3, 3).lo


def test_a_perfect_run_and_an_empty_one() -> None:
    golds = [[TEA], [TRACK, TEA], []]
    perfect = measure([outcome(g, qwen(*g) or "ok", i) for i, g in enumerate(golds)], seed=1)
    bad = {"over_call_rate", "missed_call_rate", "hallucinated_tool_rate",
           "hallucinated_param_rate", "truncated_rate"}  # fmt: skip
    assert {name: m.value for name, m in perfect.items()} == {
        name: 0.0 if name in bad else 1.0 for name in perfect
    }
    silent = measure([outcome(g, "words", i) for i, g in enumerate(golds)], seed=1)
    assert silent["function_accuracy"].value == 0
    assert silent["missed_call_rate"].value == 1
    assert silent["selection_given_call"].value is None
    assert silent["selection_given_call"].shown() == "-"
    assert measure([], seed=1)["function_accuracy"].as_dict()["ci"] is None


def test_slices() -> None:
    lessons = by_lesson(RUN, seed=1)
    assert list(lessons) == ["call", "no_call"]
    assert lessons["call"]["function_accuracy"].den == 5
    assert lessons["no_call"]["function_accuracy"].value is None
    tools = by_tool(RUN)
    assert {name: (m.num, m.den) for name, m in tools.items()} == {"order": (1, 2), "track": (0, 3)}


def test_intervals_of_a_perfect_run_rest_on_cases() -> None:
    two = call("order", item="tea", count=2, size="S")
    run = [outcome([two, two], qwen(two, two), number) for number in range(5)]
    metrics = measure(run, seed=1)
    for name in ("decision_f1", "argument_f1", "argument_accuracy", "full_arguments"):
        assert metrics[name].n == 5
        assert (metrics[name].lo, metrics[name].hi) == (wilson(5, 5).lo, 1.0), name
