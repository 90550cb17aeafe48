r"""ReAct's calls: `Action: name` and `Action Input: {...}`, the engine's format named `default`.

Input: a Reading. Output: its calls and words. A `Thought:` is set aside, a `Final Answer:` is the
words behind it. The name is all of its line, so that `a.b-c` is one; a fence may hold the input.

Before: Thought: look it up.\nAction: now\nAction Input: {}
After:  the call now()
"""

from __future__ import annotations

import re
from typing import Any

from fctune.conversations.react_text import blob_of, steps_of
from fctune.evaluation.formats.reading import Malformed, Reading, joined
from fctune.evaluation.strict_json import after_space
from fctune.patterns import regex

_INPUT, _ACTION = "Action Input:", "Action:"
_FENCE = regex(r"```(?:json)?\s*+")
_PART = regex(
    r"Action Input:|^[ \t]*+(?:动作|行动)输入[ \t]*+[:：]|^[ \t]*+Action:[ \t]*+\S+[ \t]*$",
    re.MULTILINE,
)
_ANSWER = regex(r"^[ \t]*+(?:Final Answer|最终答案|最终回答)[ \t]*+[:：][ \t]*+", re.MULTILINE)
_THOUGHT = regex(r"\s*+(?:Thought|思考)[ \t]*+[:：]")
_FENCED = regex(r"```[a-z]*+\s*+((?:(?!```)(?s:.))*+)```")


def read_react(reading: Reading) -> None:
    """Read pairs of Action and Action Input."""
    if reading.lenient:
        _read_leniently(reading)
        return
    text, position = reading.text, 0
    while (at := reading.find(_INPUT, position)) >= 0:
        begin = text.rfind(_ACTION, position, at)
        name = text[begin + len(_ACTION) : at].strip() if begin >= 0 else ""
        if not name or "\n" in name:
            break
        reading.words.append(text[position:begin])
        start = after_space(text, at + len(_INPUT))
        fence = _FENCE.match(text, start)
        value, end = reading.json_at(fence.end() if fence else start)
        reading.call({"name": name, "arguments": value})
        close = after_space(text, end)
        position = close + 3 if text.startswith("```", close) else end
    reading.words.append(text[position:])
    if any(_PART.search(part) for part in reading.words):
        raise Malformed("Action without a readable Action Input")
    reading.words = [_said(part, bool(reading.calls)) for part in reading.words]


def _said(words: str, called: bool) -> str:
    """Return what the words say to the user: no thought, and of an answer the answer alone."""
    answer = _ANSWER.search(words)
    if answer and (_THOUGHT.match(words) or not joined([words[: answer.start()]])):
        return words[answer.end() :]
    return "" if called and _THOUGHT.match(words) else words


def _read_leniently(reading: Reading) -> None:
    """Read the labels as people write them: in bold, in Chinese, JSON blobs, inputs missing."""
    steps = steps_of(reading.text)
    for index, step in enumerate(steps):
        if step.kind == "words":
            reading.words.append(step.text)
        if step.kind != "action":
            continue
        following = steps[index + 1] if index + 1 < len(steps) else None
        given = following.text if following is not None and following.kind == "input" else None
        reading.attempt(lambda step=step, given=given: _add(reading, step.text, given))  # type: ignore[misc]
    if reading.calls and not reading.repairs:
        reading.repairs["labels"] = None


def _add(reading: Reading, action: str, given: str | None) -> None:
    blob = blob_of(action) if given is None else None
    if blob is not None:
        reading.mend("wrapped call", "the action is a JSON object")
        reading.call({"name": blob[0], "arguments": blob[1]})
        return
    name = action.splitlines()[0].strip() if action.strip() else ""
    if not name or name.startswith("```"):
        raise Malformed("the action has no name")
    name = name if reading.spec(name) else reading.mended_name(name)
    if given is None or not given.strip():
        reading.mend("no arguments", f"the action {name} has no input")
        reading.add(name, {})
        return
    reading.call({"name": name, "arguments": _input(reading, name, given)})


def _input(reading: Reading, name: str, given: str) -> Any:
    fenced = _FENCED.match(given.strip())
    inner = Reading(fenced[1] if fenced else given, reading.catalog, lenient=True)
    try:
        value, end = inner.json_at(0)
    except Malformed:
        value, end = None, 0
    if isinstance(value, dict):
        reading.repairs.update(inner.repairs)
        if inner.text[end:].strip():
            reading.mend("text beside the call", f"words behind the input of {name}")
        return value
    spec = reading.spec(name)
    names = list(spec.parameters.get("properties", ())) if spec else []
    required = spec.parameters.get("required", names) if spec else names
    wanted = names if len(names) == 1 else required
    if not isinstance(wanted, list) or len(wanted) != 1:
        raise Malformed(f"the input of {name} is no JSON object")
    reading.mend("plain text input", f"the input of {name} is plain text")
    plain = value is None or inner.text[end:].strip()
    return {wanted[0]: given.strip() if plain else value}
