"""Answers as rows of a journal, and back, whole.

Input: a Prediction, the digest of its prompt. Output: a JSON-ready row; or the Prediction again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from fctune.evaluation.decode import Decoded
from fctune.evaluation.predict import Prediction
from fctune.tools.spec import ToolCall


def row_of(prediction: Prediction, digest: str) -> dict[str, Any]:
    """Return the row of an answer.

    Args:
        prediction: the answer.
        digest: of its prompt.
    """
    decoded = prediction.decoded
    row: dict[str, Any] = {"id": prediction.case_id, "prompt": digest}
    for each in fields(Prediction):
        if each.name not in ("case_id", "decoded"):
            row[each.name] = getattr(prediction, each.name)
    row["decoded"] = {each.name: getattr(decoded, each.name) for each in fields(Decoded)}
    for name in ("calls", "repaired"):
        calls = getattr(decoded, name)
        row["decoded"][name] = calls and [call.as_dict() for call in calls]
    return row


def prediction_of(row: Mapping[str, Any]) -> Prediction:
    """Return the answer that a row holds; the other way of `row_of`."""
    values = dict(row)
    values["case_id"] = values.pop("id")
    del values["prompt"]
    decoded = dict(values["decoded"])
    decoded["repairs"] = tuple(decoded["repairs"])
    decoded["calls"] = _calls(decoded["calls"] or [])
    if decoded["repaired"] is not None:
        decoded["repaired"] = _calls(decoded["repaired"])
    values["decoded"] = Decoded(**decoded)
    return Prediction(**values)


def _calls(rows: Sequence[Mapping[str, Any]]) -> tuple[ToolCall, ...]:
    return tuple(ToolCall(row["name"], row["arguments"]) for row in rows)
