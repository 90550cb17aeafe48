"""Possible answers of BFCL as calls and accepted values, for the other modes of scoring.

Input: one gold call, `{parameter: accepted values}`, and the tools. Output: the call of first
accepted values, and all that is accepted beside it. Within objects each member has a list of
accepted values again; all combinations are written out, up to a limit.

Before: ("now", {"city": ["Oslo", "oslo"], "zone": ["", "UTC"]})
After:  ToolCall("now", {"city": "Oslo"}); city: Oslo or oslo; zone: UTC, may be left out
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any

from fctune.evaluation.bfcl.arguments import shape_of
from fctune.evaluation.bfcl.rules import Call
from fctune.evaluation.bfcl.source_text import source_text
from fctune.evaluation.cases.case_set import Accepted
from fctune.tools.spec import ToolCall

_MOST = 64
_MAX_DEPTH = 20
_ABSENT = object()


def gold_call(gold: Call, tools: Sequence[Any], language: str) -> ToolCall:
    """Return the gold call of first accepted values, without what may be left out.

    Args:
        gold: name and accepted values.
        tools: descriptions of functions.
        language: `java` or `js`, whose values are source text; "" for Python.
    """
    name, accepted = gold
    required, properties = _shape(name, tools)
    arguments = {}
    for key, values in accepted.items():
        values = values if isinstance(values, list) else [values]
        left_out = "" in values and (values[0] == "" or key not in (properties or values))
        if values and (not left_out or key in required):
            first = next((value for value in values if value != ""), values[0])
            arguments[key] = _written(_first(first), properties.get(key), language)
    return ToolCall(name, arguments)


def accepted_of(gold: Call, tools: Sequence[Any], language: str) -> Accepted:
    """Return all accepted values of a gold call, and what may be left out.

    Args:
        gold: name and accepted values.
        tools: descriptions of functions.
        language: `java` or `js`, whose values are source text; "" for Python.
    """
    name, accepted = gold
    required, properties = _shape(name, tools)
    values: dict[str, tuple[Any, ...]] = {}
    omittable = set()
    for key, answers in accepted.items():
        answers = answers if isinstance(answers, list) else [answers]
        if "" in answers and key not in required:
            omittable.add(key)
        own = [answer for answer in answers if answer != ""] or answers
        values[key] = tuple(
            _written(value, properties.get(key), language)
            for answer in own
            for value in islice(_all(answer), _MOST)
        )
    return Accepted(values, frozenset(omittable))


def _shape(name: str, tools: Sequence[Any]) -> tuple[list[Any], Mapping[str, Any]]:
    named = (tool for tool in tools if isinstance(tool, Mapping) and tool.get("name") == name)
    required, properties = shape_of(next(named, None))
    return required, properties or {}


def _written(value: Any, schema: Any, language: str) -> Any:
    return source_text(value, schema, language) if language else value


def _first(value: Any, depth: int = 0) -> Any:
    """Return a value with the first accepted one of each member."""
    return next(_all(value, depth), value)


def _all(value: Any, depth: int = 0) -> Iterator[Any]:
    """Yield a value in all ways that its members may be filled, the first ones first."""
    if depth > _MAX_DEPTH:
        yield value
    elif isinstance(value, Mapping):
        ways = [list(islice(_members(answers, depth), _MOST)) for answers in value.values()]
        for picked in product(*ways):
            members = zip(value, picked, strict=True)
            yield {key: member for key, member in members if member is not _ABSENT}
    elif isinstance(value, list):
        yield from map(list, product(*([*islice(_all(v, depth + 1), _MOST)] for v in value)))
    else:
        yield value


def _members(answers: Any, depth: int) -> Iterator[Any]:
    if not isinstance(answers, list):
        yield answers
        return
    for answer in answers:
        if answer == "":
            yield _ABSENT
        else:
            yield from _all(answer, depth + 1)
    if not answers:
        yield answers
