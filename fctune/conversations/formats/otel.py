r"""Spans of OpenTelemetry that hold a conversation: GenAI, OpenLLMetry and OpenInference.

Input: a span with `gen_ai.input.messages` and `gen_ai.output.messages` (lists, or their JSON
text), or with the numbered keys of older conventions, its attributes as an object or as OTLP's
list of keys and values. Output: a Draft. Tools come from the span where it has them; GenAI spans
leave their parameters out by default, so that a file of tools may be needed beside them.

Before: {"attributes": {"gen_ai.output.messages": "[{\"role\": \"assistant\", \"parts\": [{\"type\":
         \"tool_call\", \"id\": \"c1\", \"name\": \"now\", \"arguments\": {}}]}]"}}
After:  model turn with the raw call {"name": "now", "arguments": {}}, id "c1"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fctune.conversations.draft import Draft, RawCall
from fctune.conversations.formats import openai
from fctune.conversations.formats.flat import attributes_of, nested
from fctune.conversations.formats.foreign import foreign_tools
from fctune.conversations.formats.parts import (
    MessageStyle,
    PartTurn,
    Speaker,
    id_text,
    read_messages,
    read_parts,
)
from fctune.issues import issue
from fctune.tools.imports.shapes import json_value

_INPUT = ("gen_ai.input.messages", "pydantic_ai.all_messages")
_OUTPUT = "gen_ai.output.messages"
_SYSTEM = "gen_ai.system_instructions"
_TOOLS = "gen_ai.tool.definitions"
_FLAT = (
    "gen_ai.prompt.0.",
    "gen_ai.completion.0.",
    "llm.input_messages",
    "llm.output_messages",
)
_ROLES: dict[str, Speaker] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "model",
    "tool": "result",
}


def detect(row: Mapping[str, Any]) -> bool:
    """Tell whether the attributes hold messages of one of the conventions, or an export does."""
    exported = _exported(row)
    if exported is not None:
        return any(_holds_messages(attributes_of(span)) for span in _spans(exported, 0))
    return _holds_messages(attributes_of(row))


def expand(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the spans of an OTLP export that hold messages; any other row is itself.

    Spans that wrap others, such as `invoke_agent`, hold the same messages without the calls in
    between: where spans of the model itself are there, only those are taken.
    """
    exported = _exported(row)
    if exported is None:
        return [row]
    spans = [span for span in _spans(exported, 0) if _holds_messages(attributes_of(span))]
    own = [span for span in spans if not _is_wrapper(attributes_of(span))]
    return own or spans or [row]


def _exported(row: Mapping[str, Any]) -> list[Any] | None:
    value = row.get("resourceSpans", row.get("resource_spans"))
    return value if isinstance(value, list) else None


def _holds_messages(flat: Mapping[str, Any]) -> bool:
    return any(key in _INPUT or key == _OUTPUT or key.startswith(_FLAT) for key in flat)


def read(row: Mapping[str, Any]) -> Draft:
    """Translate a row."""
    flat = attributes_of(row)
    genai = any(key in flat for key in (*_INPUT, _OUTPUT))
    draft = _read_genai(flat) if genai else _read_flat(flat)
    if _is_wrapper(flat) and not any(turn.calls for turn in draft.turns):
        found = "got the span of an agent, without the calls between question and answer"
        draft.issues.append(issue("span-without-calls", "", found))
    return draft


def _read_genai(flat: Mapping[str, Any]) -> Draft:
    draft = Draft()
    draft.tools = foreign_tools(flat.get(_TOOLS), draft, _TOOLS)
    head = PartTurn(draft, _SYSTEM, "system")
    read_parts(head, json_value(flat.get(_SYSTEM)), _SYSTEM, _read_part)
    head.close()
    style = MessageStyle(_ROLES, _read_part, ("parts", "content"))
    asked = next((key for key in _INPUT if key in flat), _INPUT[0])
    before = json_value(flat.get(asked))
    answer = json_value(flat.get(_OUTPUT))
    read_messages(before, asked, style, draft)
    # Further choices answer the same question; the first is the one that was used.
    first = answer[:1] if isinstance(answer, list) else []
    if not (isinstance(before, list) and _said(before[-1:]) == _said(first)):
        read_messages(first, _OUTPUT, style, draft)
    return draft


