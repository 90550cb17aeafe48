"""The definitions of the metrics: what one outcome adds above the line, and what below.

Input: an EvalOutcome. Output: counts, which `fctune.evaluation.metrics`
sums over the scored cases of a run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fctune.evaluation.outcome import EvalOutcome, Outcome


@dataclass(frozen=True, slots=True)
class Ratio:
    """The definition of a metric.

    Attributes:
        name: the key in results.json.
        meaning: one sentence.
        numerator: what one outcome adds above the line.
        denominator: what it adds below.
        by_case: each case adds 0 or 1, so that Wilson's interval applies; other metrics count
            calls or arguments, which depend on each other within a conversation, and get a
            bootstrap over conversations.
    """

    name: str
    meaning: str
    numerator: Callable[[EvalOutcome], int]
    denominator: Callable[[EvalOutcome], int]
    by_case: bool = True


FUNCTION_ACCURACY = Ratio(
    "function_accuracy",
    "cases with a call in the gold answer whose calls are all right",
    lambda o: o.expects_call and o.outcome is Outcome.OK,
    lambda o: o.expects_call,
)
OVERALL_ACCURACY = Ratio(
    "overall_accuracy",
    "all cases: right calls, or words where no call was due",
    lambda o: o.outcome is Outcome.OK,
    lambda o: 1,
)
OVER_CALL_RATE = Ratio(
    "over_call_rate",
    "cases without a call in the gold answer in which one was made or begun: FP / (FP + TN)",
    lambda o: not o.expects_call and o.attempted,
    lambda o: not o.expects_call,
)
MISSED_CALL_RATE = Ratio(
    "missed_call_rate",
    "cases with a call in the gold answer in which none was made or begun: FN / (TP + FN)",
    lambda o: o.expects_call and not o.attempted,
    lambda o: o.expects_call,
)
ARGUMENT_ACCURACY = Ratio(
    "argument_accuracy",
    "arguments of the gold calls that were given with the right value (recall)",
    lambda o: o.right_slots,
    lambda o: o.gold_slots,
    by_case=False,
)

METRICS: tuple[Ratio, ...] = (
    FUNCTION_ACCURACY,
    OVERALL_ACCURACY,
    OVER_CALL_RATE,
    MISSED_CALL_RATE,
    Ratio(
        "decision_precision",
        "cases in which a call was made or begun where one was due: TP / (TP + FP)",
        lambda o: o.expects_call and o.attempted,
        lambda o: o.attempted,
    ),
    Ratio(
        "decision_recall",
        "cases where a call was due in which one was made or begun: TP / (TP + FN)",
        lambda o: o.expects_call and o.attempted,
        lambda o: o.expects_call,
    ),
    Ratio(
        "decision_f1",
        "the harmonic mean of the two: 2 TP / (2 TP + FP + FN)",
        lambda o: 2 * (o.expects_call and o.attempted),
        lambda o: o.expects_call + o.attempted,
        by_case=False,
    ),
    Ratio(
        "selection_given_call",
        "cases with calls in the gold answer and in the prediction whose names agree",
        lambda o: o.expects_call and o.predicted_calls > 0 and o.same_names,
        lambda o: o.expects_call and o.predicted_calls > 0,
    ),
    ARGUMENT_ACCURACY,
    Ratio(
        "argument_precision",
        "arguments given that are right",
        lambda o: o.right_slots,
        lambda o: o.predicted_slots,
        by_case=False,
    ),
    Ratio(
        "argument_f1",
        "the harmonic mean of argument accuracy and argument precision",
        lambda o: 2 * o.right_slots,
        lambda o: o.gold_slots + o.predicted_slots,
        by_case=False,
    ),
    Ratio(
        "full_arguments",
        "calls of the right name whose arguments are all right",
        lambda o: o.exact_pairs,
        lambda o: o.name_pairs,
        by_case=False,
    ),
    Ratio(
        "hallucinated_tool_rate",
        "calls made to a tool that is not listed",
        lambda o: o.predicted_calls - o.known_calls,
        lambda o: o.predicted_calls,
        by_case=False,
    ),
    Ratio(
        "hallucinated_param_rate",
        "arguments given to listed tools that are no parameter of them",
        lambda o: o.invented_slots,
        lambda o: o.known_slots,
        by_case=False,
    ),
    Ratio(
        "schema_validity",
        "calls to listed tools that the tool's schema accepts",
        lambda o: o.valid_calls,
        lambda o: o.known_calls,
        by_case=False,
    ),
    Ratio(
        "parse_rate",
        "outputs that are words or readable calls",
        lambda o: not o.malformed,
        lambda o: 1,
    ),
    Ratio(
        "truncated_rate",
        "outputs cut off by the limit of new tokens",
        lambda o: o.truncated,
        lambda o: 1,
    ),
)
# Shown in every comparison and by every slice.
HEADLINES: tuple[Ratio, ...] = (
    FUNCTION_ACCURACY,
    ARGUMENT_ACCURACY,
    OVER_CALL_RATE,
    MISSED_CALL_RATE,
)
BY_LESSON: tuple[Ratio, ...] = (
    OVERALL_ACCURACY,
    FUNCTION_ACCURACY,
    OVER_CALL_RATE,
    MISSED_CALL_RATE,
)
