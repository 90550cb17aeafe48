r"""A row as people look at it: who said what, with calls taken out of their JSON.

Input: the parsed row and its entry of dataset_info.json, which says how its turns are written.
Output: a SeenRow. Nothing is judged here: what cannot be read is shown as it is written.

Before: {"conversations": [{"from": "human", "value": "Time?"}, {"from": "function_call",
         "value": "{\"name\": \"now\", \"arguments\": {}}"}], "tools": "[...]"}
After:  SeenRow(turns=(SeenTurn("user", "Time?"), SeenTurn("call", "", (("now", "{}"),))))
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from fctune.conversations.families import split_results
from fctune.conversations.lesson import classify
from fctune.conversations.tags import OPEN, split_calls
from fctune.conversations.turns import ModelTurn, ResultTurn, UserTurn
from fctune.jsonl.faults import json_kind
from fctune.tools.spec import ToolCall, ToolCatalog, ToolSpec

_TAG_ROLES = {
    "user_tag": "user",
    "assistant_tag": "model",
    "function_tag": "call",
    "observation_tag": "result",
    "system_tag": "system",
}
NO_TURNS = "no turns were found under the columns of dataset_info.json"
_OF_MODEL = ("model", "call")
_SOME_TOOLS = ToolCatalog((ToolSpec("any", "", {"type": "object", "properties": {}}),))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a row beside its text.

    Attributes:
        split: the split of its file.
        row: its line in the file, from 1.
        origin: file and line of the raw row; "" where unknown.
        part: its number among the rows made of one raw row.
        lesson: what it teaches; "" where unknown.
        codes: its issue codes; None where unknown.
        tokens: its length in tokens; 0 where it was not measured.
        marks: what audits found: code, where and message of each.
    """

    split: str
    row: int
    origin: str = ""
    part: int = 0
    lesson: str = ""
    codes: tuple[str, ...] | None = None
    tokens: int = 0
    marks: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SeenTurn:
    """One turn.

    Attributes:
        role: user, model, call, result or system; else the word that the row has.
        written: its text as the row has it, for the engine's template.
        text: its words, without the calls.
        calls: name and arguments of each call, the arguments as JSON.
        results: the texts of parallel results; () where there is one.
    """

    role: str
    written: str
    text: str
    calls: tuple[tuple[str, str], ...] = ()
    results: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenRow:
    """One row of a dataset.

    Attributes:
        facts: where it stands and where it came from.
        raw: the row as parsed; its text where it cannot be parsed.
        system: the system text.
        tools: the tools, as parsed.
        tools_text: the tools as the row has them.
        turns: who said what.
        fault: why it cannot be read; "" where it can.
        tools_key: the column of the tools.
        line: of a row that cannot be read, its line in its file, from 1; else 0.
    """

    facts: Facts
    raw: Any
    system: str = ""
    tools: tuple[Mapping[str, Any], ...] = ()
    tools_text: str = ""
    turns: tuple[SeenTurn, ...] = field(default=())
    fault: str = ""
    tools_key: str = "tools"
    line: int = 0

    @property
    def raw_tools(self) -> Any:
        """The tools column as it is in the row; None where there is none."""
        return self.raw.get(self.tools_key) if isinstance(self.raw, Mapping) else None

    @property
    def lesson(self) -> str:
        """What the row teaches: as prepared, else told from its turns; "" where it is damaged."""
        return self.facts.lesson or ("" if self.fault else _lesson(self))

    @property
    def tool_names(self) -> tuple[str, ...]:
        """The names of the tools that the model sees."""
        return tuple(tool_name(tool) for tool in self.tools)

    @property
    def called(self) -> tuple[str, ...]:
        """The names of the calls, in order."""
        return tuple(name for turn in self.turns for name, _ in turn.calls)

    def texts(self) -> Iterator[str]:
        """Yield all that is said, asked, called and returned; the tools are left out."""
        yield self.system
        for turn in self.turns:
            yield turn.text
            for name, arguments in turn.calls:
                yield f"{name} {arguments}"
        if self.fault:
            yield str(self.raw)


