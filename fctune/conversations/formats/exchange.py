"""Logs of requests: what was asked of a vendor's interface, and its answer, in one row.

Input: {"request": {...}, "response": {...}} of any vendor, as gateways write it, bodies perhaps as
JSON text. Output: a Draft, by the reader of that vendor's rows: the answer becomes the last turn
of what was asked.

Before: {"request": {"messages": [user], "tools": [...]}, "response": {"choices": [{"message":
         {"role": "assistant", "tool_calls": [...]}}]}}
After:  the Draft of {"messages": [user, assistant], "tools": [...]}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.draft import Draft
from fctune.conversations.formats import (
    anthropic,
    bedrock,
    gemini,
    langchain,
    mistral,
    openai,
    openai_responses,
    vercel,
)
from fctune.tools.imports.shapes import json_value

_REQUEST = ("request", "request_body", "requestBody", "params", "body", "inputs")
_RESPONSE = ("response", "response_body", "responseBody", "result", "output")
_ASKED = ("messages", "contents", "input")
_INNER = (
    (gemini.detect, gemini.read),
    (openai_responses.detect, openai_responses.read),
    (bedrock.detect, bedrock.read),
    (anthropic.detect, anthropic.read),
    (vercel.detect, vercel.read),
    (langchain.detect, langchain.read),
    (mistral.detect, mistral.read),
)


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a row holds an answer of some interface, and what was asked."""
    request, answer = _parts(row)
    return request is not None and answer is not None


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    request, answer = _parts(row)
    return read_inner(joined(request or {}, answer))


def read_inner(row: Mapping[str, Any]) -> Draft:
    """Read a request, its answer joined to it, by the reader of the interface that it is of."""
    for detect_inner, read_as in _INNER:
        if detect_inner(row):
            return read_as(row)
    return openai.read(row)


def joined(request: Mapping[str, Any], answer: Any) -> Mapping[str, Any]:
    """Return a request with the answer behind it; without one, the request.

    Args:
        request: what was asked, as the interface takes it.
        answer: a response of the interface, or the message in it.
    """
    answer = json_value(answer)
    if isinstance(answer, list):
        key = next((key for key in _ASKED if isinstance(request.get(key), list)), _ASKED[0])
        return {**request, key: [*(request.get(key) or []), *answer]}
    if not isinstance(answer, Mapping):
        return request
    if isinstance(answer.get("output"), list):
        return {**request, "output": answer["output"]}
    key, message = _message_of(answer)
    asked = request.get(key)
    before = asked if isinstance(asked, list) else []
    return {**request, key: before if message is None else [*before, message]}


def _parts(row: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, Any]:
    """Return what was asked and the answer; None where there is none."""
    answer = _body(row, _RESPONSE)
    if answer is None and isinstance(row.get("choices"), list):
        answer = row
    if answer is None or not is_answer(answer):
        return None, None
    request = _body(row, _REQUEST) or row
    if not any(request.get(key) is not None for key in _ASKED):
        return None, None
    extra = row.get("model_parameters", row.get("optional_params"))
    if request.get("tools") is None and isinstance(extra, Mapping) and "tools" in extra:
        request = {**request, "tools": extra["tools"]}
    return {key: json_value(value) for key, value in request.items()}, answer


def _body(row: Mapping[str, Any], keys: tuple[str, ...]) -> Mapping[str, Any] | None:
    """Return the first of some keys that holds an object, or the `body` within it."""
    for key in keys:
        value = json_value(row.get(key))
        if isinstance(value, Mapping):
            inner = json_value(value.get("body"))
            return inner if isinstance(inner, Mapping) else value
    return None


def is_answer(value: Mapping[str, Any]) -> bool:
    """Tell whether an object is a response of some interface, or the message of one."""
    if isinstance(value.get("output"), list):
        return True
    return _message_of(value)[1] is not None


def _message_of(answer: Mapping[str, Any]) -> tuple[str, Any]:
    """Return the message of an answer, and the key of the messages that it follows."""
    choice = _first(answer.get("choices"))
    if isinstance(choice, Mapping) and isinstance(choice.get("message"), Mapping):
        return "messages", {"role": "assistant", **choice["message"]}
    candidate = _first(answer.get("candidates"))
    if isinstance(candidate, Mapping) and isinstance(candidate.get("content"), Mapping):
        return "contents", {"role": "model", **candidate["content"]}
    output = answer.get("output")
    if isinstance(output, Mapping) and isinstance(output.get("message"), Mapping):
        return "messages", output["message"]
    if isinstance(answer.get("message"), Mapping):
        return "messages", {"role": "assistant", **answer["message"]}
    says = any(key in answer for key in ("content", "tool_calls", "parts"))
    if says and ("role" in answer or answer.get("type") in ("message", "ai")):
        return ("contents" if "parts" in answer else "messages"), _message(answer)
    return "messages", None


def _message(answer: Mapping[str, Any]) -> dict[str, Any]:
    kept = (
        "content",
        "parts",
        "tool_calls",
        "function_call",
        "refusal",
        "reasoning_content",
        "data",
    )
    role = answer.get("role", "assistant")
    found = {key: answer[key] for key in (*kept, "additional_kwargs") if key in answer}
    if "type" in answer and answer["type"] != "message":
        found["type"] = answer["type"]
    return {"role": role, **found}


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None
