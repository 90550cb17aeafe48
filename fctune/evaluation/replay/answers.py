"""Recorded answers of OpenAI-compatible servers, and the output of the batch API.

Input: a row that holds a chat completion, under one of the keys that people keep it under. Output:
Prediction. Names that were made lawful for the server come back as the dataset's own. A row that
tells of an error has no answer (`infra_error`), and so has one that is no chat completion.

Before: {"custom_id": "a#1", "response": {"status_code": 200, "body": {"choices": [...]}}}
        {"id": "a#1", "choices": [...]}
After:  Prediction("a#1", None, Decoded(calls), "stop")
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.evaluation.decode import Decoder
from fctune.evaluation.endpoint.answer import AnswerReader, BadAnswer, message_of
from fctune.evaluation.endpoint.tool_names import WireNames
from fctune.evaluation.predict import Prediction
from fctune.tools.spec import ToolCatalog

_OK = 200


def is_answer(row: Mapping[str, Any]) -> bool:
    """Tell whether a row holds an answer of a server."""
    if "choices" in row or ("custom_id" in row and "response" in row):
        return True
    response = row.get("response")
    return isinstance(response, Mapping) and ("choices" in response or "body" in response)


def answered(
    row: Mapping[str, Any], case_id: str, catalog: ToolCatalog, decoder: Decoder | None
) -> Prediction:
    """Return what the server answered.

    Args:
        row: one for which `is_answer` holds.
        case_id: the case that was asked.
        catalog: its tools.
        decoder: reads calls out of text; None takes text for words.
    """
    body = _body(row)
    if isinstance(body, str):
        return Prediction(case_id, None, finish_reason="error", error=body)
    try:
        answer = AnswerReader(catalog, WireNames.of(catalog.names), decoder).read(body)
    except BadAnswer as fault:
        error = f"the recorded answer cannot be read: {fault}"
        return Prediction(case_id, None, finish_reason="error", error=error)
    return Prediction(
        case_id=case_id,
        text=answer.text,
        decoded=answer.decoded,
        finish_reason=answer.finish_reason,
        prompt_tokens=answer.prompt_tokens,
        output_tokens=answer.output_tokens,
    )


def _body(row: Mapping[str, Any]) -> Any:
    """Return the chat completion of a row, or why there is none as text."""
    if "choices" in row:
        return row
    response = row.get("response")
    if not isinstance(response, Mapping):
        return f"the recording tells of an error: {message_of(row.get('error'))}"
    body = response.get("body", response)
    status = response.get("status_code", _OK)
    if status != _OK:
        return f"the recording tells of HTTP {status}: {message_of(body)}"
    return body if isinstance(body, Mapping) else {}