def seen_row(value: Any, facts: Facts, entry: Mapping[str, Any]) -> SeenRow:
    """Return a parsed row as people look at it.

    Args:
        value: the row.
        facts: where it stands.
        entry: formatting, columns and tags, as `place.Part` has them.
    """
    if not isinstance(value, Mapping):
        return SeenRow(facts, value, fault=f"got {json_kind(value)}, expected an object")
    columns = entry["columns"]
    if entry.get("formatting") == "alpaca":
        turns: tuple[SeenTurn, ...] = tuple(_alpaca_turns(value, columns))
    else:
        turns = _turns(value.get(columns.get("messages", "conversations")), entry["tags"])
    system = _text(value.get(columns.get("system") or "system", ""))
    if not system and turns and turns[0].role == "system":
        system, turns = turns[0].text, turns[1:]
    tools_key = str(columns.get("tools") or "tools")
    tools_text = _text(value.get(tools_key, ""))
    fault = "" if turns else NO_TURNS
    return SeenRow(facts, value, system, _tools(tools_text), tools_text, turns, fault, tools_key)


def tool_name(tool: Mapping[str, Any]) -> str:
    """Return the name of a tool, wrapped as a function or not.

    >>> tool_name({"type": "function", "function": {"name": "now"}})
    'now'
    """
    inner = tool.get("function")
    return str((inner if isinstance(inner, Mapping) else tool).get("name", ""))


def _turns(value: Any, tags: Mapping[str, Any]) -> tuple[SeenTurn, ...]:
    roles = {tags[tag]: role for tag, role in _TAG_ROLES.items() if isinstance(tags.get(tag), str)}
    turns: list[SeenTurn] = []
    for raw in value if isinstance(value, list) else []:
        if not isinstance(raw, Mapping):
            continue
        tag = str(raw.get(tags["role_tag"], "?"))
        role, written = roles.get(tag, tag), _text(raw.get(tags["content_tag"], ""))
        calls = raw.get("tool_calls")
        if isinstance(calls, list) and calls and role == "model":
            turns.append(SeenTurn("call", _text(calls), written, _calls_of(calls)))
            continue
        turns.append(_turn(role, written, turns))
    return tuple(turns)


def _turn(role: str, written: str, before: Sequence[SeenTurn]) -> SeenTurn:
    if role == "call":
        words, tagged = split_calls(written) if OPEN in written else ("", [written])
        calls = tuple(call for text in tagged for call in _calls(text))
        return SeenTurn(role, written, words if calls else written, calls)
    if role == "result":
        count = len(before[-1].calls) if before else 0
        results = split_results(written, count) if count > 1 else None
        return SeenTurn(role, written, written, results=results or ())
    return SeenTurn(role, written, written)


def _alpaca_turns(value: Mapping[str, Any], columns: Mapping[str, Any]) -> Iterator[SeenTurn]:
    """Yield history, prompt with query, and response, which the engine joins with a newline."""
    history = value.get(columns.get("history", "history"))
    for pair in history if isinstance(history, list) else []:
        if isinstance(pair, list):
            for role, text in zip(("user", "model"), pair, strict=False):
                yield SeenTurn(role, _text(text), _text(text))
    keys = (columns.get("prompt", "instruction"), columns.get("query", "input"))
    asked = "\n".join(text for key in keys if (text := _text(value.get(key, ""))))
    answer = value.get(columns.get("response", "output"))
    if asked:
        yield SeenTurn("user", asked, asked)
    if answer is not None:
        yield SeenTurn("model", _text(answer), _text(answer))


def _calls(text: str) -> tuple[tuple[str, str], ...]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    return _calls_of(value if isinstance(value, list) else [value])


def _calls_of(values: Sequence[Any]) -> tuple[tuple[str, str], ...]:
    calls = []
    for value in values:
        inner = value.get("function", value) if isinstance(value, Mapping) else None
        if not isinstance(inner, Mapping) or "name" not in inner:
            return ()
        calls.append((str(inner["name"]), _text(inner.get("arguments", ""))))
    return tuple(calls)


def _tools(text: str) -> tuple[Mapping[str, Any], ...]:
    if not text:
        return ()
    try:
        value = orjson.loads(text)
    except ValueError:
        return ()
    listed = value if isinstance(value, list) else [value]
    return tuple(tool for tool in listed if isinstance(tool, Mapping))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _lesson(row: SeenRow) -> str:
    """Return the lesson of a row without sidecar, told from its turns alone."""
    turns: list[UserTurn | ModelTurn | ResultTurn] = []
    for turn in row.turns:
        if turn.role in _OF_MODEL:
            calls = tuple(ToolCall(name, {}) for name, _ in turn.calls)
            turns.append(ModelTurn(turn.text, calls))
        else:
            turns.append(ResultTurn((turn.text,)) if turn.role == "result" else UserTurn(turn.text))
    return classify(_SOME_TOOLS if row.tools else ToolCatalog(()), turns).value
