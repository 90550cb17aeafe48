"""The long tail: how right are calls of tools that training showed often, rarely, or never.

Input: outcomes, and how often training rows call each tool (a training split, or the manifest of
`fctune prepare`, whose training split is then counted). Output: LongTail for results.json, and tags
`bucket:NAME` for cases.

head    the tools called most, which hold the first 50 % of the training calls
mid     the next, up to 80 %
tail    the others that training calls at all
unseen  never called in training

Tools called equally often are in one bucket, so that no bucket depends on the order of names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fctune.errors import InputFault
from fctune.evaluation.cases.case_set import CaseSet, EvalCase
from fctune.evaluation.metrics.measure import Metric, by_tool, measure, share
from fctune.evaluation.metrics.ratios_kinds import Ratio
from fctune.evaluation.outcomes.row import EvalOutcome
from fctune.evaluation.statistics import percentile_interval

if TYPE_CHECKING:
    from fctune.evaluation.cases.training import TrainingRows

HEAD_SHARE, MID_SHARE = 0.5, 0.8
WORST_TOOLS = 10
BUCKETS: Mapping[str, str] = {
    "head": "the tools called most in training, which hold half of its calls",
    "mid": "the next, up to 80 % of the training calls",
    "tail": "all others that training calls",
    "unseen": "never called in training",
}
# Accuracies of tools are added up as whole multiples of this part of one, which is exact.
_PARTS = 1 << 30


@dataclass(frozen=True)
class TrainingCounts:
    """How often training rows call each tool.

    Attributes:
        source: where that was counted.
        calls: tool to calls.
    """

    source: str
    calls: Mapping[str, int]

    def buckets(self) -> dict[str, str]:
        """Return the bucket of each tool that training calls.

        >>> TrainingCounts("x", {"a": 6, "b": 3, "c": 1}).buckets()
        {'a': 'head', 'b': 'mid', 'c': 'tail'}
        """
        total = sum(self.calls.values())
        above = 0
        found: dict[str, str] = {}
        for count in sorted({count for count in self.calls.values() if count > 0}, reverse=True):
            tools = [tool for tool, calls in self.calls.items() if calls == count]
            part = above / total
            name = "head" if part < HEAD_SHARE else "mid" if part < MID_SHARE else "tail"
            found.update(dict.fromkeys(tools, name))
            above += count * len(tools)
        return found


def training_counts(training: TrainingRows) -> TrainingCounts:
    """Return how often each tool is called in the rows of a training split.

    Raises:
        InputFault: they hold no call.
    """
    if not training.calls:
        raise InputFault(
            "holds no call, expected training rows with calls",
            where=str(training.split),
            hint="give the training split that `fctune prepare` wrote",
        )
    return TrainingCounts(training.split.name, training.calls)


def tag_buckets(case_set: CaseSet, training: TrainingCounts) -> CaseSet:
    """Return the cases, those with calls tagged by the rarest bucket of their tools."""
    buckets = training.buckets()
    order = list(BUCKETS)

    def tagged(case: EvalCase) -> EvalCase:
        if not case.calls:
            return case
        rarest = max((buckets.get(call.name, "unseen") for call in case.calls), key=order.index)
        return replace(case, tags=(*case.tags, f"bucket:{rarest}"))

    return replace(case_set, cases=tuple(map(tagged, case_set.cases)))


@dataclass(frozen=True)
class LongTail:
    """Accuracy by tool and by how often training called it.

    Attributes:
        training: what was counted; None where no training split was given.
        buckets: share of right gold calls in each bucket; empty without training.
        macro: mean over tools of their share of right calls.
        coverage: tools with a right call among the tools of the gold calls.
        worst: the tools that are surely bad first, with their share of right calls.
    """

    training: TrainingCounts | None
    buckets: Mapping[str, Metric]
    macro: Metric
    coverage: Metric
    worst: tuple[tuple[str, Metric], ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the block `long_tail` of results.json."""
        training = self.training
        own = training.buckets() if training else {}
        tools = Counter(own.values())
        calls: Counter[str] = Counter()
        for tool, name in own.items():
            calls[name] += training.calls[tool] if training else 0
        return {
            "training": None
            if training is None
            else {
                "source": training.source,
                "calls": sum(training.calls.values()),
                "tools": len(own),
            },
            "buckets": {
                name: {
                    "meaning": BUCKETS[name],
                    "tools": tools[name],
                    "training_calls": calls[name],
                    "accuracy": metric.as_dict(),
                }
                for name, metric in self.buckets.items()
            },
            "macro_accuracy": self.macro.as_dict(),
            "tool_coverage": self.coverage.as_dict(),
            "worst": [
                {
                    "tool": tool,
                    "bucket": own.get(tool, "unseen") if training else None,
                    "accuracy": metric.as_dict(),
                }
                for tool, metric in self.worst
            ],
        }


def long_tail(
    outcomes: Sequence[EvalOutcome], training: TrainingCounts | None, *, seed: int
) -> LongTail:
    """Measure the long tail of a run.

    Args:
        outcomes: of the run.
        training: how often training called each tool; None where that is not known.
        seed: of the bootstrap.
    """
    tools = by_tool(outcomes)
    covered = sum(metric.num > 0 for metric in tools.values())
    wrong = [(tool, metric) for tool, metric in tools.items() if metric.num < metric.den]
    wrong.sort(key=lambda pair: (pair[1].hi or 0.0, pair[0]))
    return LongTail(
        training,
        {} if training is None else _by_bucket(outcomes, training, seed),
        _macro(tools, seed),
        share("tool_coverage", covered, len(tools), len(tools), trials=len(tools)),
        tuple(wrong[:WORST_TOOLS]),
    )


def _by_bucket(
    outcomes: Sequence[EvalOutcome], training: TrainingCounts, seed: int
) -> dict[str, Metric]:
    own = training.buckets()

    def ratio(bucket: str) -> Ratio:
        def due(outcome: EvalOutcome) -> int:
            return sum(own.get(tool, "unseen") == bucket for tool, _ in outcome.tools)

        def right(outcome: EvalOutcome) -> int:
            if outcome.truncated or outcome.malformed:
                return 0
            return sum(ok and own.get(tool, "unseen") == bucket for tool, ok in outcome.tools)

        return Ratio(bucket, BUCKETS[bucket], right, due, by_case=False)

    return measure(outcomes, [ratio(bucket) for bucket in BUCKETS], seed=seed)


def _macro(tools: Mapping[str, Metric], seed: int) -> Metric:
    """Return the mean over tools, its interval by drawing tools."""
    from fctune.evaluation.metrics.bootstrap import resampled

    values = [metric.num / metric.den for metric in tools.values()]
    total, n = sum(values), len(values)
    if n > 1 and 0 < total < n:
        sums = resampled([[round(value * _PARTS) for value in values]], seed=seed)[0]
        found = percentile_interval((sums / (n * _PARTS)).tolist())
        if found is not None and found.lo < found.hi:
            method = "bootstrap by tool"
            return Metric("macro_accuracy", total / n, found.lo, found.hi, total, n, n, method)
    return share("macro_accuracy", total, n, n, trials=n)
