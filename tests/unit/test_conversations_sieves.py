"""The quick halves of the audits: what they pass over, the audits find nothing in."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctune.conversations import claims, personal
from fctune.conversations.families import family_of
from fctune.conversations.personal_patterns import find_spans
from fctune.conversations.personal_sieve import candidates
from fctune.conversations.quick_tools import ToolCache
from fctune.tools.read import parse_catalog

HELD = (
    "jane@acme.io", "13812345678", "+1 (415) 555-2671", "415-555-2671", "(415) 555 2671",
    "+4915112345678", "+49 151 12345678", "+(44) 7911 123456", "４１１１１１１１１１１１１１１１",
    "4012-8888-8888-1881", "4012888888881881", "3782 822463 10005", "110105194912310021",
    "536-22-8726", "SSN 536228726", "DE89 3704 0044 0532 0130 00", "GB33BUKB20201555555555",
    "010-62345678", "(010) 62345678", "tel 555-2671", "phone 06 12 34 56 78", "06 12 34 56 78",
    "phone 06.12.34.56.78", "phone (06) 12 34 56 78", "07911 123456", "020 7946 1234",
    "phone 030/1234567", "phone 030 / 12345678", "mobile 0664 123 4567", "phone 06641 12345",
    'api_key = "9f8a2c7d1e"', "API KEY: 9f8a2c7d1e77", "apikey=9f8a2c7d1e77", "password: hunter22",
    "密码是abc12345", "密钥：9f8a2c7d1e", "client-secret=9f8a2c7d1e", "token: 9f8a2c7d1e9f8a2c",
    "AKIAQ3EGRI2W4BTTQW7Z", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "Bearer 9f8a2c7d1e9f8a2c7d",
    "\\u0031\\u0033812345678", "jane＠acme.io",
)  # fmt: skip
PLAIN = (
    "on 2026-01-15 at 10:30", "price 12.50", "see a + 5 * 2", "the key is here", "",
    "人口密度", "（见上文）", "a", "x" * 40, "in 1999, 2000 and 2001", "user@example.com",
)  # fmt: skip
DEED_WORDS = (
    "I have ", "我", "已经", "为您", "将", "灯", "关闭", "预订", "了", "好", "I've ", "just ",
    "booked ", "has been ", "the table", "，", "成功", "已",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from([*HELD, *PLAIN]) | st.text(max_size=20), max_size=9)


@pytest.mark.parametrize("held", HELD)
def test_the_sieve_keeps_each_way_of_writing(held: str) -> None:
    texts = [*PLAIN, f"Well, {held} is it.", *PLAIN]
    found = candidates([text.encode() for text in texts])
    assert found[len(PLAIN)], held


def test_the_sieve_lets_most_texts_pass() -> None:
    found = candidates([text.encode() for text in PLAIN[:-1]])
    assert found == [False] * len(PLAIN[:-1])


@given(TEXTS)
def test_what_the_sieve_passes_over_holds_nothing(texts: list[str]) -> None:
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    for text, line, kept in zip(texts, encoded, candidates(encoded), strict=True):
        if not kept:
            assert not personal.suspect(line)
            assert find_spans(text) == []


@given(st.text("0123456789 .-+()/ab\n", max_size=40))
def test_what_the_filter_passes_over_holds_no_number(text: str) -> None:
    named = f"phone {text}"
    for one in (text, named):
        if not personal.suspect(one.encode()):
            assert find_spans(one) == []


@given(st.lists(st.sampled_from(DEED_WORDS), max_size=8))
def test_words_that_tell_of_no_deed_claim_none(pieces: list[str]) -> None:
    text = "".join(pieces)
    if not claims.may_tell(text):
        told = [pattern.search(text) for pattern in (claims._ACTIVE, claims._PASSIVE)]
        assert told == [None, None] and claims._CHINESE.search(text) is None


def test_a_list_that_was_read_gives_the_catalogue_of_its_text(shared: Path) -> None:
    rows = sorted(shared.rglob("*.jsonl"))
    cache, seen = ToolCache(family_of("qwen")), 0
    for path in rows:
        for line in path.read_text("utf-8", "replace").splitlines()[:200]:
            if not re.search(r'"tools"\s*:\s*"\[', line):
                continue
            try:
                entry = cache.get(json.loads(line)["tools"])
            except (ValueError, KeyError, TypeError):
                continue
            if entry is not None and entry.text:
                seen += 1
                catalog = parse_catalog(entry.text)[0]
                assert entry.catalog == catalog and entry.names == tuple(catalog.names)
    if not seen:
        pytest.skip("no rows with tools among the shared data")
