"""The compiled grounding audit against the one of Python.

The library may be in doubt, which is None; where it answers, it answers to the letter as Python
does. Rows are those of the samples, those that speed is measured on, and changed ones.
"""

from __future__ import annotations

import importlib.util
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctune.conversations import grounding_text, grounding_words, quick_grounding
from fctune.conversations.grounding import find_in
from fctune.conversations.grounding_tables import SAME
from fctune.conversations.quick_tools import entry_of_text
from fctune.conversations.read import read_conversation
from fctune.conversations.turns import Conversation, ModelTurn, ResultTurn, UserTurn
from fctune.issues import Accepted, Origin
from fctune.jsonl import read_rows
from fctune.native.library import library, probe
from fctune.tools.spec import ToolCall

pytestmark = pytest.mark.skipif(library() is None, reason="the native library was not built")

Case = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
OWN = (
    "glaive/glaive_toolcall_en_demo.json",
    "glaive/glaive_toolcall_zh_demo.json",
    "ecommerce/ecommerce_openai.jsonl",
)
SHARED = (
    "lf_v1_content_parts/reason_tool_use_demo_50.jsonl",
    "seal_tools/finetune_dev.jsonl",
    "xlam_query_tools_answers/apibank_l1.jsonl",
    "xlam_query_tools_answers/sealtool.jsonl",
    "xlam_query_tools_answers/toolalpaca.jsonl",
)
PREPARED = 500
CHANGED = 1200
KEYS = str.split(
    "name id user_id email q query search_q text code source_code title city date time amount "
    "token password phone tags recipient userName language items x.y k[0] _q q1 a.q 名字"
)
VALUES = (
    *("", "  ", "all", "N/A", "USD", "ny", "CEO", "en", "zh", "English", "中文", "2024-05-03"),
    *("2024-05-03T10:00", "03/04/2024", "10:30", "3 pm", "05-03", "5月3日", "2024年5月3日", "15.5"),
    *("1,234", "$100", "100 usd", "50%", "-5", "3.5kg", "007", "12345678901", "user10"),
    *("api_call_1", "api_call_12[0].id", "$var", "${x}", "{{a b}}", "<name>", "[x]"),
    *("bob@acme.org", "see www.a.com.", "http://x.y/z?q=1", "mail a@b.c. and d@e.f", "newYork"),
    *("hello world", "Quixote Lane 9", "new_york", "天气", "约翰", "é"),
    *("The Quick Brown Fox and Bob Smith", "Café Zürich", "½ cup", "２５", "①", "a\nb", "3×4"),
    *("x\x1cy", "\u3000hi\u3000", "translate"),
    *("🍕 pizza", "a" * 70, "word " * 30, "one two three four five six seven", "abc٣", "привет"),
    *("1999 plans for 2031 and 77", "call 5551234 now", "o s l o", "b2b", "Ｏｓｌｏ", "İstanbul"),
    *("ſ", "ﬁne", "twenty five", "二十五", "三", "half", "resistor2"),
)  # fmt: skip
SYSTEMS = ("", "You help. Today is 2024-05-01.", "你是助手。", "Contact Bob Smith at bob@acme.org")
TEXT_CHANGES: tuple[Callable[[str], str], ...] = (
    lambda text: text[: len(text) // 2],
    lambda text: text + " Translate it.",
    lambda text: text + " in French, please",
    lambda text: text + " spanish, or the x",
    lambda text: "The userName isNewYork. " + text,
    lambda text: text.upper(),
    lambda text: text + "，你好",
    lambda text: text + " é½🍕",
)
PIECES = (
    *"aAbZq09 .,-_:;@/$%<>[]{}()\n\"'!?", "homeLoan", "api_call_", "http://", "https://", "www.",
    "1,000", "12", "123", " Bob", " Éa", "in french", "spanish,", "french and", "translat", "kg",
    "°", "元", "中", "文", "。", "，", "…", "é", "×", "Ａ", "１", "ſ", "Σ", "か", "가", "①",
    "ations", "ies", "a" * 60, "9" * 41,
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
KEY_PIECES = ("q", "_", "id", "e", "mail", "token", "code", "source", "user", "name", "text", "é",
              "term", "api", "key", "x", " ", "block", "phone")  # fmt: skip


def case_of(row: Conversation) -> Case:
    """Return a row with one call, and one result, a turn."""
    turns: list[list[Any]] = []
    for turn in row.turns:
        if isinstance(turn, UserTurn):
            turns.append(["u", turn.text])
        elif isinstance(turn, ResultTurn):
            turns += [["r", result] for result in turn.results]
        else:
            turns += [["m", text] for text in (turn.thought, turn.text) if text]
            turns += [["c", call.as_dict()] for call in turn.calls]
    tools = row.catalog.json if row.catalog.specs else ""
    return {"system": row.system, "turns": turns, "tools": tools}


def accepted(values: Iterator[Any]) -> Iterator[Case]:
    for value in values:
        verdict = read_conversation(value, Origin("a.jsonl", 1))
        if isinstance(verdict, Accepted) and any(
            isinstance(turn, ModelTurn) and turn.calls for turn in verdict.value.turns
        ):
            yield case_of(verdict.value)


@lru_cache(maxsize=1)
def samples() -> list[Case]:
    shared = ROOT.parent / "shared" / "data" / "raw"
    paths = [ROOT / "data" / "raw" / name for name in OWN]
    paths += [path for name in SHARED if (path := shared / name).is_file()]
    rows = (row.value for path in paths for row in read_rows(path) if row.issue is None)
    return list(accepted(rows))


@lru_cache(maxsize=1)
def prepared() -> list[Case]:
    path = ROOT / "scripts" / "bench" / "prepare_data.py"
    spec = importlib.util.spec_from_file_location("prepare_data", path)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return list(accepted(map(orjson.loads, made.lines(PREPARED, "sharegpt", 7))))


def found_by_python(case: Case) -> list[list[str]]:
    steps = [
        ([""], [ToolCall(said["name"], said["arguments"])]) if kind == "c" else ([said], [])
        for kind, said in case["turns"]
    ]
    found = find_in(case["system"], steps, entry_of_text(case["tools"], "").catalog)
    return [[one.code, one.where, one.message] for one in found]


def grounded_by_python(case: Case) -> bool:
    calls = [at for at, (kind, _) in enumerate(case["turns"]) if kind == "c"]
    said = [case["turns"][at][1] for at in calls]
    row: Any = SimpleNamespace(
        texts=["\0call" if kind == "c" else text for kind, text in case["turns"]],
        plan=SimpleNamespace(calls=calls, counts=[1] * len(calls)),
        tools=entry_of_text(case["tools"], ""),
        arguments=[[call["name"], call["arguments"]] for call in said],
        system=case["system"],
        suspect=False,
    )
    quick_grounding.judge(row)
    return not row.suspect


def asked(name: str, given: Any) -> Any:
    found = probe(f"grounding.{name}", orjson.dumps(given))
    return None if found is None else json.loads(found)


def compared(cases: list[Case]) -> Counter[str]:
    """Compare all answers of rows, and count them."""
    counts: Counter[str] = Counter()
    for case in cases:
        grounded, quick, found = grounded_by_python(case), asked("quick", case), asked("find", case)
        assert quick in (None, grounded), case
        expected = found_by_python(case)
        assert found in (None, expected), case
        counts["rows"] += 1
        counts["quick doubt"] += quick is None
        counts["suspect"] += not grounded
        counts["doubt"] += not grounded and found is None
        counts["found"] += bool(expected)
    return counts


def changed(case: Case, chance: random.Random) -> Case:
    """Return a row with other values, other names of parameters and other words."""
    turns: list[list[Any]] = []
    words = [word for kind, text in case["turns"] if kind != "c" for word in text.split()] or ["a"]
    for kind, said in case["turns"]:
        if kind == "c":
            pairs = list(said["arguments"].items())
            arguments = {
                chance.choice(KEYS) if chance.random() < 0.4 else key: other(value, chance, words)
                for key, value in [*pairs, ("more", "")]
            }
            if chance.random() < 0.1:
                deep = [True, None, chance.choice(VALUES), [chance.choice(VALUES)]]
                arguments["deep"] = {"None": None, "list": deep, "n": {}}
            turns.append([kind, {**said, "arguments": arguments}])
        elif chance.random() < 0.15:
            turns.append([kind, chance.choice(TEXT_CHANGES)(said)])
        else:
            turns.append([kind, said])
    system = chance.choice(SYSTEMS) if chance.random() < 0.1 else case["system"]
    return {**case, "system": system, "turns": turns}


def other(value: Any, chance: random.Random, words: list[str]) -> Any:
    if isinstance(value, list):
        return [other(item, chance, words) for item in value]
    if isinstance(value, dict):
        return {key: other(item, chance, words) for key, item in value.items()}
    if isinstance(value, bool) or value is None:
        return chance.choice([value, True, None, 1, "x"])
    if isinstance(value, int | float):
        near = [value * 2, value + 1, -value, value / 3, value * 100, value * 1.8 + 32]
        far = [chance.randrange(1000), round(chance.random() * 100, 2), 10**15 + 7, 1e16, 1e-5, 0]
        return chance.choice([value, *near, *far])
    return chance.choice(
        [
            value, value.upper(), value.lower(), value.title(), value.replace(" ", "_"),
            value[: chance.randrange(len(value) + 1)], value[chance.randrange(len(value) + 1) :],
            re.sub("[0-9]", lambda _: str(chance.randrange(10)), value),
            "".join(part[:1].upper() + part[1:] for part in value.split()),
            "".join(part[0] for part in value.split()).upper()[:5],
            f"{value} {chance.choice(words)}", chance.choice(VALUES), chance.choice(sorted(SAME)),
            " ".join(chance.choices(words, k=chance.randrange(1, 9))),
            chance.choice(VALUES) + chance.choice(["", " ", ", ", "-"]) + chance.choice(VALUES),
            chance.choice(words) + chance.choice(["s", "ing", "ed", "12", "ation", "ly"]),
        ]
    )  # fmt: skip


def test_samples_are_judged_as_python_does() -> None:
    counts = compared(samples())
    assert counts["found"] > 10
    assert counts["doubt"] < 0.1 * counts["suspect"]
    assert counts["quick doubt"] < 0.02 * counts["rows"]


def test_rows_that_speed_is_measured_on_are_judged_as_python_does() -> None:
    counts = compared(prepared())
    assert counts["found"] > 20
    assert counts["doubt"] < 0.1 * counts["suspect"]
    assert counts["quick doubt"] == 0


def test_changed_rows_are_judged_as_python_does() -> None:
    chance = random.Random(11)
    drawn = chance.choices([*samples(), *prepared()], k=CHANGED)
    counts = compared([changed(case, chance) for case in drawn])
    assert counts["found"] > CHANGED / 4
    assert counts["doubt"] < 0.3 * counts["suspect"]


@pytest.mark.parametrize("size", [10, 60_000])
def test_hostile_rows_are_in_doubt_or_right_soon(size: int) -> None:
    case = {
        "system": "a " * size,
        "turns": [
            ["u", "ab " * size],
            ["c", {"name": "t", "arguments": {"x": ["abc b"] * min(300, 3 * size)}}],
        ],
        "tools": '[{"name": "t", "description": "", "parameters": {}}]',
    }
    if size < 1000:
        assert asked("quick", case) == grounded_by_python(case)
        assert asked("find", case) == found_by_python(case)
    else:
        assert asked("quick", case) in (None, grounded_by_python(case))
        assert asked("find", case) is None


def test_a_value_that_no_turn_says_is_named() -> None:
    case = {
        "system": "Help.",
        "turns": [["u", "Weather in Oslo?"], ["c", {"name": "get", "arguments": {"at": "Bergen"}}]],
        "tools": '[{"name": "get", "description": "", "parameters": {"type": "object"}}]',
    }
    message = 'got "Bergen" for get.at, which appears nowhere before the call'
    place = "turns[1].call.arguments.at"
    assert asked("find", case) == [["argument-ungrounded", place, message]]
    assert asked("quick", case) is False


@pytest.mark.parametrize("unit", ["摄氏", "华氏", "kelvin", "开氏"])
@pytest.mark.parametrize("user", ["ok", "帮我查一下深圳市南山区的天气。", "天气"])
@pytest.mark.parametrize("city", ["北京", "invented value", "tomorrow"])
def test_values_that_follow_from_the_tool_are_said_once(unit: str, user: str, city: str) -> None:
    """How much Chinese was said tells what may be a translation."""
    properties = {"unit": {"type": "string", "enum": ["摄氏", "华氏"]}, "city": {"type": "string"}}
    tool = {"name": "f", "description": "", "parameters": {"type": "object"}}
    tool["parameters"] = {"type": "object", "properties": properties}
    case: Case = {
        "system": "Help.",
        "turns": [
            ["u", user],
            ["c", {"name": "f", "arguments": {"unit": unit, "city": city}}],
            ["r", "{}"],
            ["c", {"name": "f", "arguments": {"unit": "华氏", "city": "上海"}}],
            ["r", "{}"],
            ["c", {"name": "f", "arguments": {"unit": "摄氏", "city": "invented"}}],
        ],
        "tools": json.dumps([tool], ensure_ascii=False),
    }
    assert asked("find", case) == found_by_python(case)


def known(text: str) -> bool:
    """Tell whether the library knows the class of each character."""
    return all(is_word is not None for is_word, _ in asked("signs", text))


@given(TEXTS)
def test_patterns_find_what_those_of_python_find(text: str) -> None:
    if not known(text):
        return
    words = grounding_words
    number = words._NUMBER.fullmatch(text)
    numbered = words._NUMBERED.fullmatch(text)
    assert asked("patterns", text) == [
        words._REFERENCE.fullmatch(text) is not None,
        words._ADDRESS.findall(text),
        [number[1], number[2] or ""] if number else None,
        numbered[1] if numbered else None,
        words._DIGITS.findall(text),
        words._NAMED.findall(text),
        words._LATIN_NAME.search(text) is not None,
        words._LANGUAGE.search(text) is not None,
    ]


@given(st.lists(st.sampled_from(KEY_PIECES), max_size=5).map("".join))
def test_names_of_parameters_are_sorted_as_python_does(key: str) -> None:
    patterns = (
        grounding_words._FREE,
        grounding_words._SEARCH,
        grounding_words._NAMES,
        grounding_words._EXACT,
    )
    assert asked("keys", key) == [pattern.search(key) is not None for pattern in patterns]


@given(TEXTS)
def test_texts_are_folded_as_python_does(text: str) -> None:
    listed, stems, compact, count, *verdicts = asked("text", text)
    if text.isascii():
        assert None not in (listed, stems, compact, *verdicts)
    words = grounding_text.words(text)
    assert listed in (None, words)
    assert stems in (None, [grounding_text.stem(word) for word in words])
    assert compact in (None, re.sub(r"[\W_]+", "", text))
    assert count == grounding_text.han_count(text)
    expected = text.isdigit(), any(map(str.isdigit, text)), text.isalpha()
    for found, right in zip(verdicts, expected, strict=True):
        assert found in (None, right)


def test_classes_of_characters_are_those_of_python() -> None:
    codes = [code for code in range(0x20000) if not 0xD800 <= code < 0xE000]
    text = "".join(map(chr, codes))
    sure = 0
    for sign, (is_word, is_space) in zip(text, asked("signs", text), strict=True):
        assert is_space == sign.isspace()
        if is_word is not None:
            assert is_word == (sign.isalnum() or sign == "_")
            assert sign.isascii() or not sign.isdigit()
            sure += 1
    assert sure > 40_000
