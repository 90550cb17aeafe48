r"""One case as the body of a chat completion request.

Input: an EvalCase, whose messages stand in the engine's roles and in the text of the dataset.
Output: `messages` and `tools` of the request. Two ways of writing them:

openai        calls as `tool_calls` with ids, one `tool` message for each result, lawful names
llamafactory  the engine's own roles and text, so that the server's prompt is that of training:
              its reader of `tool_calls` would encode arguments twice, and refuse two results

Before: user "Where is A1?", function '{"name": "track", "arguments": {"id": "A1"}}'
After:  {"role": "assistant", "content": "", "tool_calls": [{"id": "c00010000", ...}]}
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from fctune.conversations.families import RESULT_SEPARATOR, ResultJoiner, split_results
from fctune.conversations.tags import CLOSE, OPEN
from fctune.engine.templates import ENGINE_ROLES, EngineMessage
from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.decode import call_of
from fctune.evaluation.endpoint.tool_names import WireNames
from fctune.evaluation.strict_json import whole_json
from fctune.tools.spec import ToolCall, ToolCatalog

# llamafactory 0.9.5 api/chat.py ROLE_MAPPING: the names under which it takes the engine's roles.
_LLAMAFACTORY_ROLES = {
    ENGINE_ROLES["user"]: "user",
    ENGINE_ROLES["model"]: "assistant",
    ENGINE_ROLES["call"]: "function",
    ENGINE_ROLES["result"]: "tool",
}


class NotAskable(Exception):
    """A case cannot be written as a request; the message says why."""


def engine_request(case: EvalCase) -> dict[str, Any]:
    """Return messages and tools in the words of the engine, for `llamafactory-cli api`."""
    messages = [
        {"role": _LLAMAFACTORY_ROLES[message["role"]], "content": message["content"]}
        for message in case.messages
    ]
    names = WireNames({spec.name: spec.name for spec in case.catalog})
    return _body(case, messages, _tools(case.catalog, names))


def openai_request(case: EvalCase, names: WireNames, joiner: ResultJoiner) -> dict[str, Any]:
    """Return messages and tools as the API of OpenAI defines them.

    Args:
        case: what to ask.
        names: the names of its tools in the request.
        joiner: how the template of the cases has joined parallel results.

    Raises:
        NotAskable: a call of the history cannot be read, or results cannot be told apart.
    """
    messages: list[dict[str, Any]] = []
    ids: list[str] = []
    for index, message in enumerate(case.messages):
        role, content = message["role"], message["content"]
        if role == ENGINE_ROLES["call"]:
            words, calls = read_call_turn(content, index)
            ids = [_id(index, number) for number in range(len(calls))]
            written = [_call(id_, call, names) for id_, call in zip(ids, calls, strict=True)]
            messages.append({"role": "assistant", "content": words, "tool_calls": written})
        elif role == ENGINE_ROLES["result"]:
            results = _results(content, len(ids), joiner, index)
            for id_, result in zip(ids, results, strict=True):
                messages.append({"role": "tool", "tool_call_id": id_, "content": result})
            ids = []
        else:
            messages.append({"role": role, "content": content})
    return _body(case, messages, _tools(case.catalog, names))


def read_call_turn(content: str, index: int = 0) -> tuple[str, tuple[ToolCall, ...]]:
    r"""Return the words and the calls of a call turn as the dataset writes it.

    >>> read_call_turn('Wait.\n<tool_call>{"name": "now", "arguments": {}}</tool_call>')
    ('Wait.', (ToolCall(name='now', arguments={}),))

    Raises:
        NotAskable: it holds no calls that can be read.
    """
    calls = _calls(content)
    if calls is not None:
        return "", calls
    # Words may hold the tag as well: the calls are the longest tail that is JSON.
    body, position = content.removesuffix(CLOSE), content.find(OPEN)
    while body != content and position >= 0:
        calls = _calls(body[position + len(OPEN) :])
        if calls is not None:
            return content[:position].removesuffix("\n"), calls
        position = content.find(OPEN, position + 1)
    raise NotAskable(f"messages[{index}]: the calls cannot be read: {content[:80]!r}")


def _calls(text: str) -> tuple[ToolCall, ...] | None:
    value = whole_json(text.strip())
    items: Sequence[Any] = value if isinstance(value, list) else [value]
    try:
        return tuple(call_of(item) for item in items) or None
    except ValueError:
        return None


def _results(text: str, count: int, joiner: ResultJoiner, index: int) -> tuple[str, ...]:
    """Undo the joining of results; a single one stands as it is, but for JSON_TEXT."""
    if count == 1:
        value = whole_json(text) if joiner is ResultJoiner.JSON_TEXT else None
        return (value if isinstance(value, str) else text,)
    if joiner is ResultJoiner.SEPARATOR:
        # Not `split_results`, which would take a list inside one result for several results.
        parts: tuple[str, ...] | None = tuple(text.split(RESULT_SEPARATOR))
    else:
        parts = split_results(text, count)
    if count and parts is not None and len(parts) == count:
        return parts
    raise NotAskable(f"messages[{index}]: the results of {count} calls cannot be told apart")


def _body(case: EvalCase, messages: list[dict[str, Any]], tools: list[Any]) -> dict[str, Any]:
    system = [{"role": "system", "content": case.system}] if case.system else []
    return {"messages": [*system, *messages], **({"tools": tools} if tools else {})}


def _tools(catalog: ToolCatalog, names: WireNames) -> list[dict[str, Any]]:
    """Return the tools; description and parameters always stand, as some servers answer 422."""
    return [
        {"type": "function", "function": {**spec.as_dict(), "name": names.wire[spec.name]}}
        for spec in catalog
    ]


def _call(id_: str, call: ToolCall, names: WireNames) -> dict[str, Any]:
    arguments = json.dumps(dict(call.arguments), ensure_ascii=False)
    name = names.wire.get(call.name, call.name)
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}


def _id(turn: int, number: int) -> str:
    """Return the id of a call: nine letters and digits, the only form that Mistral takes."""
    return f"c{turn % 10_000:04d}{number % 10_000:04d}"


def names_of(case: EvalCase) -> WireNames:
    """Return the names on the wire for the tools of a case, and for those that it has called."""
    called = [
        call.name
        for message in case.messages
        if message["role"] == ENGINE_ROLES["call"]
        for call in _called(message)
    ]
    return WireNames.of([*case.catalog.names, *called])


def _called(message: EngineMessage) -> tuple[ToolCall, ...]:
    try:
        return read_call_turn(message["content"])[1]
    except NotAskable:
        return ()
