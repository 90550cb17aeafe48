"""The quick reader: whatever it does not refuse equals, to the letter, what the full way gives."""

from __future__ import annotations

import json
import os
import random
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from fctune.conversations import claims, grounding, meant, personal
from fctune.conversations.families import check_family, family_of
from fctune.conversations.formats.sharegpt import to_row
from fctune.conversations.hashes import RowHashes, hashes_of
from fctune.conversations.quick import QuickReader, QuickSettings
from fctune.conversations.quick_row import QuickRow
from fctune.conversations.read import read_conversation
from fctune.issues import Accepted, Origin
from fctune.jsonl import parse_text, read_rows
from fctune.jsonl.write import dump_line
from fctune.tools.read import parse_catalog

ROOT = Path(__file__).resolve().parents[2]
RAW = ROOT / "data" / "raw"
SHARED = ROOT.parent / "shared" / "data" / "raw"
ORIGIN = Origin("a.jsonl", 1)
AUDITS = (claims, personal, meant)
PREFILTERS = tuple(audit.suspect for audit in AUDITS)
CASES = int(os.environ.get("FCTUNE_FUZZ_CASES", "3000"))
TEMPLATES = ("qwen", "glm4", "mistral", "gemma")


def lines_of(path: Path) -> list[bytes]:
    return [orjson.dumps(row.value) for row in read_rows(path) if row.issue is None]


@cache
def real_lines() -> tuple[bytes, ...]:
    paths = (*sorted(RAW.rglob("*.json*")), *sorted(SHARED.rglob("*.json*")))
    return tuple(line for path in paths for line in lines_of(path)[:300])


def full(line: bytes, settings: QuickSettings) -> Accepted[Any] | None:
    try:
        row = parse_text(line.decode("utf-8").strip(), ORIGIN)
    except UnicodeDecodeError:
        return None
    if row.issue is not None:
        return None
    verdict = read_conversation(
        row.value, ORIGIN, tools=settings.tools, format=settings.format, system=settings.system
    )
    if isinstance(verdict, Accepted) and not check_family(verdict.value, settings.family):
        return verdict
    return None


def agree(line: bytes, found: QuickRow | None, settings: QuickSettings) -> bool:
    """Assert that a quick row is the row of the full way; tell whether there is one."""
    if found is None:
        return False
    verdict = full(line, settings)
    assert verdict is not None, line
    conversation = verdict.value
    assert found.conversation(ORIGIN) == conversation, line
    expected = dump_line(to_row(conversation, joiner=settings.family.joiner))
    assert found.line() == expected
    assert found.codes == tuple(sorted({issue.code for issue in verdict.issues}))
    assert found.calls == tuple(call.name for call in conversation.calls)
    assert hashes_of(conversation) == RowHashes(
        found.prompt,
        found.answer,
        found.frame,
        found.wordings,
        tuple(found.values),
        found.language,
    )
    if not found.suspect:
        audits = (grounding, *AUDITS) if settings.prefilters else (grounding,)
        assert [audit.find(conversation) for audit in audits] == [[]] * len(audits)
    return True


@pytest.mark.parametrize("template", TEMPLATES)
def test_real_rows_are_read_as_the_full_way_reads_them(template: str) -> None:
    settings = QuickSettings(family=family_of(template), prefilters=PREFILTERS)
    reader = QuickReader(settings)
    lines = real_lines()
    assert sum(agree(line, reader.read(line), settings) for line in lines) > 800


def test_rows_of_a_batch_are_those_of_single_lines() -> None:
    lines = [b"{", *lines_of(RAW / "glaive" / "glaive_toolcall_zh_demo.json"), b'{"messages":5}']
    together = QuickReader(QuickSettings()).read_many(lines)
    reader = QuickReader(QuickSettings())
    assert [row and row.line() for row in together] == [
        row and row.line() for row in map(reader.read, lines)
    ]
    assert [row.number for row in together if row] == [i for i, row in enumerate(together) if row]


@pytest.mark.parametrize(
    ("file", "share"),
    [
        ("glaive/glaive_toolcall_en_demo.json", 0.95),
        ("glaive/glaive_toolcall_zh_demo.json", 0.93),
        ("ecommerce/ecommerce_openai.jsonl", 0.9),
    ],
)
def test_most_clean_rows_go_the_quick_way(file: str, share: float) -> None:
    settings = QuickSettings()
    lines = lines_of(RAW / file)
    accepted = sum(full(line, settings) is not None for line in lines)
    quick = sum(row is not None for row in QuickReader(settings).read_many(lines))
    assert quick >= share * accepted


