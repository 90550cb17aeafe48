"""The lines of predictions.jsonl: one raw answer for each case, with all that judging it takes.

Input: a judged case. Output: a JSON-ready row, which `fctune score` reads and people can look at.
"""

from __future__ import annotations

from typing import Any

from fctune.evaluation.evaluate import Judged


def prediction_row(item: Judged) -> dict[str, Any]:
    """Return the line of one case."""
    case, prediction, outcome = item.case, item.prediction, item.outcome
    decoded = prediction.decoded
    row = {
        "id": case.id,
        "group": case.group,
        "lesson": case.lesson,
        "tags": list(outcome.tags),
        "origin": str(case.origin),
        "system": case.system,
        "messages": [dict(message) for message in case.messages],
        "question": case.messages[-1]["content"] if case.messages else "",
        "gold": {"calls": [call.as_dict() for call in case.calls], "text": case.text},
        "missing": list(case.missing),
        "text": prediction.shown_text,
        "calls": [call.as_dict() for call in decoded.calls],
        "words": decoded.text,
        "decision": {
            "expected": outcome.expected.value if outcome.expected else None,
            "decided": outcome.decided.value if outcome.decided else None,
        },
        "outcome": outcome.outcome.value,
        "reason": outcome.reason,
        "finish_reason": prediction.finish_reason,
        "prompt_tokens": prediction.prompt_tokens,
        "output_tokens": prediction.output_tokens,
        "error": prediction.error,
        "tools": case.tools if case.tools_told else None,
    }
    if decoded.repaired is not None:
        row["repaired"] = [call.as_dict() for call in decoded.repaired]
        row["repairs"] = list(decoded.repairs)
    if prediction.text is None and decoded.malformed:
        # Recorded as calls: no decoder could tell the fault from the text.
        row["malformed"] = decoded.detail
    return row
