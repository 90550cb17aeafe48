"""Hostile rows for the tests of prepare: the real samples, mutated; the same for the same seed.

Not a test by itself. Rows are mutated as values (also inside JSON that stands in a string, as the
`tools` column does) and then as bytes, and written as JSON Lines.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from fctune.errors import InputFault
from fctune.jsonl import read_rows

_LONGEST = 300_000
_SUFFIXES = (".json", ".jsonl", ".csv")
_TOKENS = (
    "<|im_start|>", "<|im_end|>", "</tool_call>", "<tool_call>", "<tool_response>", "[TOOL_CALLS]",
    "<think>", "</think>", "<|endoftext|>", "<|eot_id|>", "{{content}}", "{{idx}}", "<image>",
    "<video>", "Action: look\nAction Input: {}", "functools[", "<function=a>{}</function>",
)  # fmt: skip
_STRINGS = (
    *_TOKENS, "", " ", "\x00", "\x1b[31m", "\u202eright to left\u202c",
    "\u200f", "\ufeff", "\ufffe",
    "__proto__", "constructor", "hasOwnProperty", "__class__", "None",
    "NaN", "Infinity", "-0", "null",
    "true", "1e999", "9" * 400, "(a+)+$", "^(([a-z])+.)+[A-Z]([a-z])+$",
    "a" * 70_000, "好" * 20_000,
    "😀" * 300, "{" * 300, "[" * 5_000, '{"a":' * 200, "2024-01-01",
    "2024-01-01T00:00:00Z", "```json\n{}\n```",
    '{"name": "x", "arguments": {"a": 1, "a": 2}}', '[{"name": "x", "arguments": "{"}]',
    "' or 1=1 --",
    "\r\n\r\n", "line\u2028sep\u2029", "\x7f\x80\x9f", "../../etc/passwd",
    "${jndi:ldap://x}", "%s%n",
    "__import__('os').system('true')", "[f(x=__import__('os'))]", "[f(a=1), g(b='x')]",
    "f(x)", "a@b.example.com",
    "+86 138 0013 8000", "4111 1111 1111 1111", "sk-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH",
)  # fmt: skip
_ROLES = (
    "system", "user", "assistant", "tool", "function", "human", "gpt", "function_call",
    "observation", "developer", "model", "USER", "用户", "", "ipython",
)  # fmt: skip
_NUMBERS = (0, -1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**40, 1.5, -0.0, 1e308, 1e-320, 0.1 + 0.2)
_KEYS = (
    "__proto__", "constructor", "", "role", "from", "content", "value", "arguments", "parameters",
    "name", "type", "properties", "required", "function", "tool_calls", "$ref", "enum",
    "键", "\x00",
)  # fmt: skip


def samples(*folders: Path) -> list[Any]:
    """Return all rows of all raw files below the folders, as values."""
    files = sorted(p for one in folders for p in one.rglob("*") if p.suffix in _SUFFIXES)
    rows: list[Any] = []
    for file in files:
        try:
            rows += [row.value for row in read_rows(file) if isinstance(row.value, dict)]
        except InputFault:
            continue  # a table of something else
    return rows


class Mutator:
    """Makes hostile lines of real rows.

    Args:
        rows: the real rows.
        seed: of the choice.
        url: where remote references lead.
    """

    def __init__(self, rows: Sequence[Any], seed: int, url: str) -> None:
        self._rows = [json.dumps(row) for row in rows]
        self._random, self._url = random.Random(seed), url
        self._changes: tuple[Callable[[Any], Any], ...] = (
            self._drop, self._rename, self._retype, self._string, self._string, self._number,
            self._role, self._nested, self._swap, self._repeat, self._shuffle, self._encode,
            self._schema, self._insert,
        )  # fmt: skip

    def lines(self, count: int) -> Iterator[bytes]:
        """Yield so many lines, none of them blank."""
        chance = self._random
        for _ in range(count):
            line = self._line()
            if chance.random() < 0.15:
                line = self._bytes(line)
            line = line.replace(b"\n", b" ").strip() or b"{"
            yield line + chance.choice((b"\n", b"\n", b"\r\n"))

    def _line(self) -> bytes:
        chance = self._random
        value = json.loads(chance.choice(self._rows))
        try:
            for _ in range(chance.choice((0, 1, 1, 1, 2, 3, 8))):
                value = self._mutated(value, 0)
            text = json.dumps(value, ensure_ascii=chance.random() < 0.2)
        except RecursionError:
            text = '{"messages": ' + "[" * 3000 + "]" * 3000 + "}"
        if len(text) > _LONGEST:
            text = text[:_LONGEST]
        return text.encode("utf-8", "surrogatepass")

    def _mutated(self, value: Any, level: int) -> Any:
        chance = self._random
        deeper = level < 12 and chance.random() < (0.8 if level else 0.97)
        if deeper and isinstance(value, dict) and value:
            key = chance.choice(list(value))
            value[key] = self._mutated(value[key], level + 1)
            return value
        if deeper and isinstance(value, list) and value:
            index = chance.randrange(len(value))
            value[index] = self._mutated(value[index], level + 1)
            return value
        if deeper and isinstance(value, str) and value[:1] in ("{", "["):
            try:
                inner = self._mutated(json.loads(value), level + 1)
                return json.dumps(inner, ensure_ascii=chance.random() < 0.3)
            except (ValueError, RecursionError):
                return value
        return chance.choice(self._changes)(value)

    def _drop(self, value: Any) -> Any:
        if isinstance(value, dict | list) and value:
            where = list(value) if isinstance(value, dict) else range(len(value))
            del value[self._random.choice(where)]
            return value
        return None

    def _rename(self, value: Any) -> Any:
        if isinstance(value, dict) and value:
            key = self._random.choice(list(value))
            value[self._random.choice((*_KEYS, key.upper(), key + "s"))] = value.pop(key)
        return value

    def _retype(self, value: Any) -> Any:
        wrapped = ([value], {"value": value}, str(value)[:1000], None, True, [], {}, 0, 1.5)
        return self._random.choice(wrapped)

    def _string(self, value: Any) -> Any:
        hostile = self._random.choice((*_STRINGS, "\ud83d", "half \udc00"))
        if isinstance(value, str) and self._random.random() < 0.5:
            at = self._random.randrange(len(value) + 1)
            return value[:at] + hostile + value[at:]
        return hostile

    def _number(self, _: Any) -> Any:
        return self._random.choice((*_NUMBERS, float("nan"), float("inf")))

    def _role(self, _: Any) -> Any:
        return self._random.choice(_ROLES)

    def _nested(self, value: Any) -> Any:
        for _ in range(self._random.choice((3, 60, 120))):
            value = [value] if self._random.random() < 0.5 else {"a": value}
        return value

    def _swap(self, _: Any) -> Any:
        other: Any = json.loads(self._random.choice(self._rows))
        for _ in range(self._random.randrange(4)):
            if not isinstance(other, dict | list) or not other:
                break
            inner = list(other.values()) if isinstance(other, dict) else other
            other = self._random.choice(inner)
        return other

    def _repeat(self, value: Any) -> Any:
        if isinstance(value, list) and value:
            return value + value[self._random.randrange(len(value)) :]
        return [value, value]

    def _shuffle(self, value: Any) -> Any:
        if isinstance(value, list):
            self._random.shuffle(value)
        elif isinstance(value, dict):
            items = list(value.items())
            self._random.shuffle(items)
            return dict(items)
        return value

    def _encode(self, value: Any) -> Any:
        return repr(value) if self._random.random() < 0.3 else json.dumps(value)

    def _schema(self, value: Any) -> Any:
        url = self._url
        schema = self._random.choice(
            (
                {"$ref": f"{url}/schema.json"}, {"$ref": "file:///etc/passwd"}, {"$ref": "#/a/b"},
                {"$ref": "#"}, {"$id": f"{url}/id", "$ref": "other"}, {"$schema": f"{url}/dialect"},
                {"$dynamicRef": f"{url}/d#x"}, {"$recursiveRef": "#"},
                {"type": "string", "pattern": "(a+)+$"}, {"pattern": "(?=.*(x+x+)+y)(?<n>z)\\1"},
                {"pattern": "["}, {"multipleOf": 0}, {"maxLength": -1}, {"minItems": 10**30},
                {"enum": []}, {"enum": [None, 1e400, {}]}, {"type": ["string", "strnig"]},
                {"allOf": [{"$ref": "#"}] * 3}, {"properties": {"__proto__": {"type": "string"}}},
                {"required": ["constructor"]}, {"patternProperties": {"(a+)+$": {}}}, {"not": {}},
                {"definitions": {"a": {"$ref": "#/definitions/a"}}, "$ref": "#/definitions/a"},
            )
        )  # fmt: skip
        if isinstance(value, dict):
            return {**value, **schema}
        return schema

    def _insert(self, value: Any) -> Any:
        if isinstance(value, dict):
            value[self._random.choice(_KEYS)] = self._swap(None)
        elif isinstance(value, list):
            value.insert(self._random.randrange(len(value) + 1), self._swap(None))
        return value

    def _bytes(self, line: bytes) -> bytes:
        chance = self._random
        at = chance.randrange(len(line))
        kind = chance.randrange(8)
        if kind == 0:  # some bits
            data = bytearray(line)
            for _ in range(chance.choice((1, 1, 2, 20))):
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            return bytes(data)
        if kind == 1:
            return line[:at]
        if kind == 2:
            return line[:at] + line[at + chance.randrange(1, 50) :]
        if kind == 3:  # a key twice
            mark = line.find(b'", "', at)
            end = line.find(b",", mark + 4)
            return line[: mark + 3] + line[mark + 3 : end] + b"," + line[mark + 3 :]
        if kind == 4:
            return line.replace(
                b'": "', b'": ' + chance.choice((b"NaN", b"1e999", b"01")) + b', "x": "', 1
            )
        if kind == 5:
            return line + line
        odd = (
            b"\x00",
            b"\xff",
            b"\xc3",
            b"\xed\xa0\x80",
            b"\\ud800",
            b"\\u0000",
            b"\xef\xbb\xbf",
            b"\r",
            b"'",
        )
        return line[:at] + chance.choice(odd) + line[at:]
