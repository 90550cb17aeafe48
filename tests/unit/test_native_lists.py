"""Tool lists in the compiled part: judged as Python judges them, or left to Python."""

from __future__ import annotations

import hashlib
import json
import random
import time
from typing import Any

import orjson
import pytest

from fctune.conversations.quick_schemas import plain_tools
from fctune.dataset.estimates import estimate_tools
from fctune.native.library import library, probe

pytestmark = pytest.mark.skipif(library() is None, reason="the compiled part was not built")

PLAIN: list[Any] = [
    [
        {
            "name": "now",
            "description": " Time.\u3000",
            "parameters": {"type": "object", "properties": {}},
        }
    ],
    [
        {
            "type": "function",
            "function": {
                "name": "book_room-2",
                "parameters": {
                    "required": ["city", "guests"],
                    "type": "object",
                    "properties": {
                        "guests": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 1e3,
                            "default": -0.0,
                        },
                        "city": {
                            "type": "string",
                            "enum": ["北京", "Zürich", "\x7f", "😀", 1, None],
                        },
                        "dates": {"type": "array", "items": {"type": "string", "format": "date"}},
                        "at": {"type": "object", "properties": {"b": {}, "a": {"title": "x"}}},
                    },
                },
            },
        },
        {"parameters": {"properties": {}, "type": "object", "required": []}, "name": "look"},
    ],
]
EMPTY: Any = {"type": "object", "properties": {}}
DOUBTFUL: list[Any] = [
    [], {}, [1], [{"name": "f"}], [{"name": "a b", "parameters": EMPTY}], [*PLAIN[0], *PLAIN[0]],
    [{"name": "f", "description": 1, "parameters": EMPTY}],
    [{"name": "f", "description": "<tool_call>", "parameters": EMPTY}],
    [{"name": "f", "parameters": {**EMPTY, "required": ["a"]}}],
    *(
        [{"name": "f", "parameters": {"type": "object", "properties": {"a": schema}}}]
        for schema in (
            {"$ref": "#/x"}, {"default": 1e15}, {"minimum": True}, {"enum": []}, {"type": "str"},
            {"required": []}, 1,
        )
    ),
]  # fmt: skip


def found(raw: str) -> list[Any] | None:
    made = probe("lists.plain", orjson.dumps(raw))
    return orjson.loads(made) if made is not None else None


def wanted(raw: str) -> list[Any] | None:
    plain = plain_tools(raw)
    return [*plain, estimate_tools(plain[0])] if plain is not None else None


@pytest.mark.parametrize("value", PLAIN, ids=len)
def test_plain_lists_are_judged_as_in_python(value: Any) -> None:
    for raw in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        assert found(raw) == wanted(raw)
        assert found(raw) is not None


@pytest.mark.parametrize("value", DOUBTFUL, ids=repr)
def test_other_lists_are_left_to_python(value: Any) -> None:
    assert found(json.dumps(value)) is None


def test_damaged_lists_are_judged_as_in_python_or_left_to_it() -> None:
    chance = random.Random(3)
    signs = ['"', "\\", "{", "}", "[", "]", ",", ":", "1", "e9", "0.1", "null", "<", "\\u00e9", "é"]
    words = ["required", "properties", "items", "enum", "default", "type", "object", "name", "a"]
    texts = [json.dumps(value, ensure_ascii=bool(at)) for value in PLAIN for at in range(2)]
    judged = 0
    for _ in range(4000):
        raw = chance.choice(texts)
        for _ in range(chance.randrange(3)):
            if chance.random() < 0.5:
                raw = raw.replace(f'"{chance.choice(words)}"', f'"{chance.choice(words)}"', 1)
            at = chance.randrange(len(raw))
            raw = raw[:at] + chance.choice([*signs, " "]) + raw[at + chance.randrange(3) :]
        made = found(raw)
        assert made is None or made == wanted(raw), raw
        judged += made is not None
    assert judged > 1000


def test_digests_are_those_of_sha256() -> None:
    for size in (1, 3, 55, 56, 63, 64, 65, 1000):
        raw = json.dumps([{**PLAIN[0][0], "description": "x" * size}])
        text = json.dumps(json.loads(raw), sort_keys=True, separators=(",", ":"))
        made = found(raw)
        assert made is not None
        assert made[1] == hashlib.sha256(text.encode()).hexdigest()


def test_a_list_of_many_names_takes_linear_time() -> None:
    names = [f"p{at}" for at in range(20_000)]
    parameters = {"type": "object", "properties": {name: {} for name in names}, "required": names}
    raw = json.dumps([{"name": "f", "description": "", "parameters": parameters}])
    begun = time.process_time()
    made = found(raw)
    assert time.process_time() - begun < 1  # some 0.03 s; 20,000 names squared would take minutes
    assert made is not None
    assert made == wanted(raw)
