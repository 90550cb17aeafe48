"""Metrics: what a hand count gives, and what is true of every run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fctune.evaluation.metrics.bootstrap import resampled
from fctune.evaluation.metrics.measure import (
    Part,
    by_lesson,
    by_tool,
    measure,
    measure_parts,
    tally,
)
from fctune.evaluation.metrics.ratios import METRICS
from fctune.evaluation.outcomes.judge import EvalOutcome, Outcome, judge
from fctune.evaluation.predict import Prediction
from fctune.evaluation.statistics import resampled_sums, wilson

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
        ("repaired_parse_rate", 7, 9, 9),
        ("format_success", 7, 9, 9),
        ("truncated_rate", 1, 9, 9),
        ("repaired_function_accuracy", 1, 5, 5),
        ("balanced_accuracy", 4 / 5 + 2 / 4, 2, 9),
        ("mcc", 4 * 2 - 2 * 1, (6 * 5 * 4 * 3) ** 0.5, 9),
        ("hallucinated_call_rate", None, 0, 0),
        ("decision_accuracy", 6, 9, 9),
        ("decision_macro_f1", 8 / 11 + 4 / 7, 2, 9),
        ("over_call_rate_parsed", 1, 4, 4),
        ("missed_call_rate_parsed", 2, 5, 5),
        ("decision_precision_parsed", 3, 4, 4),
        ("decision_recall_parsed", 3, 5, 5),
        ("decision_f1_parsed", 6, 9, 6),
        ("balanced_accuracy_parsed", 3 / 5 + 3 / 4, 2, 9),
        ("mcc_parsed", 3 * 3 - 1 * 2, (4 * 5 * 4 * 5) ** 0.5, 9),
        ("name_precision", 2, 4, 4),
        ("name_recall", 2, 5, 5),
        ("name_f1", 4, 9, 6),
        ("missing_required_rate", 0, 3, 3),
        ("type_error_rate", 0, 3, 3),
        ("enum_error_rate", 0, 3, 3),
        ("ungrounded_value_rate", 2, 6, 4),
        ("ask_rate", None, 0, 0),
        ("ask_targeted", None, 0, 0),
        ("guess_rate", None, 0, 0),
        ("turn_accuracy", 2, 8, 4),
        ("process_accuracy", 1 / 2 + 0 + 1 / 2 + 0, 4, 4),
        ("dialogue_accuracy", 0, 4, 4),
        ("parallel_accuracy", None, 0, 0),
        ("parallel_call_recall", None, 0, 0),
        ("extra_call_rate", 1, 3, 3),
    ],
)
def test_against_a_hand_count(name: str, num: float | None, den: float, n: int) -> None:
    metric = measure(RUN, seed=1)[name]
    assert (metric.den, metric.n) == (pytest.approx(den), n)
    if num is None:
        assert (metric.value, metric.lo, metric.shown()) == (None, None, "-")
        return
    assert metric.num == pytest.approx(num)
    assert metric.value == pytest.approx(num / den)
    assert metric.lo is not None
    assert metric.hi is not None
    assert (-1 if name.startswith("mcc") else 0) <= metric.lo <= metric.value <= metric.hi <= 1


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


LOWER = {ratio.name for ratio in METRICS if ratio.better == "lower"}


def test_a_perfect_run_and_an_empty_one() -> None:
    golds = [[TEA], [TRACK, TEA], []]
    perfect = measure([outcome(g, qwen(*g) or "ok", i) for i, g in enumerate(golds)], seed=1)
    counted = {name: m.value for name, m in perfect.items() if m.value is not None}
    assert counted == {name: 0.0 if name in LOWER else 1.0 for name in counted}
    idle = {"hallucinated_call_rate", "ask_rate", "ask_targeted", "guess_rate"}
    assert set(perfect) - set(counted) == idle
    silent = measure([outcome(g, "words", i) for i, g in enumerate(golds)], seed=1)
    assert silent["function_accuracy"].value == 0
    assert silent["missed_call_rate"].value == 1
    assert silent["over_call_rate"].value == 0
    assert silent["selection_given_call"].value is None
    assert silent["argument_precision"].den == 0
    assert measure([], seed=1)["function_accuracy"].as_dict()["ci"] is None
    assert measure([], seed=1)["mcc"].value is None


def test_balanced_accuracy_and_mcc_need_both_kinds_of_cases() -> None:
    calls = [outcome([TEA], qwen(TEA), 0), outcome([TEA], "words", 2)]
    metrics = measure(calls, seed=1)
    assert metrics["balanced_accuracy"].value is None
    assert metrics["mcc"].value is None
    assert metrics["missed_call_rate"].value == 0.5


def test_mcc_against_a_published_value() -> None:
    """Chicco and Jurman (2020, BMC Genomics 21:6): TP 90, FP 5, TN 1, FN 4 gives +0.14."""
    run = [
        *(outcome([TRACK], qwen(TRACK), 2 * n) for n in range(90)),
        *(outcome([], qwen(TRACK), 2 * n) for n in range(90, 95)),
        outcome([], "words", 190),
        *(outcome([TRACK], "words", 2 * n) for n in range(96, 100)),
    ]
    metrics = measure(run, seed=1)
    assert metrics["mcc"].value == pytest.approx(0.135, abs=0.001)
    assert metrics["decision_f1"].value == pytest.approx(0.952, abs=0.001)
    lo, hi = metrics["mcc"].lo, metrics["mcc"].hi
    assert lo is not None
    assert hi is not None
    assert lo < 0 < hi


def test_the_draws_are_those_of_the_plain_bootstrap() -> None:
    columns = [[0, 1, 5, 2, 2, 7, 0], [1, 1, 5, 4, 2, 9, 1], [3, 0, 0, 0, 0, 0, 0]]
    plain = list(resampled_sums(columns, seed=11, resamples=300))
    fast = resampled(columns, seed=11, resamples=300)
    assert [tuple(row) for row in fast.T.tolist()] == plain


def test_parts_share_the_draws_and_count_only_their_own_cases() -> None:
    part = Part(METRICS, lambda one: one.expects_call)
    measured = measure_parts(RUN, {"all": Part(METRICS), "calls": part}, seed=1)
    assert measured["all"] == measure(RUN, seed=1)
    assert measured["calls"]["overall_accuracy"].den == 5
    assert measured["calls"]["argument_accuracy"].num == 3
    assert measured["calls"]["over_call_rate"].value is None


def test_dialogues_leave_unscored_turns_aside() -> None:
    lost = judge(case(TEA, id="g9#1"), Prediction("g9#1", None, finish_reason="error"))

    def turn(group: str, place: int, text: str) -> EvalOutcome:
        return replace(outcome([TEA], text, 0), group=group, id=f"{group}#{place}")

    run = [
        turn("g9", 3, qwen(TEA)),
        lost,
        *(turn("g8", place, qwen(TEA)) for place in (1, 3)),
        turn("g7", 1, "words"),  # alone: no dialogue
        *(replace(turn("g6", n, "words"), id=f"item-{n}") for n in (1, 2)),  # no turns of one
    ]
    metrics = measure(run, seed=1)
    assert (metrics["turn_accuracy"].num, metrics["turn_accuracy"].den) == (3, 3)
    assert (metrics["process_accuracy"].num, metrics["process_accuracy"].den) == (2, 2)
    assert (metrics["dialogue_accuracy"].num, metrics["dialogue_accuracy"].den) == (1, 1)


def test_parallel_calls() -> None:
    other = call("track", id="B2")
    run = [
        outcome([TEA, TRACK], qwen(TRACK, TEA), 0),  # any order
        outcome([TEA, TRACK], qwen(TEA), 2),  # one is lost
        outcome([TEA, TRACK], qwen(TEA, TRACK, other), 4),  # one too many
        outcome([TRACK], qwen(TRACK, other), 6),
    ]
    metrics = measure(run, seed=1)
    counts = {name: (metrics[name].num, metrics[name].den) for name in metrics}
    assert counts["parallel_accuracy"] == (1, 3)
    assert counts["parallel_call_recall"] == (5, 6)
    assert counts["extra_call_rate"] == (2, 8)
    assert counts["name_precision"] == (6, 8)
    assert counts["name_recall"] == (6, 7)


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