def _said(messages: list[Any]) -> list[Any]:
    return [m.get("parts", m.get("content")) if isinstance(m, Mapping) else m for m in messages]


def _read_part(turn: PartTurn, part: Mapping[str, Any], where: str) -> None:
    kind = part.get("type")
    if kind == "text":
        turn.text(part.get("content", part.get("text")), where)
    elif kind in ("reasoning", "thinking"):
        turn.thought(part.get("content"), where)
    elif kind == "tool_call":
        value = {"name": part.get("name"), "arguments": part.get("arguments")}
        is_text = isinstance(part.get("arguments"), str)
        turn.call(RawCall(value, where, id_text(part.get("id")), text_arguments=is_text))
    elif kind == "tool_call_response":
        key = next((key for key in ("response", "result", "content") if key in part), "response")
        turn.result(part.get(key), where, part.get("id"))
    else:
        turn.refuse(kind, where)


def _read_flat(flat: Mapping[str, Any]) -> Draft:
    """Read numbered keys as messages of OpenAI, which they are."""
    messages = [
        _message(item.get("message", item))
        for prefix in ("gen_ai.prompt", "gen_ai.completion", "llm.input_messages")
        for item in _items(nested(flat, prefix))
    ]
    # Of several answers the first is the one that was used.
    answers = _items(nested(flat, "llm.output_messages"))
    messages += [_message(item.get("message", item)) for item in answers[:1]]
    declared = _items(nested(flat, "llm.request.functions"))
    tools: list[Any] = [
        {**tool, "parameters": json_value(tool.get("parameters"))} for tool in declared
    ]
    for item in _items(nested(flat, "llm.tools")):
        tool = item.get("tool", item)
        tools.append(tool.get("json_schema", tool) if isinstance(tool, Mapping) else tool)
    probe = Draft()
    draft = openai.read({"messages": messages, "tools": foreign_tools(tools or None, probe)})
    draft.issues = [*probe.issues, *draft.issues]
    return draft


def _items(value: Any) -> list[Mapping[str, Any]]:
    value = json_value(value)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _message(raw: Any) -> Any:
    """Return a message as OpenAI writes it."""
    if not isinstance(raw, Mapping):
        return raw
    message: dict[str, Any] = {
        key: raw[key] for key in ("role", "content", "tool_call_id", "function_call") if key in raw
    }
    if "role" not in raw:
        message["role"] = "assistant"
    texts = [item.get("message_content", item) for item in _items(raw.get("contents"))]
    if texts:
        message["content"] = texts
    elif isinstance(raw.get("content"), str):
        message["content"] = _text_in(raw["content"])
    calls = [_call(item.get("tool_call", item)) for item in _items(raw.get("tool_calls"))]
    if calls:
        message["tool_calls"] = calls
    if raw.get("function_call_name"):
        arguments = raw.get("function_call_arguments_json")
        message["function_call"] = {"name": raw["function_call_name"], "arguments": arguments}
    return message


def _text_in(content: str) -> Any:
    """Return content; a list of parts that was written as JSON text becomes one again."""
    value = json_value(content) if '"type"' in content else content
    is_parts = isinstance(value, list) and all(
        isinstance(part, Mapping) and part.get("type") == "text" for part in value
    )
    return value if is_parts and value else content


def _call(raw: Any) -> Any:
    if not isinstance(raw, Mapping) or isinstance(raw.get("function"), Mapping):
        return raw
    return {"id": raw.get("id"), "function": {k: raw.get(k) for k in ("name", "arguments")}}


def _spans(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """Yield the spans within `resourceSpans`, whatever the spelling."""
    for item in value if isinstance(value, list) and depth < 4 else []:
        if isinstance(item, Mapping):
            yield from _inner_spans(item, depth)


def _inner_spans(item: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    keys = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans", "spans")
    inner = [item[key] for key in keys if isinstance(item.get(key), list)]
    if not inner:
        yield item
    for spans in inner:
        yield from _spans(spans, depth + 1)


def _is_wrapper(flat: Mapping[str, Any]) -> bool:
    kind = flat.get("openinference.span.kind")
    return flat.get("gen_ai.operation.name") == "invoke_agent" or kind in ("AGENT", "CHAIN")
