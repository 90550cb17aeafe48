"""Gates: limits that the metrics of a run must keep, for CI.

Input: limits as the user writes them, and the content of results.json. Output: one GateResult for
each limit. A metric with nothing to count keeps no limit: silence is no proof.

Before: --min function_accuracy=0.85 --min function_accuracy.lo=0.8 --max over_call_rate@chat=5%
After:  GateResult("function_accuracy >= 0.85", passed=False, message="got 0.812 ...")
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fctune.catalogue import CATALOGUE
from fctune.errors import UsageFault
from fctune.evaluation.matching.equality import is_number
from fctune.evaluation.metrics.ratios import METRICS
from fctune.evaluation.tutorial.outcome import TUTORIAL_METRICS

TOOL_METRIC = "call_recall"  # the one figure of a tool
_SHARES = {ratio.name for ratio in METRICS if not ratio.name.startswith("mcc")} | {TOOL_METRIC}
_BOUNDS = {"lo": "lower bound of ", "hi": "upper bound of "}
# Sections of results.json whose metrics are named without their section.
_SLICES = ("by_lesson", "by_tag", "by_tool")


@dataclass(frozen=True, slots=True)
class Gate:
    """One limit.

    Attributes:
        metric: its name, as in results.json; deeper ones with dots, such as `decision.accuracy`.
        limit: the number to keep.
        least: the metric must be the limit or more; else the limit or less.
        bound: `lo` or `hi` where an end of the 95 % interval is meant; "" for the value.
        part: a lesson, tag or tool; "" for all cases.
    """

    metric: str
    limit: float
    least: bool
    bound: str = ""
    part: str = ""

    @property
    def name(self) -> str:
        """The gate as a sentence: `function_accuracy.lo@chat >= 0.8`."""
        bound = f".{self.bound}" if self.bound else ""
        part = f"@{self.part}" if self.part else ""
        return f"{self.metric}{bound}{part} {'>=' if self.least else '<='} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class GateResult:
    """What became of one gate.

    Attributes:
        name: the gate.
        passed: it holds.
        message: what was found; where it fails, why.
        details: lines about it, such as ids of cases.
        hint: what mends it, where that is known.
    """

    name: str
    passed: bool
    message: str
    details: tuple[str, ...] = ()
    hint: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the result as a JSON-ready object."""
        return {"gate": self.name, "passed": self.passed, "message": self.message}


def parse_gates(least: Sequence[str] = (), most: Sequence[str] = ()) -> tuple[Gate, ...]:
    """Read limits as a user writes them, the lower ones first.

    Args:
        least: `METRIC=NUMBER`, what a metric must reach.
        most: `METRIC=NUMBER`, what it may not pass.

    Raises:
        UsageFault: one is not of that form.

    >>> [gate.name for gate in parse_gates(["function_accuracy.lo=80%"], ["over_call_rate=0.05"])]
    ['function_accuracy.lo >= 0.8', 'over_call_rate <= 0.05']
    """
    lower = [_gate(text, "--min", least=True) for text in least]
    return (*lower, *(_gate(text, "--max", least=False) for text in most))


def check_metric_names(gates: Sequence[Gate]) -> None:
    """Refuse names that no results will have, before a long run.

    Dotted names of whole runs cannot be told yet, nor which slices there will be.

    Raises:
        UsageFault: a plain name, or that of a slice, is no metric.
    """
    plain = [metric.name for metric in (*METRICS, *TUTORIAL_METRICS)]
    for gate in gates:
        known = [*plain, TOOL_METRIC] if gate.part else plain
        if ("." not in gate.metric or gate.part) and gate.metric not in known:
            raise _unknown(gate, known)


def judge_gates(
    gates: Sequence[Gate], content: Mapping[str, Any], timing: Mapping[str, Any] | None = None
) -> list[GateResult]:
    """Judge all gates.

    Args:
        gates: the limits.
        content: of results.json.
        timing: of timing.json; its numbers are `timing.NAME`, inner ones with more dots.

    Raises:
        UsageFault: a gate names a metric or a slice that the results do not have.
    """
    return [_judged(gate, _values(gate, content, timing or {})) for gate in gates]


def infra_gate(content: Mapping[str, Any], limit: float, first: str = "") -> GateResult:
    """Return the gate that every run has: most of its cases must have a verdict.

    Args:
        content: of results.json.
        limit: the greatest share of unscored cases.
        first: why the first of them is unscored.
    """
    unscored, total = content["unscored"], content["n"]
    name = f"unscored cases <= {limit:.0%}"
    found = f"{unscored} of {total} cases are unscored"
    if unscored <= limit * total:
        return GateResult(name, True, found)
    return GateResult(name, False, f"{found}, the first for: {first}" if first else found)