def test_tools_given_for_rows_without_any() -> None:
    tools, _ = parse_catalog(
        [{"name": "now", "description": "Time.", "parameters": {"zone": {"type": "str"}}}]
    )
    settings = QuickSettings(tools=tools, system="Be kind.")
    reader = QuickReader(settings)
    call = {"from": "function_call", "value": '{"name": "now", "arguments": {"zone": "Oslo"}}'}
    ask, say = {"from": "human", "value": "In Oslo?"}, {"from": "gpt", "value": "No."}
    for listed in ({}, {"tools": ""}, {"tools": "[]"}, {"tools": None}, {"tools": []}):
        for turns in ([ask, say], [ask, call], [ask, say, ask, call]):
            line = orjson.dumps({"conversations": turns, **listed})
            assert agree(line, reader.read(line), settings), line


@pytest.mark.parametrize("choice", ["glaive_v2", "openai"])
def test_rows_of_a_format_that_was_asked_for_are_no_others(choice: str) -> None:
    lines = lines_of(RAW / "glaive" / "glaive_toolcall_en_demo.json")[:20]
    assert not any(QuickReader(QuickSettings(format=choice)).read_many(lines))


def test_prefilters_and_values_from_nowhere_make_a_row_suspect() -> None:
    row = {
        "conversations": [
            {"from": "human", "value": "天气怎么样?"},
            {"from": "function_call", "value": '{"name": "f", "arguments": {"a": "卑尔根"}}'},
        ],
        "tools": '[{"name": "f", "parameters": {"a": {"type": "string"}}}]',
    }
    line = orjson.dumps(row)
    reader = QuickReader(QuickSettings())
    found = reader.read(line)
    assert found is not None and found.suspect
    said = orjson.dumps(json.loads(line.decode().replace("天气怎么样", "卑尔根的天气怎么样")))
    calm = reader.read(said)
    assert calm is not None and not calm.suspect
    watched = QuickReader(QuickSettings(prefilters=(lambda text: b"human" in text,))).read(said)
    assert watched is not None and watched.suspect


TRAPS = (
    "", " ", "\n", "\u3000", "<", "</s>", "<tool_call>", "<think>a</think>b", "{{idx}}", "[INST]",
    "[gMASK]", "[|x|]", "[/TOOL_CALLS]", '{"name": "f"}', "[f(a=1)]", "```json\n{}\n```",
    "Thought: a", "Action: f\nAction Input: {}", " Action: f", "思考：a", "a\0b", "\0",
    "tool_call: f\narguments: {}\n", "Action Input: a", "动作输入: a", "user: {\"name\": 1}",
    "task_instruction = api_list = [", "\ud83d", "é", "Ａ", "2024-01-01", "Which?", "吗？”",
    '[{"name": "f", "description": "a tool", "parameters": {}}]', '{"a": 1}', "[1, 2]", '"a"',
    "NaN", "5", "5.0", "-5", "12345678901234567890123", "x" * 200, "ſtraße İ", "①", "㎏",
    "thank you very much for this", "谢谢你，再见！真的谢谢你的帮助",
)  # fmt: skip
ROLES = (
    "human", "gpt", "function_call", "observation", "system", "user", "assistant", "tool",
    "developer", "Human", "tool_call", "tool_response", "function", "x", None, 5,
)  # fmt: skip
CALL_EDITS = (
    ('"arguments": {', '"arguments": {"a": 1, "a": 2, '),
    ('"arguments": {', '"arguments":{'),
    ('"arguments": {', '"arguments": {"n": NaN, '),
    ('"arguments": {', '"arguments": {"n": 12345678901234567890123, '),
    ('"arguments": {', '"parameters": {'),
    ('{"name"', '{"id": 1, "name"'),
    ('{"name"', '  {"name"'),
    ('"name"', '"na\\u006de"'),
    ("e", "\\u0065"),
    ("e", "\\ud83d"),
    ("}}", "}} x"),
    ("}}", "}}]"),
    ('"', "'"),
    (": ", ":"),
    (": 5", ": 5.0"),
    (": 5", ": 5e3"),
    ("{", "[" * 120),
)


def mutated(line: bytes, chance: random.Random, donors: list[bytes]) -> bytes:
    """Return a row with one or a few faults in it."""
    if chance.random() < 0.1:
        return bytes_mutated(line, chance)
    row = orjson.loads(line)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        key = next((key for key in ("conversations", "messages") if key in row), None)
        if key is None or not isinstance(row[key], list) or not row[key]:
            break
        edit_row(row, key, chance, donors)
    try:
        return orjson.dumps(row)
    except TypeError:
        return json.dumps(row).encode()


def bytes_mutated(line: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(line))
    piece = chance.choice(
        (b'"', b"\\", b"{", b"}", b"\xff", b"\\ud83d", b" ", b"\n", b"\\u0000", b"1")
    )
    return line[:at] + piece + line[at + chance.randrange(3) :]


