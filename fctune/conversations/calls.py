r"""Calls from what people export: JSON text, objects, text inside text, Python literals.

Input: a RawCall. Output: ToolCalls, an UNREADABLE call for each that cannot be read, and issues.
Text is decoded exactly: NaN and repeated keys are found, integers keep all digits, and nothing is
ever evaluated.

Before: {"function": {"name": "now", "arguments": "{\"city\": \"Oslo\"}"}}
After:  ToolCall("now", {"city": "Oslo"})
"""

from __future__ import annotations

import ast
import json
import reprlib
import warnings
from collections.abc import Mapping
from typing import Any

from fctune.conversations.draft import RawCall
from fctune.issues import Issue, issue
from fctune.jsonl import MAX_DEPTH
from fctune.tools.spec import ToolCall

# Stands where a call could not be read, so that results still find their calls.
UNREADABLE_CALL = ToolCall("")

_MAX_LITERAL_CHARACTERS = 20_000
_MAX_SHOWN = 60
_ARGUMENT_KEYS = ("arguments", "parameters", "args", "input", "kwargs")
_NAME_KEYS = ("name", "tool_name", "tool")


class _Unreadable(Exception):
    """Text that cannot be decoded; carries the code that says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


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
        except _Unreadable as fault:
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
        _Unreadable: with the code `call-invalid-json`, `json-nan`, `json-duplicate-key` or
            `json-too-deep`.
    """
    try:
        value = _DECODER.decode(text)
    except RecursionError as fault:
        raise _Unreadable("json-too-deep", f"got more than {MAX_DEPTH} levels") from fault
    except ValueError as fault:
        value = _decode_literal(text, fault)
        issues.append(issue("call-python-literal", where, f"got {_shown(text)}"))
    return value


def _decode_literal(text: str, first: ValueError) -> Any:
    bad = _Unreadable("call-invalid-json", f"got {_shown(text)}: {first}")
    stripped = text.strip()
    # A literal that is no container has no place here, and a long one costs the parser memory.
    if not stripped.startswith(("{", "[")) or len(stripped) > _MAX_LITERAL_CHARACTERS:
        raise bad from first
    try:
        with warnings.catch_warnings():  # Python warns of escapes such as \\d; nobody asked it
            warnings.simplefilter("ignore")
            value = ast.literal_eval(stripped)
    except RecursionError as fault:
        raise _Unreadable("json-too-deep", f"got more than {MAX_DEPTH} levels") from fault
    except (ValueError, SyntaxError, TypeError, MemoryError) as fault:
        raise bad from fault
    plain = _plain(value)
    if plain is None:
        raise bad from first
    return plain


def _plain(value: Any) -> Any:
    """Return a literal as JSON has it (tuples as lists), or None where JSON has no such value."""
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            return None
        items = {key: _plain(item) for key, item in value.items()}
        bad = any(items[key] is None and value[key] is not None for key in items)
        return None if bad else items
    if isinstance(value, list | tuple):
        members = [_plain(item) for item in value]
        bad = any(new is None and old is not None for new, old in zip(members, value, strict=True))
        return None if bad else members
    return value if isinstance(value, str | int | float | bool) else None


def _decode_call(value: Any, raw: RawCall, where: str, issues: list[Issue]) -> ToolCall:
    body = value
    if isinstance(value, Mapping) and isinstance(value.get("function"), Mapping):
        body = value["function"]
        issues.append(issue("call-keys-renamed", where, "got a call inside `function`"))
    if not isinstance(body, Mapping):
        found = f"got {_shown(body)}, expected an object with name and arguments"
        issues.append(issue("call-shape", where, found))
        return UNREADABLE_CALL
    name_key = next((key for key in _NAME_KEYS if key in body), "name")
    argument_key = next((key for key in _ARGUMENT_KEYS if key in body), "arguments")
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
        except _Unreadable as fault:
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


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _Unreadable("json-duplicate-key", f"got the key {twice!r} twice")
    return value


def _refuse(name: str) -> Any:
    raise _Unreadable("json-nan", f"got {name}")


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


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse)
