"""Rows that the compiled part rejects: the issues and the row are those of the Python reader."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from fctune.conversations.prompt_tools import listed_tools, may_list_tools
from fctune.dataset import work
from fctune.dataset.chunks import Chunk
from fctune.dataset.layout import HEADS, MARKS, REJECTS, Segment
from fctune.dataset.options import BuildOptions
from fctune.dataset.segment import SegmentWriter
from fctune.dataset.work import Worker
from fctune.jsonl import RawRow
from fctune.native.library import library

built = pytest.mark.skipif(library() is None, reason="the compiled part was not built: no cargo")

KINDS = {
    "city": {"type": "string"},
    "days": {"type": "integer"},
    "unit": {"type": "string", "enum": ["C", "F", "华氏"]},
    "tags": {"type": "array", "items": {"type": "string"}},
    "area": {"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]},
}
WEATHER = {
    "name": "weather",
    "description": "Get the weather.",
    "parameters": {"type": "object", "properties": KINDS, "required": ["city", "days"]},
}
CLOCK = {"name": "时钟", "description": "Now.", "parameters": {"type": "object", "properties": {}}}
LAWFUL = {"city": "Oslo", "days": 2, "unit": "C", "tags": ["a"], "area": {"a": 1.5}}
VALUES: tuple[Any, ...] = (
    *("5", 5, 5.5, 1.0, -0.0, 1e16, 0.1 + 0.2, 12345678901234567890, True, None, [], {}, ["a", 1]),
    *({"value": "x"}, {"b": 1, "a": 2}, "东山" * 50, "it's", "a\"b'c", "tab\tx\n", "é\u200b"),
    *("<|im_end|>", "x" * 90, [1, [2, {"k": 3}]], "😀", {"a": "x"}, {"a": 1, "b": 2}),
)
NAMES = (
    "weather_v2",
    "",
    " ",
    "no'pe",
    'no"pe',
    "工具",
    "a\\b",
    "n\u200b",
    "x\u00ad",
    "Weather",
    5,
)
SIGNS = (
    *("{}[]\",:\\'#() \n\t0-eN"),
    *("NaN", "Infinity", "tru", "null", '"a"', "'''", "“", "\\u00e9", "\\ud800", "\\n", "-", "1."),
    *("01", ",}", ",]", "{{", "<|x|>", "云", '"city": 1, ', "999999999999999999999"),
)
TEXTS = (
    *("Hi", "ok.", '{"a": 1}', "Thought: x", "  ", "", "Action Input: x", "tool_call: now", "`x`"),
    *("[f(a=1)]", '{"name": "weather", "arguments": {}}', "Result: 5", "<think>x</think>"),
    *("fn name {param}", 'fn name \n{ "param": 1}', '[ {"name": "f", "parameters": {}}]'),
    *("use <std::vector<int>> name", "<a::b>", "<tools::x>", "<|std::x|>", "日 <日::x>"),
)
ROLES = ("human", "gpt", "function_call", "observation", "system", "tool", "Observation", "x")


def row_of(*turns: tuple[str, Any], tools: object = (WEATHER, CLOCK)) -> dict[str, Any]:
    made = [{"from": role, "value": value} for role, value in turns]
    return {"conversations": made, "tools": json.dumps(tools, ensure_ascii=False)}


def called(value: object) -> tuple[str, Any]:
    return "function_call", value if isinstance(value, str) else json.dumps(value)


def weather(**changed: object) -> dict[str, Any]:
    return {"name": "weather", "arguments": {**LAWFUL, **changed}}


def calling(*calls: object) -> dict[str, Any]:
    turns: list[tuple[str, Any]] = []
    for call in calls:
        turns += [("human", "Weather?"), called(call), ("observation", "5"), ("gpt", "5.")]
    return row_of(*turns)


def compared(
    rows: list[dict[str, Any]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Segment, int]:
    """Compare what both readers write of rows; return the segment, and how many Python read.

    What the compiled part rejects Python does not read.
    """
    path = folder / "rows.jsonl"
    # Twice: the first lines tell it of their tools and system texts.
    lines = [json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows]
    path.write_bytes(b"".join(lines * 2))
    options = BuildOptions("b", folder, (path,))
    read = 0
    full = Worker._full

    def counted(self: Worker, raw: RawRow, writer: SegmentWriter) -> None:
        nonlocal read
        read += raw.origin.line > len(rows)
        full(self, raw, writer)

    with monkeypatch.context() as patched:
        patched.setattr(Worker, "_full", counted)
        native = Worker(options).run(Chunk(0, path), folder / "native")
    with monkeypatch.context() as patched:
        patched.setattr(work, "scanner_of", lambda *_: None)
        python = Worker(options).run(Chunk(0, path), folder / "python")
    for name in (REJECTS, HEADS, MARKS):
        assert (native.folder / name).read_bytes() == (python.folder / name).read_bytes()
    assert native.rejects_by_code == python.rejects_by_code
    assert (native.read, native.rows) == (python.read, python.rows)
    return native, read


FAULTY = [
    *(calling({"name": name, "arguments": {}}) for name in ("now", "it's", "工具")),
    *(calling(weather(unit=unit)) for unit in ("K", "开" * 90)),
    *(calling(weather(days=days)) for days in ("5", 5.5, None, [1], {"value": 5})),
    calling(weather(tags=["a", 1])),
    calling(weather(area={})),
    calling(weather(speed=1)),
    calling({"name": "weather", "arguments": {"unit": "C"}}),
    calling(weather(days="5"), weather(), weather(unit="K"), {"name": "x", "arguments": {}}),
    calling({"name": "x", "arguments": {}}, {"name": "x", "arguments": {"a": 1}}),
    *(calling(json.dumps(weather())[:end]) for end in (0, 1, 5, 7, 8, 9, 20, 40, 52, 53, 57)),
    calling("now please", weather(days="5")),
    calling('\n{"name": "weather",\n "arguments": {"city": "Os\\"lo"'),
    row_of(("human", "Hi."), ("gpt", "Well."), ("observation", "5"), ("gpt", "5.")),
    row_of(("system", "Be brief."), ("human", "Hi."), ("observation", "5"), ("gpt", "5.")),
    {**calling(weather(days="5")), "system": "Be brief."},
    {"system": " ", **calling(weather(days="5"))},
    row_of(
        *(("human", "Hi."), ("observation", "1"), called("{"), ("observation", "2"), ("gpt", "A.")),
        *(("observation", "3"), called(weather(days="5")), ("observation", "4"), ("gpt", "B.")),
    ),
]  # fmt: skip


@built
@pytest.mark.parametrize("row", FAULTY, ids=range(len(FAULTY)))
def test_faults_are_told_by_the_compiled_part_as_python_tells_them(
    row: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, read = compared([row] * 130, tmp_path, monkeypatch)
    assert (made.rejected, read) == (260, 0)


@built
@pytest.mark.parametrize(
    "row",
    [
        calling(weather(unit=5)),  # two faults, whose order may change
        calling(weather(days={"b": 1, "a": 2})),  # keys that may be sorted
        calling("{'name': 'weather', 'arguments': {'city': 'Oslo', 'days': 2}}"),
        calling('{"name": "weather", "name": "weather", "arguments": {'),
        calling('{"name": "weather", "arguments": {"days": NaN'),
        row_of(("human", "Hi."), ("gpt", "Well."), ("observation", "5")),
        row_of(("observation", "5"), ("gpt", "Well.")),
        {**calling(weather(days="5")), "label": False},
    ],
)
def test_what_may_be_told_otherwise_is_left_to_python(
    row: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert compared([row] * 130, tmp_path, monkeypatch)[1] == 130


def mutated_call(call: str, chance: random.Random) -> str:
    pick = chance.random()
    if pick < 0.5:
        value = weather()
        arguments = value["arguments"]
        for _ in range(chance.randrange(1, 3)):
            key = chance.choice(list(LAWFUL))
            kind = chance.randrange(6)
            if kind == 0:
                arguments.pop(key, None)
            elif kind == 1:
                value["name"] = chance.choice(NAMES)
            elif kind == 2:
                arguments[chance.choice(("extra", "o'k", "a.b", "日"))] = chance.choice(VALUES)
            else:
                arguments[key] = chance.choice(VALUES)
        return json.dumps(value, ensure_ascii=chance.random() < 0.3)
    if pick < 0.7:
        return call[: chance.randrange(len(call) + 1)]
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(call) + 1)
        call = call[:at] + chance.choice(SIGNS) + call[at + chance.randrange(3) :]
    return call


def mutated(chance: random.Random) -> dict[str, Any]:
    row = calling(*[weather() for _ in range(chance.randrange(1, 4))])
    turns = row["conversations"]
    for turn in turns:
        if turn["from"] == "function_call" and chance.random() < 0.5:
            turn["value"] = mutated_call(turn["value"], chance)
    for _ in range(chance.choice((0, 0, 1, 2))):
        at = chance.randrange(len(turns))
        kind = chance.randrange(5)
        if kind == 0 and len(turns) > 1:
            del turns[at]
        elif kind == 1:
            turns.insert(at, {"from": chance.choice(ROLES), "value": chance.choice(TEXTS)})
        elif kind == 2:
            turns[at]["from"] = chance.choice(ROLES)
        elif kind == 3:
            turns[at]["value"] = chance.choice(TEXTS)
        else:
            turns.insert(at + 1, {"from": "observation", "value": "{}"})
    if chance.random() < 0.2:
        row["system"] = chance.choice(("", "Be kind.", " ", "你好", None, "<|x|>"))
    if chance.random() < 0.1:
        row["tools"] = chance.choice(
            ("", "[]", json.dumps([CLOCK]), json.dumps([{**CLOCK, "x": 1}]))
        )
    return dict(reversed(row.items())) if chance.random() < 0.1 else row


@built
def test_mutated_rows_are_told_as_python_tells_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(8)
    made, read = compared([mutated(chance) for _ in range(2000)], tmp_path, monkeypatch)
    # More rows than are lawful are not read by Python: those beyond are told by the compiled part.
    assert 2000 - read > made.rows // 2 + 100, (made.rows, read)


def test_no_text_that_lists_tools_is_taken_for_words() -> None:
    chance = random.Random(3)
    tool = '{"name": "now", "description": "Time.", "parameters": {}}'
    parts = ("[", " ", "\n", "\u3000", tool, tool[:20], "{", "}", "]", ",", "tools: ", "x", "名")
    found = 0
    for _ in range(5000):
        text = "".join(chance.choices(parts, k=chance.randrange(1, 7)))
        if listed_tools(text) is not None:
            found += 1
            assert may_list_tools(text), text
    assert found > 100
