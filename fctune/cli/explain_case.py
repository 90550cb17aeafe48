"""One case's whole story in the terminal, for `fctune score --explain ID`."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from fctune.cli.output import out
from fctune.errors import UsageFault

if TYPE_CHECKING:
    from fctune.evaluation.evaluate import Evaluation


def show_case(evaluation: Evaluation, case_id: str, *, json: bool) -> None:
    """Print the story of one case.

    Args:
        evaluation: the judged cases.
        case_id: which of them.
        json: as one JSON document.

    Raises:
        UsageFault: no case has that id; the hint names near ones.
    """
    from fctune.evaluation.report.explain import explain
    from fctune.evaluation.report.explain_text import story_lines

    judged = {item.case.id: item for item in evaluation.judged}
    if case_id not in judged:
        close = difflib.get_close_matches(case_id, judged, n=3, cutoff=0.5)
        near = close or [key for key in judged if case_id in key][:3] or list(judged)[:3]
        raise UsageFault(
            f"no case has the id {case_id!r}",
            where=str(evaluation.case_set.path),
            hint=f"did you mean {', '.join(near)}?",
        )
    item = judged[case_id]
    story = explain(
        item.case, item.prediction, item.outcome, evaluation.mode, evaluation.comparators
    )
    if json:
        out.json(story.as_dict())
        return
    for text, style in story_lines(story):
        out.styled([(text, style)])
