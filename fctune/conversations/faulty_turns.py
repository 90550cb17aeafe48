r"""Turns of plain rows whose calls may be faulty: no drafts are made, and nothing is decoded.

Input: the turns of a parsed ShareGPT or OpenAI row. Output: its texts, its plan and its raw calls;
None, or an error that is taken as None, where anything but what a call holds is not plain.

Before: [{"from": "human", "value": "Time?"}, {"from": "function_call", "value": "{\"name\": "}]
After:  texts ["Time?", "{\"name\": "], plan of "uc1", calls [RawCall("{\"name\": ", ...)]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from fctune.conversations.draft import RawCall
from fctune.conversations.families import ResultJoiner
from fctune.conversations.quick_plan import Plan, PlanTable
from fctune.conversations.quick_turns import read_sharegpt
from fctune.conversations.quick_write import holds_mark, write

_CALL = ("name", "arguments")
_CALL_KEYS = frozenset({"id", "type", "function", "index"})
_MESSAGE_KEYS = {
    "system": frozenset({"role", "content"}),
    "user": frozenset({"role", "content", "name"}),
    "assistant": frozenset({"role", "content", "tool_calls", "name"}),
    "tool": frozenset({"role", "content", "tool_call_id", "name"}),
}
_LISTS = (list, type(None))
_STEPS = {"user": "u", "assistant": "m", "tool": "r1"}
# Of braces and brackets: far below the levels at which a call is too deep.
_SHALLOW = 90


@dataclass(frozen=True, slots=True)
class PlainTurns:
    """What the turns of a row say.

    Attributes:
        texts: of each turn after that of the system.
        plan: what their roles say.
        raw: all texts in one, those of calls among them.
        system: the text of the system turn, or None.
        calls: one for each calling turn, with the place of the turn.
    """

    texts: list[str]
    plan: Plan
    raw: str
    system: Any
    calls: list[tuple[RawCall, str]]


def of_sharegpt(turns: Any, plans: PlanTable) -> PlainTurns | None:
    """Return what ShareGPT turns say; None where they are not plain, or hold no call.

    Raises:
        ValueError, TypeError, LookupError: as None.
    """
    said = read_sharegpt(turns, plans, ResultJoiner.SEPARATOR)
    if said is None or not said[2].calls:
        return None
    _, texts, plan, raw = said
    places = [(place, f"conversations[{place + plan.head}]") for place in plan.calls]
    calls = [(RawCall(texts[place], where), where) for place, where in places]
    system = turns[0]["value"] if plan.head else None
    return PlainTurns(texts, plan, raw, system, calls)


def of_openai(messages: Any, plans: PlanTable) -> PlainTurns | None:
    """Return what OpenAI messages say; None where they are not plain, or hold no call.

    Raises:
        ValueError, TypeError, LookupError, AttributeError: as None.
    """
    steps: list[str] = []
    texts: list[str] = []
    calls: list[tuple[RawCall, str]] = []
    system = None
    for index, message in enumerate(messages):
        role, text, made = message["role"], message.get("content"), message.get("tool_calls")
        if not _MESSAGE_KEYS[role].issuperset(message) or type(made) not in _LISTS:
            return None
        if role == "system" and not index and type(text) is str:
            system = text
            continue
        step = _STEPS[role]
        if made:
            where = f"messages[{index}]"
            call = _call_of(made, text, where)
            calls.append((call, where))
            step, text = "c1", f"{call.value['name']}\n{call.value['arguments']}"
        elif role == "tool" and (not calls or calls[-1][0].id != message.get("tool_call_id", "")):
            return None
        steps.append(step)
        texts.append(text)
    plan = plans.of_steps(tuple(steps))
    raw = "".join(texts)
    if plan is None or not calls or "\0" in raw:
        return None
    return PlainTurns(texts, plan, raw, system, calls)


def _call_of(made: list[Any], words: Any, where: str) -> RawCall:
    """Return the one call of a message.

    Raises:
        ValueError, TypeError, LookupError, AttributeError: it is none, or not plain, or there are
            words beside it.
    """
    [raw] = made
    inner, id_ = raw["function"], raw.get("id", "")
    if (words is not None and words != "") or type(id_) is not str:
        raise ValueError
    if not _CALL_KEYS.issuperset(raw):
        raise ValueError
    if raw.get("type", "function") != "function" or len(inner) != len(_CALL):
        raise ValueError
    if type(inner) is not dict or {type(inner[key]) for key in _CALL} != {str}:
        raise ValueError
    return RawCall(inner, f"{where}.tool_calls[0]", id_, text_arguments=True)


def plainly(call: RawCall) -> tuple[str, dict[str, Any]] | None:
    """Return name and arguments of a call that reads back as it stands; None for all others.

    Equal text is what says that no number was rounded and that no key stands twice.
    """
    value, name = call.value, None
    text = value if type(value) is str else value["arguments"]
    if text.count("{") + text.count("[") > _SHALLOW:
        return None
    try:
        arguments = orjson.loads(text)
    except ValueError:
        return None
    written = write(arguments)
    if written != text and (type(value) is str or not _is_compact(arguments, text, written)):
        return None
    if type(value) is str:
        if type(arguments) is not dict or tuple(arguments) != _CALL:
            return None
        name, arguments = arguments.values()
    else:
        name = value["name"]
    return (name, arguments) if type(name) is str and type(arguments) is dict else None


def _is_compact(value: Any, text: str, written: str) -> bool:
    return orjson.dumps(value) == text.encode() and not holds_mark(written)
