"""Values written as text: exact JSON, and literals of Python, which are read, never evaluated.

Input: text such as `{'a': [1, True, null]}`, which people get by printing an object. Output: its
value as JSON has it, tuples as lists. NaN and repeated keys are found, integers keep all digits.
Text that is no literal, or would cost too much to read, is refused with a code that says why.

Before: "{'city': 'Oslo', 'days': (1, 2), 'note': None}"
After:  {"city": "Oslo", "days": [1, 2], "note": None}
"""

from __future__ import annotations

import ast
import json
import math
import warnings
from typing import Any

from fctune.jsonl import MAX_DEPTH
from fctune.jsonl.faults import json_words
from fctune.patterns import regex

MAX_CHARACTERS = 4_000_000
# The parser makes a node of each value, so that what stands outside of strings costs the memory.
MAX_OUTSIDE_STRINGS = 50_000

STRING = regex(r"""(?s)"(?:[^"\\]++|\\.)*+"|'(?:[^'\\]++|\\.)*+'""")
"""A string in single or double quotes."""
_SIGN = regex(r"""[\[\](){}"']""")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_SPACE = regex(r"[ \t\n\r]*")
_WORDS = {"true": True, "false": False, "null": None}
_NOT_JSON = frozenset({"NaN", "nan", "Infinity", "inf"})


class NotLiteral(ValueError):
    """Text that is no literal of JSON values.

    Attributes:
        code: `call-invalid-json`, `json-nan`, `json-duplicate-key` or `json-too-deep`.
    """

    def __init__(self, code: str, message: str) -> None:
        """Keep the code beside the message."""
        super().__init__(message)
        self.code = code


def read_value(text: str) -> Any:
    """Return the value of JSON text, or else of a literal.

    Raises:
        NotLiteral: the text is neither.

    >>> read_value('"a"'), read_value("'a'"), read_value("None")
    ('a', 'a', None)
    """
    try:
        return read_json(text)
    except json.JSONDecodeError:
        return read_literal(text)


def read_json(text: str) -> Any:
    """Return the value of JSON text.

    Raises:
        JSONDecodeError: the text is not JSON.
        NotLiteral: it is, with the code `json-nan`, `json-duplicate-key` or `json-too-deep`.
    """
    value, end = read_json_at(text, _after_space(text, 0))
    end = _after_space(text, end)
    if end != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def read_json_at(text: str, position: int) -> tuple[Any, int]:
    """Return the JSON value that begins at a position, and where it ends.

    Raises:
        JSONDecodeError, NotLiteral: as `read_json`.
    """
    try:
        return _DECODER.raw_decode(text, position)
    except (json.JSONDecodeError, NotLiteral):
        raise
    except RecursionError as fault:
        raise NotLiteral("json-too-deep", f"got more than {MAX_DEPTH} levels") from fault
    except ValueError as fault:  # an integer of thousands of digits
        raise NotLiteral("call-invalid-json", json_words(fault)) from fault


def read_literal(text: str) -> Any:
    """Return the value of a literal.

    Args:
        text: Python or JSON; `true`, `false` and `null` may stand beside Python's own words.

    Raises:
        NotLiteral: the text is anything else, has no JSON value, or is too long or too deep.

    >>> read_literal("{'a': (1, true, None)}")
    {'a': [1, True, None]}
    """
    stripped = text.strip()
    if len(stripped) > MAX_CHARACTERS:
        raise NotLiteral("call-invalid-json", f"got more than {MAX_CHARACTERS} characters")
    if len(STRING.sub("", stripped)) > MAX_OUTSIDE_STRINGS:
        found = f"got more than {MAX_OUTSIDE_STRINGS} characters outside of strings"
        raise NotLiteral("call-invalid-json", found)
    try:
        with warnings.catch_warnings():  # Python warns of escapes such as \\d; nobody asked it
            warnings.simplefilter("ignore")
            tree = ast.parse(stripped, mode="eval")
    except RecursionError as fault:
        raise NotLiteral("json-too-deep", f"got more than {MAX_DEPTH} levels") from fault
    except (ValueError, SyntaxError, MemoryError) as fault:
        deep = "too many nested" in str(fault)
        code = "json-too-deep" if deep else "call-invalid-json"
        raise NotLiteral(code, _words_of(fault)) from fault
    return _value_of(tree.body, MAX_DEPTH)


def _words_of(fault: Exception) -> str:
    """Return why a text is no literal, in words of ours: Python's differ with its version."""
    if isinstance(fault, UnicodeEncodeError):
        return "half of a surrogate pair"
    if isinstance(fault, MemoryError) or "too many nested" in str(fault):
        return "nested too deep to be read"
    if "integer string conversion" in str(fault):
        return json_words(ValueError())
    return "neither JSON nor a Python literal"


def _value_of(node: ast.expr, depth: int) -> Any:
    if depth < 0:
        raise NotLiteral("json-too-deep", f"got more than {MAX_DEPTH} levels")
    match node:
        case ast.Constant(value=str() | bool() | None as value):
            return value
        case ast.Constant(value=int() | float() as number):
            return _finite(number)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=ast.Constant(value=number)):
            if isinstance(number, int | float) and not isinstance(number, bool):
                return _finite(-number if isinstance(sign, ast.USub) else number)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value_of(item, depth - 1) for item in items]
        case ast.Dict(keys=keys, values=values):
            return _object_of(keys, values, depth)
        case ast.Name(id=word) if word in _WORDS:
            return _WORDS[word]
        case ast.Name(id=word) if word in _NOT_JSON:
            raise NotLiteral("json-nan", f"got {word}")
    raise NotLiteral("call-invalid-json", "got a name or an expression, expected a literal")


def _object_of(keys: list[ast.expr | None], values: list[ast.expr], depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in zip(keys, values, strict=True):
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            raise NotLiteral("call-invalid-json", "got a key that is no string")
        if key.value in found:
            raise NotLiteral("json-duplicate-key", f"got the key {key.value!r} twice")
        found[key.value] = _value_of(value, depth - 1)
    return found


def _finite(number: int | float) -> int | float:
    if isinstance(number, float) and not math.isfinite(number):
        raise NotLiteral("json-nan", "got a number too large for JSON")
    return number


def bracket_end(text: str, start: int) -> int | None:
    """Return the position behind the bracket that closes the one at `start`, strings left out.

    >>> bracket_end("f(a=')', b=[1]) and more", 1)
    15
    >>> bracket_end("(]", 0) is None
    True
    """
    open_: list[str] = []
    position = start
    while found := _SIGN.search(text, position):
        position = found.end()
        sign = found[0]
        if sign in "\"'":
            string = STRING.match(text, found.start())
            if string is None:
                return None
            position = string.end()
        elif sign in _CLOSING:
            open_.append(_CLOSING[sign])
        elif not open_ or open_.pop() != sign:
            return None
        elif not open_:
            return position
    return None


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise NotLiteral("json-duplicate-key", f"got the key {twice!r} twice")
    return value


def _refuse(name: str) -> Any:
    raise NotLiteral("json-nan", f"got {name}")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse)
