r"""Generations of Langfuse: what was asked in `input`, the answer in `output`.

Input: an observation whose input is a list of messages, an object with `messages` and `tools`, or
the JSON text of either, as its CSV and JSONL exports write it. Output: a Draft, by the reader of
the vendor's rows. Each observation of a trace repeats the turns before it; rows that another one
begins with are found when the whole set is looked through.

Before: {"type": "GENERATION", "input": "{\"messages\": [...], \"tools\": [...]}",
         "output": "{\"role\": \"assistant\", \"content\": \"Noon.\"}"}
After:  the Draft of {"messages": [..., assistant "Noon."], "tools": [...]}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.conversations.draft import Draft
from fctune.conversations.formats import langchain
from fctune.conversations.formats.exchange import is_answer, joined, read_inner
from fctune.conversations.formats.parts import messages_of
from fctune.tools.imports.shapes import json_value

_ASKED = ("messages", "contents", "input")
_TOOL_KEYS = ("function", "input_schema", "parameters", "toolSpec")
_MARKS = ("traceId", "trace_id", "observationId", "modelParameters", "model_parameters")


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether a row is a generation, or has its marks, and was asked something."""
    kind = row.get("type")
    is_generation = isinstance(kind, str) and kind.upper() == "GENERATION"
    if "input" not in row or "output" not in row or "instruction" in row:
        return False
    if not is_generation and not any(mark in row for mark in _MARKS):
        # Other tracers have the same two keys: an answer and what it answers must be plain.
        answer = json_value(row["output"])
        if isinstance(row["input"], str) or not isinstance(answer, Mapping):
            return False
        return is_answer(answer) and bool(_request(row))
    return bool(_request(row))


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    answer = json_value(row.get("output"))
    if isinstance(answer, list):
        answer = answer[0] if len(answer) == 1 else answer
    if isinstance(answer, Mapping) and isinstance(answer.get("completion"), str):
        answer = answer["completion"]
    elif isinstance(answer, Mapping) and not is_answer(answer):
        # Not a message: what the model said is JSON itself.
        answer = row.get("output")
    if answer is not None and not isinstance(answer, list) and not _is_message(answer):
        answer = {"role": "assistant", "content": answer}
    whole = dict(joined(_request(row), answer))
    if isinstance(whole.get("messages"), list):
        whole["messages"], listed = _sorted_out(whole["messages"])
        if not whole.get("tools") and listed:
            whole["tools"] = listed
    return read_inner(whole)


def _is_message(answer: Any) -> bool:
    return isinstance(answer, Mapping) and is_answer(answer)


def _request(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was asked as a request; {} where it is none."""
    asked = json_value(row.get("input"))
    tools = _tools_of(row)
    if isinstance(asked, str) and asked.strip():
        request: dict[str, Any] = {"messages": [{"role": "user", "content": asked}]}
    elif isinstance(asked, list) and messages_of({"messages": asked}):
        request = {"messages": asked}
    elif isinstance(asked, Mapping) and any(asked.get(key) for key in _ASKED):
        request = dict(asked)
    else:
        return {}
    if tools is not None and not request.get("tools") and not request.get("functions"):
        request["tools"] = tools
    return request


def _tools_of(row: Mapping[str, Any]) -> Any:
    for key in ("modelParameters", "model_parameters", "metadata"):
        value = json_value(row.get(key))
        if isinstance(value, Mapping) and value.get("tools"):
            return json_value(value["tools"])
    return row.get("tools")


def _sorted_out(messages: list[Any]) -> tuple[list[Any], list[Any]]:
    """Return the messages, and the tools that Langfuse's handler for LangChain puts among them."""
    kept: list[Any] = []
    tools: list[Any] = []
    for message in messages:
        content = message.get("content") if isinstance(message, Mapping) else None
        if isinstance(content, Mapping) and any(key in content for key in _TOOL_KEYS):
            tools.append(content)
        else:
            kept.append(langchain.plain_message(message))
    return kept, tools
