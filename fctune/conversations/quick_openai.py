r"""Messages of clean OpenAI rows, straight from the parsed row.

Input: the messages of a row. Output: Said, or None where anything about them is not plain.

Before: [{"role": "user", "content": "Time?"}, {"role": "assistant", "content": null,
         "tool_calls": [{"id": "a", "type": "function",
                         "function": {"name": "now", "arguments": "{}"}}]}]
After:  Said(rows=[..., {"from": "function_call", "value": "{\"name\": \"now\", ..."}], shape="uc1")
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from fctune.conversations.families import Family, ResultJoiner
from fctune.conversations.identity import number_of, token
from fctune.conversations.quick_plan import Plan, PlanTable
from fctune.conversations.quick_tools import ToolEntry
from fctune.conversations.quick_turns import (
    check_call,
    exactly,
    plain,
    shallow,
)
from fctune.conversations.quick_write import holds_mark, write
from fctune.conversations.tags import CLOSE, OPEN

_MESSAGE_KEYS = {
    "system": frozenset({"role", "content"}),
    "user": frozenset({"role", "content", "name"}),
    "assistant": frozenset({"role", "content", "tool_calls", "name"}),
    "tool": frozenset({"role", "content", "tool_call_id", "name"}),
}
_CALL_KEYS = frozenset({"id", "type", "function", "index"})
_LISTS = (list, type(None))


@dataclass(slots=True)
class _Reading:
    """What was said so far: private to this module, thrown away after the row."""

    entry: ToolEntry
    family: Family
    rows: list[dict[str, str]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    calls: list[list[Any]] = field(default_factory=list)
    hashes: list[int] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)

    def say(self, step: str, role: str, text: str, value: str) -> None:
        """Add a turn."""
        if self.results:
            self.close_results()
        self.steps.append(step)
        self.texts.append(text)
        self.rows.append({"from": role, "value": value})

    def assistant(self, message: dict[str, Any]) -> None:
        """Read a message of the model."""
        text, made = message.get("content"), message.get("tool_calls")
        if text is None:
            text = ""
        if type(text) is not str or type(made) not in _LISTS:
            raise ValueError
        if made:
            self.calling("" if text.isspace() else text, made)
        else:
            self.say("m", "gpt", text, text)

    def calling(self, text: str, made: list[Any]) -> None:
        """Read the calls of a message, and the words beside them."""
        count, family = len(made), self.family
        if text and (not family.text_beside_calls or not plain(text)):
            raise ValueError
        if count > 1 and not family.parallel:
            raise ValueError
        if self.results:
            self.close_results()
        calls = [self.call(raw) for raw in made]
        shown = [{"name": name, "arguments": arguments} for name, arguments in calls]
        written = write(shown[0] if count == 1 else shown)
        if holds_mark(written):
            raise ValueError
        hashes = list(map(number_of, calls))
        value = f"{text}\n{OPEN}{written}{CLOSE}" if text else written
        self.say(f"c{count}", "function_call", "\0".join((text, *map(token, hashes))), value)
        self.calls += calls
        self.hashes += hashes

    def call(self, raw: dict[str, Any]) -> list[Any]:
        """Read one call."""
        inner = raw["function"]
        if raw.get("type", "function") != "function" or not _CALL_KEYS.issuperset(raw):
            raise ValueError
        name, text, id_ = inner["name"], inner["arguments"], raw.get("id", "")
        if type(text) is not str or len(inner) != 2 or type(id_) is not str:
            raise ValueError
        arguments = shallow(text)
        if write(arguments) != text and not _is_compact(arguments, text):
            arguments = exactly(text)
        check_call(name, arguments, self.entry)
        self.ids.append(id_)
        return [name, arguments]

    def tool(self, message: dict[str, Any]) -> None:
        """Read a result."""
        text, id_ = message["content"], message.get("tool_call_id", "")
        if type(text) is not str or type(id_) is not str:
            raise ValueError
        self.results.append(text)
        self.answered.append(id_)

    def close_results(self) -> None:
        """Pair the results of a turn with its calls, where they stand in their order."""
        ids, answered, results = self.ids, self.answered, self.results
        count = len(results)
        if count != len(ids) or (ids != answered and (any(ids) or any(answered))):
            raise ValueError
        if count > 1 and any(ids) and len(set(ids)) != count:
            raise ValueError
        joiner, value = self.family.joiner, results[0]
        if count > 1 or joiner is ResultJoiner.JSON_TEXT:
            value = joiner.join(tuple(results))
        self.ids, self.answered, self.results = [], [], []
        self.say(f"r{count}", "observation", "\0".join(results), value)


@dataclass(frozen=True, slots=True)
class Messages:
    """What the messages of a row say; fields as those of QuickRow."""

    conversations: list[dict[str, str]]
    texts: list[str]
    plan: Plan
    arguments: list[list[Any]]
    values: list[int]
    system: str | None
    raw: str


def read_openai(
    messages: Any, plans: PlanTable, entry: ToolEntry, family: Family
) -> Messages | None:
    """Return what OpenAI messages say, or None.

    Raises:
        ValueError, TypeError, LookupError, AttributeError: they are not what this reader takes;
            as None.
    """
    reading = _Reading(entry, family)
    system = None
    for index, message in enumerate(messages):
        role = message["role"]
        if not _MESSAGE_KEYS[role].issuperset(message):
            return None
        if role == "tool":
            reading.tool(message)
        elif role == "assistant":
            reading.assistant(message)
        elif type(text := message["content"]) is not str or (role == "system" and index):
            return None
        elif role == "user":
            reading.say("u", "human", text, text)
        else:
            system = text
    plan = None if reading.results else plans.of_steps(tuple(reading.steps))
    texts = reading.texts
    raw = "".join(texts)
    if plan is None or raw.count("\0") != plan.zeros:
        return None
    return Messages(reading.rows, texts, plan, reading.calls, reading.hashes, system, raw)


def _is_compact(value: Any, text: str) -> bool:
    return orjson.dumps(value) == text.encode()
