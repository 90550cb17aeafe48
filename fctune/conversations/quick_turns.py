r"""Turns of clean ShareGPT rows, straight from the parsed row: no drafts, turns or issues are made.

Input: the turns of a parsed row. Output: its texts and its plan, and then its calls, decoded and
judged; or None, or an error that is taken as None, where anything is not plain.

Before: [{"from": "human", "value": "Time?"}, {"from": "function_call",
         "value": "{\"name\": \"now\", \"arguments\": {}}"}]
After:  texts ["Time?", "\0<token>"], arguments [["now", {}]], plan of "uc1"
"""

from __future__ import annotations

from typing import Any

import orjson

from fctune.conversations.families import ResultJoiner
from fctune.conversations.identity import number_of
from fctune.conversations.literals import read_json
from fctune.conversations.quick_plan import Plan, PlanTable
from fctune.conversations.quick_row import QuickRow
from fctune.conversations.quick_tools import ToolEntry
from fctune.conversations.quick_write import holds_mark, write

_SPACES = frozenset(char for char in map(chr, range(0x3001)) if char.isspace())
# A model turn that begins so may be a call or a label of ReAct; see `rendered` and `react`.
_OPENERS = frozenset("{[`TA*思动行") | _SPACES
_CODE = frozenset("{[`")
_LABELS = ("Thought", "Action", "**Thought", "**Action", "思考", "动作", "行动", "{", "[", "`")
_MAX_BRACKETS = 90
_values_of = dict.values


# The turns of the dataset row, the texts, the plan, and all texts in one.
Turns = tuple[list[dict[str, str]], list[str], Plan, str]


def read_sharegpt(turns: Any, plans: PlanTable, joiner: ResultJoiner) -> Turns | None:
    """Return what ShareGPT turns say, calls not yet decoded, or None.

    Raises:
        ValueError, TypeError, LookupError: they are not what this reader takes; as None.
    """
    first, second = zip(*turns, strict=True)
    if first.count("from") != len(first) or second.count("value") != len(first):
        return None
    roles, values = zip(*map(_values_of, turns), strict=True)
    plan = plans.of_roles(roles)
    if plan is None:
        return None
    raw = "".join(values)
    if "\0" in raw:
        return None
    texts = list(values)
    if plan.same and joiner is not ResultJoiner.JSON_TEXT:
        return turns, texts, plan, raw
    if plan.head:
        texts = texts[1:]
    return _rows_of(plan, texts, joiner), texts, plan, raw


def read_calls(row: QuickRow) -> None:
    """Decode the calls of a ShareGPT row, and put their tokens among its texts.

    Raises:
        ValueError, LookupError, TypeError, AttributeError: a call is not plainly lawful.
    """
    texts, entry = row.texts, row.tools
    for place in row.plan.calls:
        text = texts[place]
        call, written = _read_call(text, entry)
        if written != text:
            if holds_mark(written):
                raise ValueError
            row.conversations = list(map(dict, row.conversations))
            row.conversations[place]["value"] = written
        hashed = number_of(call)
        row.arguments.append(call)
        row.values.append(hashed)
        texts[place] = f"\0{hashed:x}"


def _rows_of(plan: Plan, texts: list[str], joiner: ResultJoiner) -> list[dict[str, str]]:
    pairs = zip(plan.names, texts, strict=True)
    return [
        {"from": name, "value": joiner.join((text,)) if name == "observation" else text}
        for name, text in pairs
    ]


def starts_plain(texts: list[str], plan: Plan, *, lists_tools: bool) -> bool:
    """Tell whether user turns hold words, and words of the model are nothing but words.

    Args:
        texts: of the turns.
        plan: of the row.
        lists_tools: the row lists tools; without them JSON and code are answers.

    Raises:
        IndexError: a text is empty.
    """
    for place in plan.users:
        if texts[place][0] in _SPACES and texts[place].isspace():
            return False
    for place in plan.models:
        text = texts[place]
        if text[0] in _OPENERS and not plain(text) and (lists_tools or text[0] not in _CODE):
            return False
    return True


def plain(text: str) -> bool:
    """Tell whether a text begins as neither a call nor a label of ReAct."""
    return bool(text) and text[0] not in _SPACES and not text.startswith(_LABELS)


def _read_call(text: str, entry: ToolEntry) -> tuple[list[Any], str]:
    """Return name and arguments of a lawful call, and the call as a row has it.

    Raises:
        ValueError, LookupError, TypeError: it is not plainly lawful.
    """
    value = shallow(text)
    written = write(value)
    if written != text:
        value = exactly(text)
        name, arguments = value["name"], value["arguments"]
        written = write({"name": name, "arguments": arguments})
    else:
        name, arguments = value.values()
        if next(iter(value)) != "name" or "arguments" not in value:
            raise ValueError
    if len(value) != 2:
        raise ValueError
    check_call(name, arguments, entry)
    return [name, arguments], written


def shallow(text: str) -> Any:
    """Return the value of JSON, the last of repeated keys, long integers as floats.

    Raises:
        ValueError: it is not JSON, or it may be nested deep.
    """
    if text.count("{") + text.count("[") > _MAX_BRACKETS:
        raise ValueError
    return orjson.loads(text)


def exactly(text: str) -> Any:
    """Return the value of JSON without repeated keys and with all digits.

    Raises:
        ValueError: it is not.
    """
    return read_json(text)


def check_call(name: Any, arguments: Any, entry: ToolEntry) -> None:
    """Judge a call.

    Raises:
        ValueError: it may be unlawful.
    """
    if type(arguments) is not dict:
        raise ValueError
    tool = entry.called(name)
    if tool is None or tool.is_valid is None or not tool.is_valid(arguments):
        raise ValueError
