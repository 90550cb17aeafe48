"""How `eval` and `score` show a report, and when they fail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fctune.cli.gates import Gates, conclude
from fctune.cli.output import out

if TYPE_CHECKING:
    from fctune.evaluation.report import Report


def show_report(report: Report, folder: Path, *, json: bool, gates: Gates | None = None) -> None:
    """Print the metrics, or results.json itself; warn about rows and cases that do not count.

    Args:
        report: the measured evaluation, written already.
        folder: where it is.
        json: print results.json.
        gates: what the results must keep; None for no more than the limit of unscored cases.

    Raises:
        ProblemsFound: so many cases are unscored that the metrics do not stand for the split, or
            a gate does not hold.
    """
    content = report.as_dict()
    if json:
        out.json(content)
    else:
        _show(report, content)
    out.note(f"report: {folder / 'report.md'}")
    if rejected := content["data"]["rejected"]:
        codes = ", ".join(f"{code} {n}" for code, n in content["data"]["rejected_by_code"].items())
        out.warn(f"{rejected} of {content['data']['rows']} rows were not asked: {codes}")
    conclude(gates or Gates(), content, folder, report.evaluation.outcomes)


def _show(report: Report, content: dict[str, object]) -> None:
    from fctune.evaluation.page import metric_rows

    accuracy = report.metrics["function_accuracy"]
    out.data(
        f"function accuracy ({content['mode']}): {accuracy.shown()}; {content['n']} cases = "
        f"{content['correct']} correct + {content['wrong']} wrong + {content['unscored']} unscored"
    )
    out.data("")
    counted = {name: metric for name, metric in report.metrics.items() if metric.den}
    out.table(("metric", "value [95 %]", "num / den", "cases"), metric_rows(counted))
    counts = content["outcomes"]
    rows = [(name, str(n)) for name, n in counts.items() if n] if isinstance(counts, dict) else []
    out.data("")
    out.table(("outcome", "cases"), rows)
