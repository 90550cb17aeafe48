"""Recorded rows of BFCL items, each with a prediction: what the fast path of `fctune score` reads.

Input: JSON objects `{id, category, tools, prediction, possible_answer, underscore_to_dot?}`.
Output: Row, or one sentence that says why a row cannot be scored. What is wrong with the prediction
is no reason: that is what scoring is for.

Before: {"id": "simple_0", "category": "simple", "tools": "[...]", "prediction": [], ...}
After:  Row("simple_0", group="simple_0", category="simple", tools=[...], prediction=[], ...)
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

import orjson

from fctune.evaluation.bfcl.rules import Call, calls_of, check, gold_calls, language_of
from fctune.evaluation.bfcl.sentences import shown
from fctune.evaluation.bfcl.verdict import Verdict

_ABSENT = object()
_MOST = 10**4000  # Python writes whole numbers of 4,300 digits at most


class Row(NamedTuple):
    """One recorded prediction with its item.

    Attributes:
        id: of the row.
        group: of the item; rows of one item are not independent.
        category: in BFCL's words.
        tools: descriptions of functions, without wrappers.
        prediction: as recorded, whatever it is.
        possible_answer: as the item has it.
        underscored: names of tools have `_` for `.`.
    """

    id: str
    group: str
    category: str
    tools: list[Any]
    prediction: Any
    possible_answer: list[Any]
    underscored: bool

    def verdict(self) -> Verdict:
        """Return the official verdict."""
        return check(
            self.tools, self.possible_answer, self.prediction, self.category, self.underscored
        )

    @property
    def calls(self) -> list[Call] | None:
        """Name and arguments of each call, or None where the prediction is no list of calls."""
        return calls_of(self.prediction)

    @property
    def golds(self) -> list[Call]:
        """Name and accepted values of each gold call; none where any call, or none, is right."""
        return [] if "relevance" in self.category else gold_calls(self.possible_answer)

    @property
    def language(self) -> str:
        """`java` or `js`, or "" for Python."""
        return language_of(self.category)

    @property
    def expects_call(self) -> bool:
        """Whether a call is due."""
        return "irrelevance" not in self.category

    @property
    def asked(self) -> str:
        """A fingerprint of what the prediction is judged by; "" where none can be made."""
        decisive = [self.category, self.tools, self.possible_answer, self.underscored]
        try:
            data = orjson.dumps(decisive, option=orjson.OPT_SORT_KEYS)
        except TypeError:  # an integer beyond 64 bits, or half of a surrogate pair
            try:
                data = json.dumps(decisive, sort_keys=True).encode()
            except (ValueError, RecursionError):  # more digits than Python writes
                return ""
        return hashlib.sha256(data).hexdigest()[:16]


def is_row(value: Any) -> bool:
    """Tell whether a value looks like such a row; where no call is due, it needs no answers.

    >>> is_row({"tools": [], "prediction": [], "possible_answer": []}), is_row({"prediction": []})
    (True, False)
    """
    if type(value) is not dict or not {"tools", "prediction"} <= value.keys():
        return False
    category = value.get("category")
    return "possible_answer" in value or (type(category) is str and "relevance" in category)


def read_row(value: Any, line: int) -> Row | str:
    """Return a row, or what keeps it from being scored.

    Args:
        value: the parsed line.
        line: its number, from 1; the id of rows that have none.

    >>> read_row([], 1)
    'got a list, expected an object with tools, prediction and possible_answer'
    """
    if type(value) is not dict:
        kind = {"list": "a list", "str": "text", "NoneType": "null"}.get(
            type(value).__name__, "a scalar"
        )
        return f"got {kind}, expected an object with tools, prediction and possible_answer"
    prediction = value.get("prediction", _ABSENT)
    if prediction is _ABSENT:
        return "prediction: got nothing, expected a list of calls"
    answer, tools = _parsed(value.get("possible_answer")), _parsed(value.get("tools"))
    tools = tools if type(tools) is list else [] if tools is None else [tools]
    tools = [_unwrapped(tool) for tool in tools]
    category = value.get("category")
    if category is not None and type(category) is not str:
        return f"category: got {shown(category)}, expected a word such as `live_simple`"
    category = category or _category_of(answer, tools)
    if "relevance" not in category and (fault := _answer_fault(answer)):
        return fault
    key = id_text(value.get("id")) or f"line:{line}"
    group = id_text(value.get("case_id")) or key
    underscored = value.get("underscore_to_dot") is True
    answer = answer if type(answer) is list else []
    return Row(key, group, category, tools, prediction, answer, underscored)


def _answer_fault(answer: Any) -> str:
    """Return what is wrong with the possible answers of an item that wants calls, or ""."""
    if type(answer) is not list or not answer:
        return f"possible_answer: got {shown(answer)}, expected a list of gold calls"
    for gold in answer:
        if type(gold) is not dict or len(gold) != 1 or type(next(iter(gold.values()))) is not dict:
            return f"possible_answer: got {shown(gold)}, expected one name with accepted values"
    return ""


def _category_of(answer: Any, tools: list[Any]) -> str:
    """Return the category that a row without one is of."""
    if not answer:
        return "irrelevance"
    if type(answer) is list and len(answer) > 1:
        return "parallel_multiple" if len(tools) > 1 else "parallel"
    return "multiple" if len(tools) > 1 else "simple"


def _parsed(value: Any) -> Any:
    """Return a value; one that is written as JSON text, parsed."""
    if type(value) is not str:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _unwrapped(tool: Any) -> Any:
    """Return the description inside `{"type": "function", "function": {...}}`."""
    inner = tool.get("function") if type(tool) is dict and "name" not in tool else None
    return inner if type(inner) is dict else tool


def id_text(value: Any) -> str:
    """Return an id as text: text and numbers as they are; "" for what is no id.

    >>> id_text("a"), id_text(5), id_text(1.5), id_text(True), id_text([5])
    ('a', '5', '1.5', '', '')
    >>> id_text(1742390984512348161)
    '1742390984512348161'
    """
    if type(value) is str:
        return value
    short = type(value) is int and abs(value) < _MOST
    return str(value) if short or type(value) is float else ""
