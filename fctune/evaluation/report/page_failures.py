"""Failures for report.md: some of each outcome, with what was asked, what was due and what came.

Input: judged cases. Output: parts of a Markdown page; nothing in them can break out of its place.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from fctune.evaluation.evaluate import Judged
from fctune.evaluation.report.markdown import verbatim

FAILURES_SHOWN = 10
_MAX_TEXT = 2000


def failures(judged: Sequence[Judged]) -> list[str]:
    """Return the section of failures."""
    shown = _varied([item for item in judged if item.outcome.correct is not True])
    if not shown:
        return ["## Failures", "None."]
    parts = [f"## Failures ({len(shown)} shown; all are in predictions.jsonl)"]
    for item in shown:
        case, outcome = item.case, item.outcome
        gold = [call.as_dict() for call in case.calls]
        said = item.prediction.shown_text
        if said is None:
            calls = [call.as_dict() for call in item.prediction.decoded.calls]
            said = json.dumps(calls, ensure_ascii=False)
        asked = case.messages[-1]["content"] if case.messages else ""
        parts += [
            f"### {outcome.outcome.value}: `{case.id}` ({case.lesson}, {case.origin})",
            verbatim(outcome.reason),
            "asked",
            verbatim(_short(asked)),
            "gold",
            verbatim(_short(json.dumps(gold, ensure_ascii=False) if gold else case.text)),
            "got",
            verbatim(_short(said)),
        ]
    return parts


def _varied(found: Sequence[Judged]) -> list[Judged]:
    """Return some failures, one of each outcome in turn, so that the rare ones are seen too."""
    queues: dict[str, list[Judged]] = {}
    for item in found:
        queues.setdefault(item.outcome.outcome.value, []).append(item)
    in_turn = [
        item
        for place in range(FAILURES_SHOWN)
        for queue in queues.values()
        for item in queue[place : place + 1]
    ]
    return in_turn[:FAILURES_SHOWN]


def _short(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + " ..."
