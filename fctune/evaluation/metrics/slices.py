"""The five difficulties of function calling, each with its cases, its metrics and its slices.

Input: a case gives the difficulties that it tests, as tags `dimension:NAME`; the outcomes of a run
give each one's metrics. Output: Dimension definitions and Measured ones for results.json.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.metrics.measure import Metric, Part
from fctune.evaluation.metrics.ratios import METRICS, OVERALL_ACCURACY
from fctune.evaluation.outcomes.row import EvalOutcome

PREFIX = "dimension:"


@dataclass(frozen=True, slots=True)
class Dimension:
    """One difficulty.

    Attributes:
        name: the key in results.json.
        meaning: one sentence.
        metrics: names of what is measured on its cases; metrics of dialogues are of all cases.
        slices: families of tags whose accuracy stands beside them.
    """

    name: str
    meaning: str
    metrics: tuple[str, ...]
    slices: tuple[str, ...]

    @property
    def tag(self) -> str:
        """The tag of its cases."""
        return PREFIX + self.name


DIMENSIONS: tuple[Dimension, ...] = (
    Dimension(
        "structure",
        "Structure stability: with tools at hand, does every output keep the call format and the "
        "tool's schema, also where calls are nested, parallel or have many tools to choose from?",
        ("function_accuracy", "repaired_function_accuracy", "parse_rate", "format_success",
         "schema_validity", "truncated_rate", "parallel_accuracy"),
        ("calls:", "depth:", "tools:"),
    ),
    Dimension(
        "arguments",
        "Parameter extraction and invention: does a call hold the values that were said, all of "
        "them and none beside, and does the model ask for those that nobody said?",
        ("argument_accuracy", "argument_precision", "argument_f1", "full_arguments",
         "missing_required_rate", "hallucinated_param_rate", "type_error_rate", "enum_error_rate",
         "ungrounded_value_rate", "ask_targeted", "guess_rate"),
        ("implicit:", "depth:"),
    ),
    Dimension(
        "timing",
        "When to call: does the model call where a tool helps, answer where none is needed, ask "
        "where a value is missing, and refuse where no tool fits?",
        ("decision_accuracy", "decision_macro_f1", "over_call_rate", "missed_call_rate",
         "balanced_accuracy", "mcc", "hallucinated_call_rate", "ask_rate"),
        ("expects:",),
    ),
    Dimension(
        "state",
        "Multi-turn state: after results and earlier exchanges, does the model go on rightly, and "
        'carry over what a follow-up such as "and Shanghai?" leaves out?',
        ("overall_accuracy", "function_accuracy", "argument_accuracy", "turn_accuracy",
         "process_accuracy", "dialogue_accuracy"),
        ("turn:", "after:", "carry:"),
    ),
    Dimension(
        "generalisation",
        "Unseen tools: does the model call tools that no training row calls? Known only where the "
        "training split is given (--train) or the cases say so (tag held_out:yes).",
        ("function_accuracy", "selection_given_call", "argument_f1", "hallucinated_tool_rate"),
        ("bucket:", "held_out:", "variant:"),
    ),
)  # fmt: skip
_BY_NAME = {ratio.name: ratio for ratio in METRICS}


def dimensions_of(case: EvalCase, tags: Sequence[str]) -> tuple[str, ...]:
    """Return the tags of the difficulties that a case tests.

    Args:
        case: the case.
        tags: its own tags and those of its features.
    """
    found = ["timing"]
    if case.catalog.specs:
        found.append("structure")
    if case.missing or any(call.arguments for call in case.calls):
        found.append("arguments")
    if any(tag in ("turn:2", "turn:3+", "after:result") for tag in tags):
        found.append("state")
    if "bucket:unseen" in tags or "held_out:yes" in tags:
        found.append("generalisation")
    return tuple(PREFIX + name for name in found)


@dataclass(frozen=True, slots=True)
class MeasuredDimension:
    """One difficulty of a run.

    Attributes:
        dimension: which.
        n: its scored cases.
        metrics: by name.
        slices: overall accuracy of the cases of each tag.
    """

    dimension: Dimension
    n: int
    metrics: Mapping[str, Metric]
    slices: Mapping[str, Metric]

    def as_dict(self) -> dict[str, Any]:
        """Return `{meaning, n, metrics, slices}`."""
        return {
            "meaning": self.dimension.meaning,
            "n": self.n,
            "metrics": {name: metric.as_dict() for name, metric in self.metrics.items()},
            "slices": {name: metric.as_dict() for name, metric in self.slices.items()},
        }


def dimension_parts() -> dict[str, Part]:
    """Return what is measured for each difficulty, by its tag."""
    return {one.tag: _part(one) for one in DIMENSIONS}


def dimensions_measured(
    outcomes: Sequence[EvalOutcome],
    parts: Mapping[str, Mapping[str, Metric]],
    tags: Mapping[str, Mapping[str, Metric]],
) -> tuple[MeasuredDimension, ...]:
    """Return each difficulty of a run.

    Args:
        outcomes: of the run.
        parts: metrics of `dimension_parts`.
        tags: metrics of each tag.
    """
    return tuple(
        MeasuredDimension(
            one,
            sum(one.tag in outcome.tags and outcome.correct is not None for outcome in outcomes),
            parts[one.tag],
            {
                tag: metrics[OVERALL_ACCURACY.name]
                for tag, metrics in tags.items()
                if tag.startswith(one.slices)
            },
        )
        for one in DIMENSIONS
    )


def _part(dimension: Dimension) -> Part:
    tag = dimension.tag
    ratios = [_BY_NAME[name] for name in dimension.metrics]
    return Part(ratios, lambda outcome: tag in outcome.tags)
