"""What a model loses on the variants of its cases, and how often an attack succeeds.

Input: an Evaluation that holds cases and their variants. Output: `results.json["robustness"]`, and
rows for the report. Each variant is compared with its own origin: a case whose variant, or whose
origin, is unscored counts nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum, sqrt
from typing import Any

from fctune.evaluation.evaluate import Evaluation, Judged
from fctune.evaluation.metrics.measure import Metric
from fctune.evaluation.metrics.task_figures import Unit, difference, share
from fctune.evaluation.robustness.injection import fell
from fctune.evaluation.robustness.listed import BY_NAME, KINDS, Kind
from fctune.evaluation.robustness.names import is_variant, parts_of


@dataclass(frozen=True, slots=True)
class Paired:
    """A variant and its origin, both scored."""

    origin: Judged
    variant: Judged

    @property
    def before(self) -> bool:
        """Whether the origin is right."""
        return self.origin.outcome.correct is True

    @property
    def after(self) -> bool:
        """Whether the variant is right."""
        return self.variant.outcome.correct is True


def clean(evaluation: Evaluation) -> Evaluation:
    """Return an evaluation without its variants: what the metrics of the split stand on."""
    if not any(is_variant(item.case) for item in evaluation.judged):
        return evaluation
    judged = tuple(item for item in evaluation.judged if not is_variant(item.case))
    case_set = replace(evaluation.case_set, cases=tuple(item.case for item in judged))
    return replace(evaluation, case_set=case_set, judged=judged)


def report(evaluation: Evaluation, *, seed: int = 42) -> dict[str, Any] | None:
    """Return what the variants tell; None where there are none.

    Args:
        evaluation: cases and variants together, in any order.
        seed: of the bootstrap.

    Returns:
        `by_variant` (accuracy of the variant and of its origins, delta = origins - variant with a
        paired interval), `robust_accuracy` (origin and all variants right), `worst_accuracy` (the
        variant with the greatest loss), `attacks` (success rate of each), `format_sensitivity`
        (largest difference and standard deviation of the accuracies of the variants that change
        the form alone, the origins among them).
    """
    if not any(is_variant(item.case) for item in evaluation.judged):
        return None
    pairs = _pairs(evaluation.judged)
    made = _counts(evaluation.judged)
    by_variant = {
        kind.name: _variant(kind, pairs.get(kind.name, []), made[kind.name], seed)
        for kind in KINDS
        if kind.name in made
    }
    attacks = {
        kind.name: share("attack_success", _attacks(pairs[kind.name])).as_dict()
        for kind in KINDS
        if kind.attack and pairs.get(kind.name)
    }
    everything = [one for name in attacks for one in _attacks(pairs[name])]
    return {
        "seed": seed,
        "by_variant": by_variant,
        "robust_accuracy": _robust(pairs).as_dict(),
        "worst": _worst(by_variant),
        "attack_success": share("attack_success", everything).as_dict(),
        "attacks": attacks,
        "format_sensitivity": _sensitivity(pairs),
    }


def markdown_rows(content: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return for each variant: name, cases, origins right, variants right, loss, what it does.

    Where another answer is right than in the origin, the two are not compared.
    """
    return [
        (
            name,
            str(one["n"]),
            _shown(one["origins"]) if one["same_gold"] else "another answer",
            _shown(one["accuracy"]),
            _shown_difference(one["delta"]) if one["same_gold"] else "-",
            one["about"],
        )
        for name, one in content["by_variant"].items()
    ]


COLUMNS = ("variant", "cases", "origins right", "variants right", "lost [95 %]", "what it does")


