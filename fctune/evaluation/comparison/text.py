"""A comparison for people: sentences, tables, and compare.md.

Input: a Comparison. Output: text, and the files compare.json and compare.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fctune.dataset.amounts import amount
from fctune.evaluation.comparison.compare import Comparison
from fctune.evaluation.comparison.pairs import NO_DIFFERENCE, Difference, Pairing
from fctune.evaluation.metrics.measure import FEW_CASES
from fctune.evaluation.report.markdown import table
from fctune.jsonl import write_json, write_text

DIFFERENCE_COLUMNS = ("metric", "difference [95 %]", "p", "p (Holm)", "cases", "verdict")
NO_CHANGE = "no case changed"
_READ = (
    "`better` and `worse` are said where the 95 % interval of the difference excludes zero and the "
    "p value, adjusted by Holm, is below 0.05. `no difference shown` means that chance alone "
    "can explain what is seen, not that the runs are equal; where `no case changed`, no test is "
    "made. p is McNemar's exact one where cases "
    "are counted, else that of the bootstrap. Adjusted together are: the primary metrics of all "
    "runs; the other metrics of one group; all slices of one run."
)


def sentence(pairing: Pairing, metric: str) -> str:
    """Return what is shown about one primary metric of a run.

    Args:
        pairing: the run against the first.
        metric: one of its primary metrics.
    """
    found = pairing.primary[metric]
    head = f"{pairing.name} against {pairing.baseline}: "
    if found.value is None or found.n == 0:
        kind = "with a call " if metric == "function_accuracy" else ""
        return f"{head}no case {kind}to compare"
    words = metric.replace("_", " ")
    if found.unchanged:
        cases = amount(found.n, "case")
        return f"{head}{NO_DIFFERENCE} in {words}: {NO_CHANGE}, no test is made ({cases})"
    told = f"{head}{found.verdict} in {words}, {_shown(found)}"
    if found.test is None:
        return told if found.p is None else f"{told}; p = {found.p:.2g}"
    test = found.test
    told += (
        f"; {test.fixes} fixes, {test.regressions} regressions, McNemar p = {test.p_exact:.2g} "
        f"(mid-p {test.p_mid:.2g})"
    )
    if found.p_holm is not None and found.p is not None and found.p_holm > found.p:
        told += f", adjusted by Holm {found.p_holm:.2g}"
    first = next(iter(pairing.primary)) == metric
    if first and pairing.smallest_gain is not None:
        differ = (test.fixes + test.regressions) / pairing.n
        told += (
            f"; where they differ in {differ:.0%} of the cases, as here, {pairing.n} cases show a "
            f"gain of {pairing.smallest_gain:.3f} or more"
        )
    return told


def power_line(pairing: Pairing) -> str:
    """Return the smallest gains that so many cases can show, at stated discordances."""
    parts = [
        f"{gain:.3f} where they differ in {stated:.0%} of the cases"
        for stated, gain in pairing.smallest_gains.items()
        if gain is not None
    ]
    metric = next(iter(pairing.primary))
    if not parts:
        return (
            f"{amount(pairing.n, 'case is', 'cases are')} too few to show any gain in {metric} "
            "where they differ in "
            f"{max(pairing.smallest_gains):.0%} of the cases or fewer."
        )
    return (
        f"The smallest gain in {metric} that {pairing.n} cases show four times in five: "
        f"{', '.join(parts)}."
    )


def metric_rows(pairing: Pairing) -> list[tuple[str, ...]]:
    """Return the table of all metrics of a run against the first."""
    return [_row(name, found) for name, found in pairing.differences.items()]


def slice_rows(pairing: Pairing) -> list[tuple[str, ...]]:
    """Return the table of lessons and tags."""
    many = len({part.metric for part in pairing.slices}) > 1
    return [
        _row(f"{part.name} {part.metric}" if many else part.name, part.difference)
        for part in pairing.slices
    ]


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write compare.json and compare.md."""
    write_json(folder / "compare.json", comparison.as_dict())
    parts = [
        f"# {amount(comparison.n, 'case')}, mode `{comparison.runs[0].mode}`",
        table(("run", *(ratio.name for ratio in comparison.headlines)), comparison.rows()),
        *comparison.sentences(),
        comparison.conclusion,
        _READ,
        *(
            f"{name}: {amount(count, 'case')} unscored"
            for name, count in comparison.unscored.items()
            if count
        ),
    ]
    if comparison.left_out:
        are = amount(comparison.left_out, "case is", "cases are")
        parts.append(f"{are} left out: not every run has all of them.")
    for pairing in comparison.pairings:
        parts += _pages(pairing)
    write_text(folder / "compare.md", "\n\n".join(parts) + "\n")


def _pages(pairing: Pairing) -> list[str]:
    parts = [
        f"## {pairing.name} against {pairing.baseline}: all metrics",
        table(DIFFERENCE_COLUMNS, metric_rows(pairing)),
        power_line(pairing),
    ]
    if pairing.slices:
        named = {part.metric for part in pairing.slices}
        what = f"{named.pop()} " if len(named) == 1 else ""
        parts += [
            f"## {pairing.name} against {pairing.baseline}: {what}by lesson and tag",
            table(("slice", *DIFFERENCE_COLUMNS[1:]), slice_rows(pairing)),
        ]
    for word, ids in (("Fixes", pairing.fixes), ("Regressions", pairing.regressions)):
        parts.append(f"## {word} of {pairing.name}: {len(ids)}\n\n{_listed(ids)}")
    return parts


def _listed(ids: Sequence[str]) -> str:
    return "\n".join(f"- `{case_id}`" for case_id in ids) or "None."


def _row(name: str, found: Difference) -> tuple[str, ...]:
    few = " few" if 0 < found.n < FEW_CASES else ""
    if found.value is None:
        return (name, "-", "-", "-", f"{found.n}{few}", NO_DIFFERENCE)
    said = NO_CHANGE if found.unchanged else found.verdict
    return (name, _shown(found), _p(found.p), _p(found.p_holm), f"{found.n}{few}", said)


def _shown(found: Difference) -> str:
    """Return a difference with its interval, where it has one."""
    if found.interval is None:
        return f"{found.value:+.3f}"
    return f"{found.value:+.3f} [{found.interval.lo:+.3f}, {found.interval.hi:+.3f}]"


def _p(value: float | None) -> str:
    return "-" if value is None else f"{value:.2g}"