def edit_row(row: dict[str, Any], key: str, chance: random.Random, donors: list[bytes]) -> None:
    turns = row[key]
    at = chance.randrange(len(turns))
    turn = turns[at]
    match chance.randrange(11):
        case 0:
            del turns[at]
        case 1:
            turns.insert(chance.randrange(len(turns) + 1), dict(turn) if turn else turn)
        case 2 if isinstance(turn, dict):
            role = "from" if "from" in turn else "role"
            turn[role] = chance.choice(ROLES)
        case 3:
            row[
                chance.choice(("system", "tools", "id", "label", "kto_tag", "functions", "weight"))
            ] = chance.choice((None, False, 5, "", " ", [], {}, chance.choice(TRAPS)))
        case 4 if isinstance(turn, dict):
            turn[
                chance.choice(("weight", "loss", "type", "name", "tool_calls", "content", "x"))
            ] = chance.choice(
                (None, 0, False, [], "tool_use", "f", [{"type": "text", "text": "a"}])
            )
        case 5:
            row["tools"] = orjson.loads(chance.choice(donors)).get("tools")
        case 6 if isinstance(row.get("tools"), str):
            row["tools"] = row["tools"].replace(*chance.choice(CALL_EDITS), 1)
        case 7 if isinstance(row.get("tools"), list) and row["tools"]:
            row["tools"].append(chance.choice((5, {"name": "f", "input_schema": {}}, {"x": 1e30})))
        case 8:
            edit_call(turn, chance)
        case _:
            edit_text(turn, chance)


def edit_call(turn: Any, chance: random.Random) -> None:
    if not isinstance(turn, dict):
        return
    calls = turn.get("tool_calls")
    if isinstance(calls, list) and calls and isinstance(calls[0], dict):
        inner = calls[0].get("function") or calls[0]
        match chance.randrange(4):
            case 0:
                calls[0]["id"] = chance.choice(("", "x", None, 5))
            case 1:
                calls.append(calls[0])
            case 2:
                inner["name"] = chance.choice(("", "nope", 5))
            case _ if isinstance(inner.get("arguments"), str):
                inner["arguments"] = inner["arguments"].replace("{", '{"a": 1, "a": 2, ', 1)
    elif isinstance(turn.get("value"), str):
        turn["value"] = turn["value"].replace(*chance.choice(CALL_EDITS), chance.choice((1, -1)))


def edit_text(turn: Any, chance: random.Random) -> None:
    if not isinstance(turn, dict):
        return
    key = "value" if "value" in turn else "content"
    text = turn.get(key)
    trap = chance.choice(TRAPS)
    if isinstance(text, str) and chance.random() < 0.6:
        at = chance.choice((0, len(text), chance.randrange(len(text) + 1)))
        trap = text[:at] + trap + text[at:]
    turn[key] = trap


@pytest.mark.parametrize("template", ["qwen", "mistral"])
def test_mutated_rows_are_read_as_the_full_way_reads_them(template: str) -> None:
    """FCTUNE_FUZZ_CASES=200000 runs more of them."""
    settings = QuickSettings(family=family_of(template))
    reader = QuickReader(settings)
    lines = [
        line
        for file in ("glaive_toolcall_en_demo.json", "glaive_toolcall_zh_demo.json")
        for line in lines_of(RAW / "glaive" / file)
    ]
    lines += lines_of(RAW / "ecommerce" / "ecommerce_openai.jsonl")[:300]
    chance = random.Random(template)
    changed = [mutated(chance.choice(lines), chance, lines) for _ in range(CASES)]
    quick = sum(agree(line, reader.read(line), settings) for line in changed)
    assert CASES * 0.1 < quick < CASES * 0.8


@pytest.mark.parametrize("levels", [80, 100, 120, 170])
@pytest.mark.parametrize("form", ["sharegpt", "openai"])
def test_a_call_that_is_nested_deep_goes_the_full_way(levels: int, form: str) -> None:
    deep = "[" * levels + "]" * levels
    arguments = f'{{"a": {deep}}}'
    parameters = {"type": "object", "properties": {"a": {"type": "array"}}}
    tools = json.dumps([{"name": "f", "description": "Do.", "parameters": parameters}])
    row: dict[str, Any] = {"tools": tools}
    if form == "sharegpt":
        call = f'{{"name": "f", "arguments": {arguments}}}'
        said = ("human", "Go."), ("function_call", call), ("observation", "1"), ("gpt", "Done.")
        row["conversations"] = [{"from": role, "value": text} for role, text in said]
    else:
        function = {"name": "f", "arguments": arguments}
        calls = [{"id": "1", "type": "function", "function": function}]
        row["messages"] = [
            {"role": "user", "content": "Go."},
            {"role": "assistant", "content": None, "tool_calls": calls},
            {"role": "tool", "tool_call_id": "1", "content": "1"},
            {"role": "assistant", "content": "Done."},
        ]
    line = json.dumps(row).encode()
    settings = QuickSettings()
    if QuickReader(settings).read(line) is not None:
        assert full(line, settings) is not None
    assert (full(line, settings) is None) == (levels >= 100)
