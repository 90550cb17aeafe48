"""The rules of BFCL's single-turn categories: is a prediction what the official checker accepts?

Input: the tools and possible answers of an item, a prediction, and the category, whose words decide
which rule applies. Output: Verdict. Nothing raises, whatever schema and prediction are; where the
official checker stops with an error, the verdict is the one that its rules would lead to.

`relevance` in the category asks only whether a call is made. `parallel` takes as many calls as the
gold answer has, in any order, each gold call in turn taking the first call that fits it: no best
matching, so the order of right calls can matter. All other categories take one call, and judge the
first.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from fctune.evaluation.bfcl.arguments import fault_of
from fctune.evaluation.bfcl.verdict import (
    CALL_MADE,
    NO_CALL,
    NO_MATCH,
    UNDECODED,
    VALID,
    WRONG_FORMAT,
    WRONG_NAME,
    Fault,
    Verdict,
    invalid,
)

Call = tuple[Any, dict[str, Any]]
_MULTIPLE_COUNT = "multiple_function_checker:wrong_count"
_PARALLEL_COUNT = "parallel_function_checker_no_order:wrong_count"
_SIMPLE_COUNT = "simple_function_checker:wrong_count"


class _Kind(NamedTuple):
    """What the words of a category say."""

    relevance: bool = False
    irrelevance: bool = False
    parallel: bool = False
    multiple: bool = False
    language: str = ""


_SIMPLE = _Kind()


def check(
    tools: Any,
    possible_answer: Any,
    prediction: Any,
    category: str,
    underscore_to_dot: bool = False,
) -> Verdict:
    """Judge one prediction as the official checker does.

    Args:
        tools: descriptions of functions, as the item has them.
        possible_answer: one object for each gold call: `{name: {parameter: accepted values}}`.
        prediction: calls, `[{"name": ..., "arguments": {...}}]`; what is no such list is malformed.
        category: such as `live_simple`.
        underscore_to_dot: the model's tool names have `_` for `.`.

    >>> tools = [{"name": "f", "parameters": {"properties": {"n": {"type": "integer"}}}}]
    >>> check(tools, [{"f": {"n": [3]}}], [{"name": "f", "arguments": {"n": 4}}], "simple").reason
    'value_error:others: f.n: got 4, expected 3'
    """
    calls = calls_of(prediction)
    kind = _kind_of(category) if type(category) is str else _SIMPLE
    try:
        if kind.relevance:
            return _relevance(calls, prediction, kind)
        if calls is None:
            return invalid(Fault(WRONG_FORMAT, got=prediction))
        return _judge(tools, possible_answer, calls, kind, underscore_to_dot)
    except RecursionError:  # values nested deeper than Python compares
        return invalid(Fault(WRONG_FORMAT, got=prediction))


def undecoded(category: str, text: Any = None) -> Verdict:
    """Return the verdict on an output that cannot be read: no call, which may be the right thing.

    >>> undecoded("irrelevance").valid, undecoded("simple").error_type
    (True, 'ast_decoder:decoder_failed')
    """
    if "relevance" in category:
        return _relevance(None, text, _kind_of(category))
    return invalid(Fault(UNDECODED, got=text))


def calls_of(prediction: Any) -> list[Call] | None:
    """Return name and arguments of each call, or None where the shape is not that of calls.

    Calls may also be written as BFCL does, `{name: arguments}`, if all are. An object with `name`
    or `arguments` alone is a call in the other form that lacks the rest: no call.

    >>> calls_of([{"name": "f", "arguments": {}}]), calls_of([{"f": {}}]), calls_of("f()")
    ([('f', {})], [('f', {})], None)
    >>> calls_of([{"arguments": {}}]), calls_of([{"name": "f", "arguments": {}}, {"g": {}}])
    (None, None)
    """
    if type(prediction) is not list:
        return None
    calls: list[Call] = []
    native = 0
    for item in prediction:
        if type(item) is not dict:
            return None
        if "name" in item and "arguments" in item:
            name, arguments = item["name"], item["arguments"]
            if type(name) is list or type(name) is dict:
                return None
        elif len(item) == 1:
            name, arguments = next(iter(item.items()))
            native += 1
            if name == "arguments" or name == "name":
                return None
        else:
            return None
        if type(arguments) is not dict:
            return None
        calls.append((name, arguments))
    return calls if native in (0, len(calls)) else None


def gold_calls(possible_answer: Any) -> list[Call]:
    """Return name and accepted values of each gold call; what has not that shape is left out."""
    found: list[Call] = []
    for item in possible_answer if type(possible_answer) is list else [possible_answer]:
        if type(item) is dict and item:
            name, accepted = next(iter(item.items()))
            found.append((name, accepted if type(accepted) is dict else {}))
    return found


def language_of(category: str) -> str:
    """Return the language whose source text the values are: `js`, `java`, or "" for Python."""
    if "java" not in category:
        return ""
    return "js" if "javascript" in category else "java"


@lru_cache(maxsize=1024)
def _kind_of(category: str) -> _Kind:
    return _Kind(
        relevance="relevance" in category,
        irrelevance="irrelevance" in category,
        parallel="parallel" in category,
        multiple="multiple" in category,
        language=language_of(category),
    )


def _relevance(calls: list[Call] | None, prediction: Any, kind: _Kind) -> Verdict:
    if kind.irrelevance:
        if not calls:
            return VALID
        return invalid(Fault(CALL_MADE, got=", ".join(str(name) for name, _ in calls)))
    return VALID if calls else invalid(Fault(NO_CALL, got=prediction))


def _judge(
    tools: Any, possible_answer: Any, calls: list[Call], kind: _Kind, underscored: bool
) -> Verdict:
    golds = gold_calls(possible_answer)
    listed = type(possible_answer) is list
    if kind.parallel:
        due = len(possible_answer) if listed else len(golds)
        if due != len(calls) or due != len(golds):
            return invalid(Fault(_PARALLEL_COUNT, got=len(calls), expected=due))
        return _match_all(tools, golds, calls, underscored, kind.language)
    due = len(possible_answer) if kind.multiple and listed else 1
    if len(calls) != due or not golds:
        count = _MULTIPLE_COUNT if kind.multiple else _SIMPLE_COUNT
        return invalid(Fault(count, got=len(calls), expected=due))
    if kind.multiple:
        tool = _named(tools, golds[0][0])
    else:
        tool = tools[0] if type(tools) is list and tools else tools
    fault = fault_of(calls[0], golds[0], tool, underscored=underscored, language=kind.language)
    return VALID if fault is None else invalid(fault)


def _match_all(
    tools: Any, golds: Sequence[Call], calls: Sequence[Call], underscored: bool, language: str
) -> Verdict:
    left = list(range(len(calls)))
    for place, gold in enumerate(golds):
        name = gold[0]
        tool = _named(tools, name)
        wanted = name.replace(".", "_") if underscored else name
        tried: list[tuple[int, Fault | None]] = []
        for index in left:
            call, fault = calls[index], None
            if call[0] == wanted:
                fault = fault_of(call, gold, tool, underscored=underscored, language=language)
                if fault is None:
                    left.remove(index)
                    break
            tried.append((index, fault))
        else:
            inner = tuple(
                (index, fault or Fault(WRONG_NAME, name, "", calls[index][0], wanted))
                for index, fault in tried
            )
            return invalid(Fault(NO_MATCH, name, gold=place, inner=inner))
    return VALID


def _named(tools: Any, name: str) -> Any:
    """Return the first tool of a name, or None."""
    for tool in tools if type(tools) is list else [tools]:
        if type(tool) is dict and tool.get("name") == name:
            return tool
    return None