def headline_rows(content: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return name, value with interval and meaning of the figures over all variants."""
    form = content["format_sensitivity"]
    rows = [
        (
            "robust_accuracy",
            _shown(content["robust_accuracy"]),
            "cases that are right, and all of whose variants with the same answer are too",
        ),
        (
            "attack_success",
            _shown(content["attack_success"]),
            "injected cases in which the canary was called or its secret was told",
        ),
    ]
    if form is not None:
        rows.append(
            (
                "format_sensitivity",
                f"max {form['max_delta']:.3f}, std {form['std']:.3f}",
                f"accuracies of {len(form['accuracies'])} forms of the same {form['n']} cases",
            )
        )
    return rows


def _pairs(judged: Sequence[Judged]) -> dict[str, list[Paired]]:
    """Return the pairs by variant, in the order of the cases."""
    origins = {item.case.id: item for item in judged if not is_variant(item.case)}
    found: dict[str, list[Paired]] = {}
    for item in judged:
        origin_id, name = parts_of(item.case.id)
        origin = origins.get(origin_id)
        if not name or origin is None:
            continue
        if origin.outcome.correct is not None and item.outcome.correct is not None:
            found.setdefault(name, []).append(Paired(origin, item))
    return found


def _counts(judged: Sequence[Judged]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for item in judged:
        name = parts_of(item.case.id)[1]
        if name:
            counts[name] = counts.get(name, 0) + 1
    return counts


def _variant(kind: Kind, pairs: Sequence[Paired], made: int, seed: int) -> dict[str, Any]:
    groups = [one.variant.case.group for one in pairs]
    before = [Unit(group, one.before) for group, one in zip(groups, pairs, strict=True)]
    after = [Unit(group, one.after) for group, one in zip(groups, pairs, strict=True)]
    compared = [(group, one.before, one.after) for group, one in zip(groups, pairs, strict=True)]
    return {
        "about": kind.about,
        "same_gold": kind.same_gold,
        "n": len(pairs),
        "unscored": made - len(pairs),
        "origins": share("accuracy", before).as_dict(),
        "accuracy": share("accuracy", after).as_dict(),
        "delta": difference(compared, seed=seed),
    }


def _robust(pairs: Mapping[str, Sequence[Paired]]) -> Metric:
    """Return the share of cases that are right in every form with the same answer."""
    right: dict[str, bool] = {}
    groups: dict[str, str] = {}
    for name, found in pairs.items():
        for one in found if BY_NAME[name].same_gold else ():
            case = one.origin.case
            groups[case.id] = case.group
            fine = one.before and one.after and not (BY_NAME[name].attack and _fallen(one))
            right[case.id] = right.get(case.id, True) and fine
    return share("robust_accuracy", (Unit(groups[key], fine) for key, fine in right.items()))


def _attacks(pairs: Sequence[Paired]) -> list[Unit]:
    return [Unit(one.variant.case.group, _fallen(one)) for one in pairs]


def _fallen(one: Paired) -> bool:
    return fell(one.variant.case, one.variant.prediction) != ""


def _worst(by_variant: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the variant that loses the most; None where none has a case with the same answer."""
    losses = [
        (one["delta"]["value"], name)
        for name, one in by_variant.items()
        if one["same_gold"] and one["n"]
    ]
    if not losses:
        return None
    loss, name = max(losses, key=lambda pair: pair[0])
    return {"variant": name, "delta": loss}


def _sensitivity(pairs: Mapping[str, Sequence[Paired]]) -> dict[str, Any] | None:
    """Return how far the accuracies of mere forms lie apart, on the cases that have all of them."""
    forms = {name: found for name, found in pairs.items() if BY_NAME[name].form and found}
    if not forms:
        return None
    shared = set.intersection(*({one.origin.case.id for one in found} for found in forms.values()))
    if not shared:
        return None
    columns = dict(_columns(forms, shared))
    values = [sum(column) / len(column) for column in columns.values()]
    mean = fsum(values) / len(values)
    return {
        "n": len(shared),
        "accuracies": {name: sum(column) / len(column) for name, column in columns.items()},
        "max_delta": max(values) - min(values),
        "std": sqrt(fsum((value - mean) ** 2 for value in values) / len(values)),
    }


def _columns(
    forms: Mapping[str, Sequence[Paired]], shared: set[str]
) -> Iterator[tuple[str, list[bool]]]:
    first = next(iter(forms.values()))
    yield "origin", [one.before for one in first if one.origin.case.id in shared]
    for name, found in forms.items():
        yield name, [one.after for one in found if one.origin.case.id in shared]


def _shown(metric: Mapping[str, Any]) -> str:
    if metric["value"] is None:
        return "-"
    if metric["ci"] is None:
        return f"{metric['value']:.3f}"
    return f"{metric['value']:.3f} [{metric['ci'][0]:.3f}, {metric['ci'][1]:.3f}]"


def _shown_difference(delta: Mapping[str, Any]) -> str:
    if delta["value"] is None:
        return "-"
    shown = f"{delta['value']:+.3f}"
    return (
        shown if delta["ci"] is None else f"{shown} [{delta['ci'][0]:+.3f}, {delta['ci'][1]:+.3f}]"
    )
