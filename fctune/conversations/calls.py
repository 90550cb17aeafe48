r"""Calls from what people export: JSON text, objects, text inside text, Python literals.

Input: a RawCall. Output: ToolCalls, an UNREADABLE call for each that cannot be read, and issues.
Text is decoded exactly: NaN and repeated keys are found, integers keep all digits, and nothing is
ever evaluated.

Before: {"function": {"name": "now", "arguments": "{\"city\": \"Oslo\"}"}}
After:  ToolCall("now", {"city": "Oslo"})
"""

from __future__ import annotations

import json
import reprlib
from collections.abc import Mapping
from typing import Any

from fctune.conversations.draft import RawCall
from fctune.conversations.literals import STRING, NotLiteral, read_json, read_literal
from fctune.issues import Issue, issue
from fctune.jsonl import MAX_DEPTH
from fctune.jsonl.faults import json_words
from fctune.tools.spec import ToolCall

# Stands where a call could not be read, so that results still find their calls.
UNREADABLE_CALL = ToolCall("")

_MAX_SHOWN = 60
_MAX_CUT = 100_000
_BRACKETS = (("{", "}"), ("[", "]"), ("(", ")"))
# What may hide a bracket: a comment, and strings in three quotes.
_HIDING = ("#", '"""', "'''")
ARGUMENT_KEYS = ("arguments", "parameters", "args", "input", "kwargs")
NAME_KEYS = ("name", "tool_name", "tool")


def decode_calls(raw: RawCall) -> tuple[list[ToolCall], list[Issue]]:
    """Return the calls that a raw call holds: one, or several where it is a list.

    >>> decode_calls(RawCall('[{"name": "f"}, 5]', "turn"))[1][1].code
    'call-shape'
    """
    issues: list[Issue] = []
    value = raw.value
    if value is UNREADABLE_CALL:
        return [UNREADABLE_CALL], issues
    if isinstance(value, str):
        try:
            value = decode_text(value, raw.where, issues)
        except NotLiteral as fault:
            return [UNREADABLE_CALL], [*issues, issue(fault.code, raw.where, str(fault))]
    if not isinstance(value, list):
        return [_decode_call(value, raw, raw.where, issues)], issues
    if not value:
        issues.append(issue("call-empty", raw.where, "got [], expected at least one call"))
        return [UNREADABLE_CALL], issues
    return [
        _decode_call(item, raw, f"{raw.where}[{index}]", issues) for index, item in enumerate(value)
    ], issues


def decode_text(text: str, where: str, issues: list[Issue]) -> Any:
    """Decode the text of a call or of its arguments: JSON, or else a Python literal.

    Raises:
        NotLiteral: with the code `call-invalid-json`, `json-nan`, `json-duplicate-key` or
            `json-too-deep`.
    """
    try:
        value = read_json(text)
    except json.JSONDecodeError as fault:
        value = _decode_literal(text, fault)
        issues.append(issue("call-python-literal", where, f"got {_shown(text)}"))
    return value


def _decode_literal(text: str, first: json.JSONDecodeError) -> Any:
    bad = NotLiteral("call-invalid-json", f"{_shown(text)}: {json_words(first)}")
    # A literal that is no container has no place here.
    if not text.lstrip().startswith(("{", "[")) or _is_cut(text):
        raise bad from first
    try:
        return read_literal(text)
    except NotLiteral as fault:
        if fault.code == "call-invalid-json":
            raise bad from fault
        raise


def _is_cut(text: str) -> bool:
    """Tell of brackets outside of strings, few and surely seen, that some are not closed.

    The parser of literals says the same, in some hundred times the time.

    >>> _is_cut('{"a": [1}'), _is_cut("{'a': [1]}"), _is_cut('{"a')
    (True, False, False)
    """
    if len(text) > _MAX_CUT or any(sign in text for sign in _HIDING):
        return False
    outside = STRING.sub("", text)
    if '"' in outside or "'" in outside or "\\" in outside:
        return False
    counts = [(outside.count(opening), outside.count(closing)) for opening, closing in _BRACKETS]
    few = sum(opened for opened, _ in counts) <= MAX_DEPTH  # deep nesting has its own code
    return few and any(opened != closed for opened, closed in counts)


def _decode_call(value: Any, raw: RawCall, where: str, issues: list[Issue]) -> ToolCall:
    body = value
    if isinstance(value, Mapping) and isinstance(value.get("function"), Mapping):
        body = value["function"]
        issues.append(issue("call-keys-renamed", where, "got a call inside `function`"))
    if not isinstance(body, Mapping):
        found = f"got {_shown(body)}, expected an object with name and arguments"
        issues.append(issue("call-shape", where, found))
        return UNREADABLE_CALL
    name_key = next((key for key in NAME_KEYS if key in body), "name")
    argument_key = next((key for key in ARGUMENT_KEYS if key in body), "arguments")
    name = body.get(name_key)
    arguments = _decode_arguments(body.get(argument_key), raw, f"{where}.arguments", issues)
    if not isinstance(name, str) or not name.strip():
        found = f"got name {_shown(name)} in {_shown(body)}"
        issues.append(issue("call-shape", where, found))
        return UNREADABLE_CALL
    if arguments is None:
        return UNREADABLE_CALL
    if (name_key, argument_key) != ("name", "arguments"):
        found = f"got the keys {name_key} and {argument_key}, expected name and arguments"
        issues.append(issue("call-keys-renamed", where, found))
    return ToolCall(name, arguments)


def _decode_arguments(
    value: Any, raw: RawCall, where: str, issues: list[Issue]
) -> Mapping[str, Any] | None:
    """Return the arguments as an object, or None with an issue where they are none."""
    levels = 0
    while isinstance(value, str) and value.strip() and levels < 4:
        try:
            value = decode_text(value, where, issues)
        except NotLiteral as fault:
            issues.append(issue(fault.code, where, str(fault)))
            return None
        levels += 1
    if levels > int(raw.text_arguments):
        issues.append(
            issue("call-arguments-decoded", where, f"decoded {levels} levels of JSON text")
        )
    if value is None or value == "" or (isinstance(value, str) and not value.strip()):
        issues.append(issue("call-arguments-added", where, "got no arguments, wrote {}"))
        return {}
    if not isinstance(value, Mapping):
        found = f"got {_shown(value)}, expected an object"
        issues.append(issue("call-arguments-type", where, found))
        return None
    if _too_deep(value):
        issues.append(issue("json-too-deep", where, f"got more than {MAX_DEPTH} levels"))
        return None
    return value


def _too_deep(value: Any) -> bool:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return False
    return True


def _shown(value: Any) -> str:
    if not isinstance(value, str):
        return reprlib.repr(value)  # unlike repr, safe on any depth
    return repr(value[: _MAX_SHOWN - 3] + "..." if len(value) > _MAX_SHOWN else value)
