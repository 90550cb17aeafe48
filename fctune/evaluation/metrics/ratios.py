"""The definitions of the metrics: what one outcome adds above the line, and what below.

Input: an EvalOutcome. Output: counts, which `fctune.evaluation.metrics.measure` sums over the
scored cases of a run. FAMILIES holds all metrics in the order of the report; docs/metrics.md tells
each one.
"""

from __future__ import annotations

from collections.abc import Mapping

from fctune.evaluation.metrics.ratios_dialogue import DIALOGUE
from fctune.evaluation.metrics.ratios_kinds import Compound, DialogueRatio, Measured, Ratio
from fctune.evaluation.metrics.ratios_timing import (
    ASKING,
    DECISION_ACCURACY,
    MISSED_CALL_RATE,
    OVER_CALL_RATE,
    PARSED_TIMING,
    TIMING,
)
from fctune.evaluation.outcomes.row import EvalOutcome, Outcome

__all__ = [
    "ARGUMENT_ACCURACY", "BY_LESSON", "FAMILIES", "FUNCTION_ACCURACY", "HEADLINES", "METRICS",
    "MISSED_CALL_RATE", "OVERALL_ACCURACY", "OVER_CALL_RATE", "Compound", "DialogueRatio",
    "Measured", "Ratio",
]  # fmt: skip

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
REPAIRED_ACCURACY = Ratio(
    "repaired_function_accuracy",
    "the same, with the calls of a lenient reader where the strict one reads none",
    lambda o: o.expects_call and (o.outcome is Outcome.OK or o.repaired_ok),
    lambda o: o.expects_call,
)
ARGUMENT_ACCURACY = Ratio(
    "argument_accuracy",
    "arguments of the gold calls that were given with the right value (recall)",
    lambda o: o.right_slots,
    lambda o: o.gold_slots,
    by_case=False,
)
_HEAD = (FUNCTION_ACCURACY, OVERALL_ACCURACY, REPAIRED_ACCURACY)
_SELECTION = (
    Ratio(
        "selection_given_call",
        "cases with calls in the gold answer and in the prediction whose names agree",
        lambda o: bool(o.tools) and o.predicted_calls > 0 and o.same_names,
        lambda o: bool(o.tools) and o.predicted_calls > 0,
    ),
    Ratio(
        "name_precision",
        "calls made that have a gold call of the same name; false calls count below the line",
        lambda o: o.name_pairs,
        lambda o: _compared_calls(o),
        by_case=False,
    ),
    Ratio(
        "name_recall",
        "gold calls that have a call of the same name",
        lambda o: o.name_pairs,
        lambda o: len(o.tools),
        by_case=False,
    ),
    Ratio(
        "name_f1",
        "the harmonic mean of the two, over all calls (micro)",
        lambda o: 2 * o.name_pairs,
        lambda o: _compared_calls(o) + len(o.tools),
        by_case=False,
    ),
    Ratio(
        "hallucinated_tool_rate",
        "calls made to a tool that is not listed, in cases that list tools",
        lambda o: o.predicted_calls - o.toolless_calls - o.known_calls,
        lambda o: o.predicted_calls - o.toolless_calls,
        by_case=False,
        better="lower",
    ),
)
_ARGUMENTS = (
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
        "missing_required_rate",
        "calls to listed tools that miss a required argument",
        lambda o: o.incomplete_calls,
        lambda o: o.known_calls,
        by_case=False,
        better="lower",
    ),
    Ratio(
        "hallucinated_param_rate",
        "arguments given to listed tools that are no parameter of them",
        lambda o: o.invented_slots,
        lambda o: o.known_slots,
        by_case=False,
        better="lower",
    ),
    Ratio(
        "type_error_rate",
        "calls to listed tools with a value of a wrong JSON type",
        lambda o: o.mistyped_calls,
        lambda o: o.known_calls,
        by_case=False,
        better="lower",
    ),
    Ratio(
        "enum_error_rate",
        "calls to listed tools with a value outside an enum",
        lambda o: o.off_enum_calls,
        lambda o: o.known_calls,
        by_case=False,
        better="lower",
    ),
    Ratio(
        "ungrounded_value_rate",
        "texts and numbers in calls that are wrong and appear nowhere before (heuristic)",
        lambda o: o.ungrounded_values,
        lambda o: o.checked_values,
        by_case=False,
        better="lower",
    ),
)
_FORM = (
    Ratio(
        "parse_rate",
        "outputs that are words or readable calls",
        lambda o: not o.malformed,
        lambda o: 1,
    ),
    Ratio(
        "repaired_parse_rate",
        "the same, with those that a lenient reader mends",
        lambda o: not o.malformed or bool(o.repairs),
        lambda o: 1,
    ),
    Ratio(
        "format_success",
        "outputs that are words alone, or readable calls with no words beside them",
        lambda o: not o.malformed and not o.beside_text,
        lambda o: 1,
    ),
    Ratio(
        "schema_validity",
        "calls to listed tools that the tool's schema accepts",
        lambda o: o.valid_calls,
        lambda o: o.known_calls,
        by_case=False,
    ),
    Ratio(
        "truncated_rate",
        "outputs cut off by the limit of new tokens",
        lambda o: o.truncated,
        lambda o: 1,
        better="lower",
    ),
)
_PARALLEL = (
    Ratio(
        "parallel_accuracy",
        "cases with two gold calls or more whose calls are all right, none too many",
        lambda o: len(o.tools) > 1 and o.outcome is Outcome.OK,
        lambda o: len(o.tools) > 1,
    ),
    Ratio(
        "parallel_call_recall",
        "gold calls of such cases that were made, every argument right",
        lambda o: o.exact_pairs if len(o.tools) > 1 and not o.truncated else 0,
        lambda o: len(o.tools) if len(o.tools) > 1 else 0,
        by_case=False,
    ),
    Ratio(
        "extra_call_rate",
        "calls made where calls were due that have no gold call of the same name",
        lambda o: o.predicted_calls - o.name_pairs if o.tools else 0,
        lambda o: o.predicted_calls if o.tools else 0,
        by_case=False,
        better="lower",
    ),
)
FAMILIES: Mapping[str, tuple[Measured, ...]] = {
    "Right calls": _HEAD,
    "When to call (a malformed call is a call)": TIMING,
    "When to call (only readable calls are calls)": PARSED_TIMING,
    "Which tool": _SELECTION,
    "Which arguments": _ARGUMENTS,
    "Form": _FORM,
    "Asking for what is missing": ASKING,
    "Dialogues": DIALOGUE,
    "Parallel calls": _PARALLEL,
}
METRICS: tuple[Measured, ...] = tuple(one for family in FAMILIES.values() for one in family)
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
    DECISION_ACCURACY,
)


def _compared_calls(outcome: EvalOutcome) -> int:
    """Return the calls made, but for cases in which any call is right."""
    any_is_right = outcome.expects_call and not outcome.tools
    return 0 if any_is_right else outcome.predicted_calls
