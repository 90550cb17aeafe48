"""Gates on the command line: their options, and how a verb ends by them.

Input: options of `score` and `eval`, and the results that the verb wrote. Output: one line for each
gate on stderr, a JUnit file where one is wanted, and ProblemsFound where a gate does not hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fctune.cli.output import out
from fctune.errors import ProblemsFound, UsageFault

if TYPE_CHECKING:
    from fctune.evaluation.comparison.gates import Gate, GateResult
    from fctune.evaluation.comparison.results import Run
    from fctune.evaluation.outcomes.judge import EvalOutcome

MinOpt = Annotated[
    list[str] | None,
    typer.Option(
        "--min",
        metavar="METRIC=NUMBER",
        help="Fail where a metric is lower; METRIC.lo for the lower end of its interval, "
        "METRIC@SLICE for a lesson, tag or tool. May be repeated.",
        show_default=False,
    ),
]
MaxOpt = Annotated[
    list[str] | None,
    typer.Option(
        "--max",
        metavar="METRIC=NUMBER",
        help="Fail where a metric is higher, such as over_call_rate=0.05. May be repeated.",
        show_default=False,
    ),
]
NoRegressionOpt = Annotated[
    Path | None,
    typer.Option(
        "--no-regression",
        help="Fail where this run is shown to be worse than the one of that result folder.",
        show_default=False,
    ),
]
ToleranceOpt = Annotated[
    float,
    typer.Option(
        "--tolerance", help="The loss that --no-regression lets pass, as a share.", min=0, max=1
    ),
]
JunitOpt = Annotated[
    Path | None,
    typer.Option("--junit", help="Write the gates as JUnit XML.", show_default=False),
]

_WORST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Gates:
    """The gates of one call of a verb.

    Attributes:
        limits: of --min and --max.
        baseline: of --no-regression, read before the verb writes anything.
        tolerance: the loss that is let pass.
        junit: where the XML goes.
    """

    limits: tuple[Gate, ...] = ()
    baseline: Run | None = None
    tolerance: float = 0.0
    junit: Path | None = None

    @property
    def given(self) -> bool:
        """Whether the user asked for any."""
        return bool(self.limits or self.baseline or self.junit)


def read_gates(
    least: list[str] | None,
    most: list[str] | None,
    no_regression: Path | None,
    tolerance: float,
    junit: Path | None,
) -> Gates:
    """Read the options before the work begins, so that a slip costs no time.

    Raises:
        UsageFault: a limit is no limit, or names no metric.
        InputFault: the baseline cannot be read.
    """
    if not (least or most or no_regression):
        if tolerance:
            raise UsageFault("stands without --no-regression", where="--tolerance")
        return Gates(junit=junit)
    from fctune.evaluation.comparison.gates import check_metric_names, parse_gates
    from fctune.evaluation.comparison.gates_regression import load_baseline

    limits = parse_gates(least or (), most or ())
    check_metric_names(limits)
    baseline = load_baseline(no_regression) if no_regression is not None else None
    return Gates(limits, baseline, tolerance, junit)


def conclude(
    gates: Gates,
    content: Mapping[str, Any],
    folder: Path,
    outcomes: Iterable[EvalOutcome] = (),
) -> None:
    """Judge all gates and end the verb by them.

    Args:
        gates: as the user gave them.
        content: of results.json.
        folder: where the results are.
        outcomes: of the run, for what failed; empty where they are told apart already.

    Raises:
        ProblemsFound: a gate does not hold, that of rejected rows among them, or too many cases are
            unscored.
    """
    end_by(gates, judge_all(gates, content, folder, outcomes), folder)


def judge_all(
    gates: Gates, content: Mapping[str, Any], folder: Path, outcomes: Iterable[EvalOutcome]
) -> list[GateResult]:
    """Judge all gates, that of unscored cases first, and write the JUnit file.

    Rejected rows are a gate of their own where the user asked for any.
    A verb does so before it prints, so that a reader who goes away early loses no gate.
    """
    from fctune.evaluation.comparison.gates import infra_gate, judge_gates, rejected_gate
    from fctune.evaluation.evaluate import UNSCORED_LIMIT

    listed = list(outcomes)
    first = next((one.reason for one in listed if one.correct is None), "")
    infra = infra_gate(content, UNSCORED_LIMIT, first)
    rejected = rejected_gate(content["data"], UNSCORED_LIMIT) if gates.given else None
    results = [infra, *judge_gates(gates.limits, content, _timing(gates, folder))]
    results += [rejected] if rejected is not None else []
    if gates.baseline is not None:
        from fctune.evaluation.comparison.gates_regression import regression_results
        from fctune.evaluation.comparison.results import load_run

        current = load_run(folder, "this run")
        results += regression_results(gates.baseline, current, gates.tolerance)
    if gates.junit is not None:
        from fctune.evaluation.comparison.junit import write_junit

        write_junit(gates.junit, _with_details(results, listed), suite=str(folder))
    return results


def _timing(gates: Gates, folder: Path) -> Mapping[str, Any]:
    """Return timing.json where a gate is about it, such as `timing.wall_s`."""
    path = folder / "timing.json"
    if not any(gate.metric.startswith("timing.") for gate in gates.limits) or not path.is_file():
        return {}
    from fctune.jsonl import read_json

    content = read_json(path)
    return content if isinstance(content, dict) else {}


def end_by(gates: Gates, results: list[GateResult], folder: Path) -> None:
    """Tell what became of the gates, and fail where one does not hold.

    Raises:
        ProblemsFound: a gate does not hold, or too many cases are unscored.
    """
    if gates.given:
        _show(results)
    if gates.junit is not None:
        out.note(f"junit: {gates.junit}")
    _fail(results, folder)


def _show(results: list[GateResult]) -> None:
    for result in results:
        out.note(f"gate {result.name}: {'ok' if result.passed else 'FAILED'}, {result.message}")


def _with_details(results: list[GateResult], outcomes: list[EvalOutcome]) -> list[GateResult]:
    """Add the first wrong cases to failed limits, so that the CI page shows where to look."""
    from dataclasses import replace

    wrong = [one for one in outcomes if one.correct is not True][:_WORST_SHOWN]
    lines = tuple(f"{one.outcome.value} {one.id}: {one.reason}" for one in wrong)
    return [
        replace(result, details=lines) if not result.passed and not result.details else result
        for result in results
    ]


def _fail(results: list[GateResult], folder: Path) -> None:
    failed = [result for result in results if not result.passed]
    if not failed:
        return
    infra = results[0]
    if not infra.passed:
        raise ProblemsFound(
            infra.message, where=str(folder), hint=f"grep infra_error {folder / 'outcomes.jsonl'}"
        )
    raise ProblemsFound(
        f"{len(failed)} of {len(results)} gates failed: "
        + "; ".join(f"{result.name} ({result.message})" for result in failed),
        where=str(folder),
        hint=_hint(failed, folder),
    )


def _hint(failed: list[GateResult], folder: Path) -> str:
    """Tell how to look at what failed; rows that could not be read are mended or left out first."""
    mended = next((one.hint for one in failed if one.hint), "")
    if not mended:
        return f"read {folder / 'report.md'}"
    listed = folder / "rejected.jsonl"
    where = listed if listed.is_file() else folder / "report.md"
    return f"read {where}; {mended}"
