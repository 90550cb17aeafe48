r"""ReAct text to its parts: Thought, Action, Action Input, Observation, Final Answer.

Input: the text of a model turn. Output: its steps in order. A label counts only at the head of a
line; labels in Chinese are known too. What stands before the first label are plain words.

Before: Thought: look it up.\nAction: now\nAction Input: {}\nObservation: 12:00\nFinal Answer: Noon.
After:  thought "look it up.", action "now" with input "{}", result "12:00", answer "Noon."
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from fctune.conversations.draft import RawCall
from fctune.conversations.listed import ListedTools
from fctune.conversations.literals import NotLiteral, read_value
from fctune.conversations.rendered import value_span
from fctune.issues import Issue, issue
from fctune.patterns import regex

Kind = Literal["words", "thought", "action", "input", "result", "answer", "end"]

_SPELLINGS: dict[Kind, tuple[str, ...]] = {
    "thought": ("Thought", "思考", "想法"),
    "action": ("Action", "动作", "行动"),
    "input": ("Action Input", "动作输入", "行动输入"),
    "result": ("Observation", "观察", "观察结果"),
    "answer": ("Final Answer", "最终答案", "最终回答"),
    "end": ("End Action",),
}
_LABELS = {label.lower(): kind for kind, labels in _SPELLINGS.items() for label in labels}
_LABEL = regex(
    r"^[ \t]*(?:\*\*)?(" + "|".join(sorted(_LABELS, key=len, reverse=True)) + r")(?:\*\*)?[ \t]*"
    r"(?:[:：](?:\*\*)?|(?<=action)[ \t]*$)[ \t]*",
    re.MULTILINE | re.IGNORECASE,
)
_FENCE = regex(r"```[a-z]*[ \t]*\n?(.*?)\n?[ \t]*```", re.DOTALL | re.IGNORECASE)
_NO_ACTION = frozenset({"", "none", "n/a", "null", "无", "不需要"})
_QUOTES = " \t\r\n`'\"*“”"


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a ReAct text."""

    kind: Kind
    text: str


def steps_of(text: str) -> list[Step]:
    r"""Return the parts of a text in order, empty ones left out but for actions.

    >>> [step.kind for step in steps_of("Hm.\nThought: a\nAction: f\nAction Input: {}")]
    ['words', 'thought', 'action', 'input']
    """
    return [step for step in _steps(text) if step.text or step.kind == "action"]


def _steps(text: str) -> Iterator[Step]:
    kind: Kind = "words"
    start = 0
    for found in _LABEL.finditer(text):
        yield Step(kind, text[start : found.start()].strip())
        kind, start = _LABELS[found[1].lower()], found.end()
    yield Step(kind, text[start:].strip())


def is_react(text: str) -> bool:
    r"""Tell whether a text holds an action and, behind it, its input.

    >>> is_react("Action: f\nAction Input: {}"), is_react("Action Input: {} is how to write it")
    (True, False)
    """
    steps = steps_of(text)
    kinds = [step.kind for step in steps]
    return any(pair == ("action", "input") for pair in pairwise(kinds)) or any(
        step.kind == "action" and blob_of(step.text) is not None for step in steps
    )


def blob_of(text: str) -> tuple[str, Any] | None:
    r"""Return name and input of an action that is written as one JSON object.

    >>> blob_of('```json\n{"action": "f", "action_input": {"a": 1}}\n```')
    ('f', {'a': 1})
    """
    fenced = _FENCE.fullmatch(text.strip())
    body = (fenced[1] if fenced else text).strip()
    if not body.startswith("{") or "action_input" not in body:
        return None
    try:
        value = read_value(body)
    except NotLiteral:
        return None
    name = value.get("action") if isinstance(value, Mapping) else None
    return (name, value.get("action_input")) if isinstance(name, str) else None


def starts_labelled(text: str) -> bool:
    """Tell whether a text begins with a label, and not with words.

    >>> starts_labelled("Thought: hm"), starts_labelled("Write it as Action: f")
    (True, False)
    """
    return _LABEL.match(text.lstrip()) is not None


def tool_name(text: str, tools: ListedTools) -> str:
    """Return the name of an action without the quotes and brackets that models put around it.

    >>> tool_name('"[search]"', ListedTools()), tool_name("None", ListedTools())
    ('search', '')
    """
    line = text.strip().splitlines()[0] if text.strip() else ""
    name = line.strip(_QUOTES)
    if name not in tools.parameters and name.startswith("[") and name.endswith("]"):
        name = name[1:-1].strip(_QUOTES)
    return "" if name.lower() in _NO_ACTION else name


def call_of(name: str, text: Any, where: str, tools: ListedTools, issues: list[Issue]) -> RawCall:
    """Return the call of an action and its input.

    Args:
        name: the tool.
        text: the input as written: JSON, a Python dict, either with words behind it, or plain
            text; a value where it is read already; None where the action has none.
        where: the place of the turn.
        tools: the tools of the row; plain text is the argument of a tool with one parameter.
        issues: what was repaired is added to it.

    >>> call_of("f", "{'a': 1}", "turn", ListedTools(), []).value
    {'name': 'f', 'arguments': "{'a': 1}"}
    """
    if text is None:
        return RawCall({"name": name}, where)
    if not isinstance(text, str):
        return RawCall({"name": name, "arguments": text}, where)
    fenced = _FENCE.match(text)
    body = (fenced[1] if fenced else text).strip()
    end = value_span(body, 0) if body.startswith("{") else None
    if end is not None:
        if body[end:].strip("` \t\r\n"):
            found = f"cut {body[end:].strip()[:40]!r} behind the input of {name}"
            issues.append(issue("call-text-cut", where, found))
        return RawCall({"name": name, "arguments": body[:end]}, where, text_arguments=True)
    parameter = _only_parameter(name, tools)
    if parameter is None or body.startswith("{"):
        return RawCall({"name": name, "arguments": body}, where, text_arguments=True)
    quoted = len(body) > 1 and body[0] == body[-1] and body[0] in "\"'"
    issues.append(issue("action-input-text", where, f"wrote it as {parameter!r} of {name}"))
    arguments = {parameter: body[1:-1] if quoted else body}
    return RawCall({"name": name, "arguments": tools.typed(name, arguments)}, where)


def _only_parameter(name: str, tools: ListedTools) -> str | None:
    """Return the one parameter of a tool, or the one that it requires."""
    spec = tools.catalog.get(name)
    if spec is None:
        return None
    schema: Mapping[str, Any] = spec.parameters
    names = list(schema["properties"])
    required = schema.get("required")
    wanted = names if len(names) == 1 else (required if isinstance(required, list) else [])
    return wanted[0] if len(wanted) == 1 else None
