"""How `eval` and `score` show a report, and when they fail.

Input: a Report that is written. Output: the figures that most users look at, on stdout.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fctune.cli.gates import Gates, end_by, judge_all
from fctune.cli.output import out
from fctune.cli.pipe import reader_may_go
from fctune.dataset.amounts import amount

if TYPE_CHECKING:
    from fctune.evaluation.report.files import Report


# Shown in the terminal; all metrics are in the report.
SHOWN = (
    "function_accuracy", "overall_accuracy", "argument_accuracy", "argument_precision",
    "selection_given_call", "over_call_rate", "missed_call_rate", "decision_accuracy",
    "schema_validity", "hallucinated_tool_rate", "hallucinated_param_rate",
    "ungrounded_value_rate", "ask_rate", "guess_rate", "dialogue_accuracy", "parse_rate",
    "repaired_function_accuracy", "truncated_rate",
)  # fmt: skip


def show_report(report: Report, folder: Path, *, json: bool, gates: Gates | None = None) -> None:
    """Print the metrics, or results.json itself; warn about answers that do not count.

    Args:
        report: the measured evaluation, written already.
        folder: where it is.
        json: print results.json.
        gates: what the results must keep; None for no more than the limit of unscored cases.

    Raises:
        ProblemsFound: so many cases are unscored that the metrics do not stand for the split, or
            a gate does not hold.
    """
    content, wanted = report.as_dict(), gates or Gates()
    results = judge_all(wanted, content, folder, report.evaluation.outcomes)
    with reader_may_go():
        if json:
            out.json(content)
        else:
            _show(report, content)
    _tell(content, folder)
    end_by(wanted, results, folder)


def _tell(content: dict[str, Any], folder: Path) -> None:
    """Tell where the report is, and what does not count; rejected rows are told when read."""
    out.note(f"report: {folder / 'report.html'}, {folder / 'report.md'}")
    if empty := content["empty_answers"]:  # the other remarks are told before the work
        answers = amount(content["n"], "answer is", "answers are")
        out.warn(f"{empty} of {answers} empty: the model produced nothing")


def _show(report: Report, content: dict[str, object]) -> None:
    from fctune.evaluation.report.page import metric_rows

    accuracy = report.metrics["function_accuracy"]
    out.data(
        f"function accuracy ({content['mode']}): {accuracy.shown()}; "
        f"{amount(len(report.evaluation.outcomes), 'case')} = {content['correct']} correct + "
        f"{content['wrong']} wrong + {content['unscored']} unscored"
    )
    out.data("")
    counted = {name: report.metrics[name] for name in SHOWN if report.metrics[name].den}
    out.table(("metric", "value [95 %]", "num / den", "cases"), metric_rows(counted))
    counts = content["outcomes"]
    rows = [(name, str(n)) for name, n in counts.items() if n] if isinstance(counts, dict) else []
    out.data("")
    out.table(("outcome", "cases"), rows)
    if report.extra:
        from fctune.cli.toolset import show_blocks

        out.data("")
        show_blocks(dict(report.extra))