def rejected_gate(data: Mapping[str, Any], limit: float) -> GateResult | None:
    """Return the gate of rows that could not be read, or None where all could be.

    A metric says nothing about the rows that it leaves out, so a run with gates must have few.

    Args:
        data: the section of results.json that tells the rows.
        limit: the greatest share of rejected rows.

    >>> rejected_gate({"rows": 10, "rejected": 9}, 0.01).message
    '9 of 10 rows were rejected and count in no metric'
    """
    rejected, rows = data.get("rejected", 0), data.get("rows", 0)
    if not rejected:
        return None
    by_code: Mapping[str, int] = data.get("rejected_by_code") or {}
    codes = ", ".join(f"{code} {n}" for code, n in by_code.items())
    hints = {code: f"{code}: {CATALOGUE[code].hint}" for code in by_code if code in CATALOGUE}
    first = max(hints, key=lambda code: by_code[code], default="")
    mend = f" ({hints[first]})" if first else ""
    found = f"{rejected} of {rows} rows were rejected and count in no metric"
    name = f"rejected rows <= {limit:.0%}"
    passed = rejected <= limit * rows
    message = f"{found}: {codes}" if codes else found
    hint = f"mend the rejected rows{mend}, or leave them out of the file"
    return GateResult(name, passed, message, tuple(hints.values()), hint)


def _gate(text: str, option: str, *, least: bool) -> Gate:
    left, equals, right = text.rpartition("=")
    limit = _number(right.strip())
    if not equals or not left.strip() or limit is None:
        raise UsageFault(
            f"got {text!r}, expected METRIC=NUMBER",
            where=option,
            hint=f"such as {option} function_accuracy=0.85",
        )
    name, _, part = left.strip().partition("@")
    metric, _, bound = name.rpartition(".")
    if not metric or bound not in _BOUNDS:
        metric, bound = name, ""
    if metric in _SHARES and not 0 <= limit <= 1:
        raise _out_of_range(left.strip(), limit, right.strip(), option)
    return Gate(metric, limit, least, bound, part)


def _out_of_range(metric: str, limit: float, typed: str, option: str) -> UsageFault:
    """Return what to say of a limit that a share always keeps, or never: a percentage, bare."""
    bare = 1 < limit <= 100 and not typed.endswith("%")
    return UsageFault(
        f"got {metric}={typed}, expected a share from 0 to 1, or a percentage",
        where=option,
        hint=f"did you mean {option} {metric}={typed}%?" if bare else "",
    )


def _number(text: str) -> float | None:
    try:
        value = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _values(gate: Gate, content: Mapping[str, Any], timing: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the metric that a gate names, as results.json has it.

    Raises:
        UsageFault: there is no such slice or metric.
    """
    if gate.part:
        found = [content[key] for key in _SLICES if gate.part in content.get(key, {})]
        if not found:
            parts = [name for key in _SLICES for name in content.get(key, {})]
            raise UsageFault(
                f"got the slice {gate.part!r}, which is no lesson, tag or tool of the results",
                where=gate.name,
                hint=_near(gate.part, parts),
            )
        inside = found[0][gate.part]
        known = {TOOL_METRIC: inside} if "value" in inside else dict(inside)
    else:
        known = _flat(content)
        known.update(_numbers("timing.", timing))
    if gate.metric not in known:
        raise _unknown(gate, list(known))
    value = known[gate.metric]
    return value if isinstance(value, Mapping) else {"value": value}


def _flat(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return all metrics of results.json by name; those outside `metrics` with their section."""
    known: dict[str, Any] = {}
    queue = [("", content["metrics"])]
    queue += [
        (f"{key}.", value)
        for key, value in content.items()
        if key not in ("metrics", "data", "config", "versions", *_SLICES)
    ]
    while queue:
        prefix, section = queue.pop(0)
        for key, value in section.items() if isinstance(section, Mapping) else ():
            if isinstance(value, Mapping) and "value" in value:
                known[f"{prefix}{key}"] = value
            elif isinstance(value, Mapping):
                queue.append((f"{prefix}{key}.", value))
    return known


def _numbers(prefix: str, content: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, Mapping):
            found.update(_numbers(f"{prefix}{name}.", value))
        elif is_number(value):
            found[f"{prefix}{name}"] = {"value": value}
    return found


def _judged(gate: Gate, metric: Mapping[str, Any]) -> GateResult:
    value, ci = metric.get("value"), metric.get("ci")
    if value is None:
        return GateResult(gate.name, False, "has no value: no case counts for it")
    if gate.bound:
        if not ci:
            return GateResult(gate.name, False, f"got {value:.4g} without an interval")
        tested = ci[0] if gate.bound == "lo" else ci[1]
    else:
        tested = value
    holds = tested >= gate.limit if gate.least else tested <= gate.limit
    shown = f"{value:.4f}" + (f" [{ci[0]:.4f}, {ci[1]:.4f}]" if ci else "")
    counts = f", {metric['num']} / {metric['den']}" if "num" in metric else ""
    if holds:
        return GateResult(gate.name, True, f"got {shown}{counts}")
    which = f"the {_BOUNDS[gate.bound]}" if gate.bound else ""
    wanted = f"expected {which}{gate.metric} {'>=' if gate.least else '<='} {gate.limit:g}"
    return GateResult(gate.name, False, f"got {shown}{counts}, {wanted}")


def _unknown(gate: Gate, known: Sequence[str]) -> UsageFault:
    return UsageFault(
        f"got the metric {gate.metric!r}, which the results do not have",
        where="--min" if gate.least else "--max",
        hint=_near(gate.metric, known),
    )


def _near(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5) or list(known)[:8]
    return f"did you mean {', '.join(close)}?" if close else ""
