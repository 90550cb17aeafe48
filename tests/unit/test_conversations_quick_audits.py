"""Audits of rows that were read quickly: the same warnings as of their conversations."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import orjson
from hypothesis import given
from hypothesis import strategies as st

from fctune.conversations import claims, grounding, meant, personal
from fctune.conversations.claims import _ACTIVE, _PASSIVE, _active, _chinese, _passive
from fctune.conversations.claims import _CHINESE as _CHINESE_CLAIM
from fctune.conversations.grounding_numbers import _CHINESE, _DIGITS, _NUMERAL, _finds
from fctune.conversations.grounding_numbers import _DIGIT_OR_POINT as _POINT
from fctune.conversations.grounding_text import Said, compact, fold, han, han_count, stem, words
from fctune.conversations.hashes import wording, words_in
from fctune.conversations.personal_secrets import _NAMED, _NAMED_MARKS, _is_simple, _near, _places
from fctune.conversations.quick import QuickReader, QuickSettings
from fctune.conversations.quick_audits import audit, sift
from fctune.issues import Origin
from fctune.jsonl import read_rows

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = Origin("a.jsonl", 1)
FINDS = (grounding.find, claims.find, meant.find, personal.find)
PERSONAL = ("jane@acme.io", "password: hunter22", "电话13812345678", "api_key=9f8a2c7d1e77")
LIGHT = {
    "name": "turn_off_light",
    "description": "Turn off a light",
    "parameters": {"type": "object", "properties": {"room": {"type": "string"}}},
}
PIECES = (
    *"aAbZ09 .,-_\n\"'!?()", "homeLoan", "planB", "12-15", " to ", "2.5k", ".5", "3pm", "1,000",
    "twenty", "five", "hundred", "dozen", "1990's", "中", "文", "三百", "二", "个", "点", "，",
    "。", "？", "；", "（", "“", "…", "é", "Ａ", "１", "ſ", "İ", "Σ", "가", "か", "ﬁ", "①",
    "\ud83d", "K",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def lines_of(path: Path) -> list[bytes]:
    return [orjson.dumps(row.value) for row in read_rows(path) if row.issue is None]


def edited(line: bytes, number: int) -> bytes:
    """Return a row with something to find: an invented value, or personal data."""
    row = orjson.loads(line)
    for turn in row.get("conversations", ()):
        if turn["from"] == "function_call":
            turn["value"] = re.sub(r'": "\w+"', '": "Quixote Lane 9"', turn["value"], count=1)
        elif number % 3 == 0:
            turn["value"] += " " + PERSONAL[number % len(PERSONAL)]
        elif turn["from"] == "gpt":
            turn["value"] = "I have turned off the light. " + turn["value"]
    if number % 2 and isinstance(row.get("tools"), str) and row["tools"]:
        row["tools"] = orjson.dumps([*orjson.loads(row["tools"]), LIGHT]).decode()
    return orjson.dumps(row)


def test_audits_of_quick_rows_are_those_of_their_conversations() -> None:
    raw = ROOT / "data" / "raw"
    lines = [
        line
        for path in (
            *sorted((raw / "glaive").glob("*.json")),
            raw / "ecommerce" / "ecommerce_openai.jsonl",
        )
        for line in lines_of(path)[:250]
    ]
    lines += [edited(line, number) for number, line in enumerate(lines)]
    reader = QuickReader(QuickSettings())
    codes: set[str] = set()
    for sifted in (True, False):
        rows = reader.read_many(lines)
        if sifted:
            sift(rows, FINDS)
        for row in filter(None, rows):
            conversation = row.conversation(ORIGIN)
            expected = [issue for find in FINDS for issue in find(conversation)]
            assert audit(row, FINDS, lambda: ORIGIN) == expected
            codes.update(issue.code for issue in expected)
    assert {"argument-ungrounded", "personal-email", "secret-key", "success-claimed"} <= codes


@given(TEXTS)
def test_texts_are_folded_as_unicode_says(text: str) -> None:
    folded = unicodedata.normalize("NFKC", text).lower() if not text.isascii() else text.lower()
    assert fold(text) == folded
    assert compact(folded) == re.sub(r"[\W_]+", "", folded)
    assert han(text) == re.findall("[㐀-鿿豈-﫿぀-ヿ가-힯]", text)
    assert han_count(text) == len(han(text))


@given(TEXTS)
def test_finds_that_begin_with_a_sign_are_all_finds(text: str) -> None:
    for pattern, first in ((_DIGITS, _POINT), (_CHINESE, _NUMERAL)):
        found = [one.span() for one in _finds(pattern, first, text)]
        assert found == [one.span() for one in pattern.finditer(text)]


@given(st.lists(st.lists(TEXTS, max_size=3), max_size=3), st.lists(TEXTS, max_size=4))
def test_words_that_were_said_are_found_as_among_all_words(
    said: list[list[str]], asked: list[str]
) -> None:
    one, pieces = Said(), []
    for new in said:
        one.add(new)
        pieces += [piece for piece in new if piece]
        every = {word for piece in pieces for word in words(piece)}
        every |= {
            word for piece in pieces
            for word in re.findall(r"[a-z0-9À-ɏͰ-ӿ؀-ۿऀ-ॿ]+", fold(piece))
        }  # fmt: skip
        assert one.text == "\n".join(pieces).lower()
        assert one.vocabulary == every
        forms = {stem(word) for word in every} | {word[:5] for word in every if len(word) > 5}
        for word in {*every, *(word for text in asked for word in words(text))}:
            assert one.has(word) == (word in every)
            known = word in every or (
                word.isalpha() and (stem(word) in forms or (len(word) > 5 and word[:5] in forms))
            )
            assert one.has_word(word) == known


NAMES = (
    "api_key", "API key", "secret", "Token", "password", "access token", "密码", "密钥", "ſecret",
    "secretoken", "client-secret", ": ", "=", " is ", '"', "hunter22", "9f8a2c7d1e77", " ", "\n",
    "tokentoken", "\u212a", "to\u212aen", "ap\u0131 key", "K", "是", "：", "x", ",",
)  # fmt: skip


@given(st.lists(st.sampled_from(NAMES), max_size=12).map("".join))
def test_secrets_near_their_names_are_all_secrets(text: str) -> None:
    lowered = text.lower()
    places = sorted({at for mark in _NAMED_MARKS for at in _places(lowered, mark)})
    if _is_simple(text):
        found = [one.span() for one in _near(text, lowered, places)]
        assert found == [one.span() for one in _NAMED.finditer(text)]


def test_the_letter_k_does_not_send_a_chinese_text_the_slow_way() -> None:
    assert _is_simple("订单 K12 的密码是 hunter22")
    assert _is_simple("to\u212aen")  # the sign of kelvin is a k in lower case, as any K
    assert not _is_simple("密码 ſecret") and not _is_simple("密码 ap\u0131 key")


DEEDS = (
    "I have ", "I've ", "I just ", "II", "just ", "booked ", "sent ", "the table", ". ",
    " has been ",
    " have been ", "successfully ", "I ", "have ", "been ", "\n", "sending",
)  # fmt: skip


@given(st.lists(st.sampled_from(DEEDS), max_size=10).map("".join))
def test_deeds_are_found_from_their_first_word(text: str) -> None:
    assert [one.span() for one in _active(text)] == [one.span() for one in _ACTIVE.finditer(text)]
    told = [one.span() for one in _passive(text)]
    assert told == [one.span() for one in _PASSIVE.finditer(text)]


CHINESE_DEEDS = (
    "我", "我在", "已经", "已", "成功", "刚刚", "为您", "将", "把", "灯", "关闭", "预订", "了",
    "好了", "，", "。", "！", "\n", ",", "x", "今天天气很好",
)  # fmt: skip


@given(st.lists(st.sampled_from(CHINESE_DEEDS), max_size=30).map("".join))
def test_chinese_deeds_are_found_clause_by_clause(text: str) -> None:
    found = [one.span() for one in _chinese(text)]
    assert found == [one.span() for one in _CHINESE_CLAIM.finditer(text)]


@given(TEXTS)
def test_wordings_are_told_without_patterns(text: str) -> None:
    assert words_in(text) == wording(text).encode("utf-8", "surrogatepass")
