"""Metrics of the decision: to call or not, in two conventions; and to call, answer, ask or refuse.

Input: an EvalOutcome. Output: definitions. A call that was begun and cannot be read shows the will
to call: the first convention counts it as a call, the second (names end in `_parsed`) does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from fctune.evaluation.cases.case_set import Decision
from fctune.evaluation.metrics.ratios_kinds import Compound, Measured, Ratio, Sums
from fctune.evaluation.outcomes.row import EvalOutcome

Called = Callable[[EvalOutcome], bool]
_ALL = (Decision.CALL, Decision.ANSWER, Decision.ASK, Decision.REFUSE)


def _attempted(outcome: EvalOutcome) -> bool:
    return outcome.attempted


def _readable(outcome: EvalOutcome) -> bool:
    return outcome.predicted_calls > 0


def _known(outcome: EvalOutcome) -> bool:
    return outcome.expected is not None and outcome.decided is not None


DECISION_ACCURACY = Ratio(
    "decision_accuracy",
    "cases in which the model does what is due of call, answer, ask and refuse (words by rule)",
    lambda o: _known(o) and o.expected is o.decided,
    _known,
)


def _balanced(sums: Sequence[Sums]) -> tuple[Sums, Sums]:
    """Return true positive rate plus true negative rate, and 2; no value without both kinds."""
    right_calls, due, right_words, not_due = sums
    both = (due > 0) & (not_due > 0)
    rates = right_calls / (due + (1 - both)) + right_words / (not_due + (1 - both))
    return rates * both, 2.0 * both


def _mcc(sums: Sequence[Sums]) -> tuple[Sums, Sums]:
    """Return Matthews' correlation (1975): the covariance over the product of the deviations."""
    tp, fp, fn, tn = sums
    below = ((tp + fp) * (tp + fn)) ** 0.5 * ((tn + fp) * (tn + fn)) ** 0.5
    return tp * tn - fp * fn, below


def _macro_f1(sums: Sequence[Sums]) -> tuple[Sums, Sums]:
    """Return the sum of the F1 of all classes that occur, and how many occur."""
    total = count = sums[0] * 0.0
    for right, both in zip(sums[::2], sums[1::2], strict=True):
        occurs = both > 0
        total = total + 2 * right / (both + (1 - occurs))
        count = count + occurs
    return total, count


def _is_right(label: Decision, outcome: EvalOutcome) -> int:
    return int(_known(outcome) and outcome.expected is label and outcome.decided is label)


def _occurs(label: Decision, outcome: EvalOutcome) -> int:
    if not _known(outcome):
        return 0
    return (outcome.expected is label) + (outcome.decided is label)


MACRO_F1 = Compound(
    "decision_macro_f1",
    "mean of the F1 of call, answer, ask and refuse, over those that occur",
    tuple(partial(count, label) for label in _ALL for count in (_is_right, _occurs)),
    _macro_f1,
    _known,
)


def _timing(called: Called, suffix: str, made: str) -> tuple[Measured, ...]:
    """Return the metrics of one convention.

    Args:
        called: whether an outcome counts as a call.
        suffix: of the names.
        made: what the convention takes for a call, in words.
    """
    return (*_rates(called, suffix, made), *_f1_and_correlations(called, suffix))


def _rates(called: Called, suffix: str, made: str) -> tuple[Ratio, ...]:
    return (
        Ratio(
            f"over_call_rate{suffix}",
            f"cases without a call in the gold answer in which one {made}: FP / (FP + TN)",
            lambda o: not o.expects_call and called(o),
            lambda o: not o.expects_call,
            better="lower",
        ),
        Ratio(
            f"missed_call_rate{suffix}",
            f"cases with a call in the gold answer in which none {made}: FN / (TP + FN)",
            lambda o: o.expects_call and not called(o),
            lambda o: o.expects_call,
            better="lower",
        ),
        Ratio(
            f"decision_precision{suffix}",
            f"cases in which a call {made} where one was due: TP / (TP + FP)",
            lambda o: o.expects_call and called(o),
            called,
        ),
        Ratio(
            f"decision_recall{suffix}",
            f"cases where a call was due in which one {made}: TP / (TP + FN)",
            lambda o: o.expects_call and called(o),
            lambda o: o.expects_call,
        ),
    )


def _f1_and_correlations(called: Called, suffix: str) -> tuple[Measured, ...]:
    return (
        Ratio(
            f"decision_f1{suffix}",
            "the harmonic mean of the two: 2 TP / (2 TP + FP + FN)",
            lambda o: 2 * (o.expects_call and called(o)),
            lambda o: o.expects_call + called(o),
            by_case=False,
        ),
        Compound(
            f"balanced_accuracy{suffix}",
            "mean of TP / (TP + FN) and TN / (TN + FP)",
            (
                lambda o: o.expects_call and called(o),
                lambda o: o.expects_call,
                lambda o: not o.expects_call and not called(o),
                lambda o: not o.expects_call,
            ),
            _balanced,
            lambda o: True,
        ),
        Compound(
            f"mcc{suffix}",
            "Matthews correlation of due and made: from -1 over 0, chance, to 1",
            (
                lambda o: o.expects_call and called(o),
                lambda o: not o.expects_call and called(o),
                lambda o: o.expects_call and not called(o),
                lambda o: not o.expects_call and not called(o),
            ),
            _mcc,
            lambda o: True,
            share=False,
        ),
    )


_HALLUCINATED_CALL_RATE = Ratio(
    "hallucinated_call_rate",
    "cases without a usable tool, none listed or a refusal due, in which a call was made or begun",
    lambda o: o.no_usable_tool and not o.expects_call and o.attempted,
    lambda o: o.no_usable_tool and not o.expects_call,
    better="lower",
)
_BINARY = _timing(_attempted, "", "was made or begun")
OVER_CALL_RATE, MISSED_CALL_RATE = _rates(_attempted, "", "was made or begun")[:2]
TIMING: tuple[Measured, ...] = (
    OVER_CALL_RATE,
    MISSED_CALL_RATE,
    *_BINARY[2:],
    _HALLUCINATED_CALL_RATE,
    DECISION_ACCURACY,
    MACRO_F1,
)
PARSED_TIMING = _timing(_readable, "_parsed", "was made, readably")
ASKING: tuple[Measured, ...] = (
    Ratio(
        "ask_rate",
        "cases in which a question is due that call nothing and ask",
        lambda o: o.expected is Decision.ASK and o.decided is Decision.ASK,
        lambda o: o.expected is Decision.ASK,
    ),
    Ratio(
        "ask_targeted",
        "cases with known missing parameters whose question speaks of every one of them",
        lambda o: _lacks(o) and o.asked_slots == o.missing_slots,
        lambda o: _lacks(o),
    ),
    Ratio(
        "guess_rate",
        "the same cases: a call gives a value for a missing parameter that nobody said",
        lambda o: _lacks(o) and o.guessed_slots > 0,
        lambda o: _lacks(o),
        better="lower",
    ),
)


def _lacks(outcome: EvalOutcome) -> bool:
    """Tell whether a question is due, and for what is known."""
    return outcome.expected is Decision.ASK and outcome.missing_slots > 0
