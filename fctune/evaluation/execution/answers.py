"""Recorded answers as a toolset: a file says which call gives which result.

Input: a YAML or JSON file. Output: AnswerToolset. No code runs, so no process is needed. The state
is the calls made so far that are marked `changes: true`, whatever their order.

Before: answers:
          - {call: {name: track, arguments: {id: A1}}, result: {at: Oslo}}
          - {call: {name: cancel, arguments: {id: A1}}, result: done, changes: true}
          - {tool: points, result: {points: 3}}       # whatever the arguments
          - {tool: refund, error: no such order}
After:  track(id=A1) gives {"at": "Oslo"}; track(id=B2) fails with kind `unrecorded`
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fctune.errors import InputFault
from fctune.evaluation.execution.toolset import Executed, Replay, State, failed_result
from fctune.evaluation.execution.toolset_values import NotJson, fingerprint, json_text, plain
from fctune.jsonl import read_document
from fctune.tools.spec import ToolCall

_HINT = "answers: [{call: {name: track, arguments: {id: A1}}, result: {at: Oslo}}]"


@dataclass(frozen=True, slots=True)
class _Answer:
    result: Any
    error: str
    changes: bool


class AnswerToolset:
    """Answers calls by what a file has recorded.

    Args:
        path: the file.

    Raises:
        InputFault: it is no such file, or says two results for one call.
    """

    def __init__(self, path: Path) -> None:
        document = read_document(path)
        listed = document.get("answers") if isinstance(document, dict) else document
        if not isinstance(listed, list) or not listed:
            raise InputFault("expected a list of answers", where=str(path), hint=_HINT)
        self._calls: dict[str, _Answer] = {}
        self._tools: dict[str, _Answer] = {}
        for index, raw in enumerate(listed):
            self._add(raw, f"{path}: answers[{index}]")
        self._names = {*self._tools, *(key.partition("(")[0] for key in self._calls)}

    def run(self, calls: Sequence[ToolCall], dialogue: str) -> Replay:
        """Look the calls up; a dialogue never breaks off."""
        executed, changed, states = [], [], [_state([])]
        for call in calls:
            found, answer = self._one(call)
            executed.append(found)
            if answer is not None and answer.changes:
                changed.append(_key(call))
            states.append(_state(changed))
        return Replay(tuple(executed), tuple(states))

    def close(self) -> None:
        """Nothing is held."""

    def _one(self, call: ToolCall) -> tuple[Executed, _Answer | None]:
        answer = self._calls.get(_key(call)) or self._tools.get(call.name)
        if answer is None:
            known = call.name in self._names
            kind = "unrecorded" if known else "unknown_tool"
            what = "no answer is recorded for these arguments of" if known else "no answer names"
            return Executed(call, False, kind=kind, error=f"{what} {call.name}"), None
        if answer.error:
            return Executed(call, False, kind="tool_error", error=answer.error), answer
        return Executed(call, True, answer.result), answer

    def _add(self, raw: Any, where: str) -> None:
        if not isinstance(raw, dict) or ("call" in raw) == ("tool" in raw):
            raise InputFault("expected an object with call or tool", where=where, hint=_HINT)
        if "result" not in raw and "error" not in raw:
            raise InputFault("has neither result nor error", where=where, hint=_HINT)
        result = raw.get("result")
        answer = _Answer(
            _json(result, where),
            str(raw.get("error") or failed_result(result)),
            raw.get("changes") is True,
        )
        call = raw.get("call")
        if call is None:
            table, key = self._tools, str(raw["tool"])
        else:
            table, key = self._calls, _key(_call(call, where))
        if table.get(key, answer) != answer:
            raise InputFault(f"gives {key} a second, other result", where=where)
        table[key] = answer


def _call(raw: Any, where: str) -> ToolCall:
    arguments = raw.get("arguments", {}) if isinstance(raw, dict) else None
    if not isinstance(arguments, dict) or not isinstance(raw.get("name"), str):
        raise InputFault("expected a call with name and arguments", where=where, hint=_HINT)
    return ToolCall(raw["name"], arguments)


def _key(call: ToolCall) -> str:
    """Return a call as text; 5 and 5.0 are one argument, true and 1 are two."""
    try:
        return f"{call.name}({json_text(plain(dict(call.arguments)))})"
    except NotJson as fault:
        return f"{call.name}(?{fault})"


def _json(value: Any, where: str) -> Any:
    try:
        json_text(value)
        plain(value)  # not nested too deep either
    except NotJson as fault:
        raise InputFault(f"the result is no JSON: {fault}", where=where) from fault
    return value


def _state(changed: Sequence[str]) -> State:
    value = sorted(changed)
    return State(fingerprint(json_text(value)), value)
