"""Which marks of a text carry a value, and which say nothing."""

from __future__ import annotations

import itertools
import random
import re
import time

import pytest

from fctune.evaluation.semantic import text as module
from fctune.evaluation.semantic.numbers import number_in
from fctune.evaluation.semantic.text import is_code_like, normal_text

# What a mark tells apart: signs, points, units, sums, code, lists.
DIFFERENT = (
    ("48.85,-2.35", "48.85,2.35"),
    ("40.7,-74", "40.7,74"),
    ("[-5,5]", "[5,5]"),
    ("(3,-5)", "(3,5)"),
    ('"-5"', '"5"'),
    ("a;-5", "a;5"),
    ("between .5 and 1", "between 5 and 1"),
    (".5", "5"),
    ("10⁵", "105"),
    ("H₂O", "H2O"),
    ("½", "12"),
    ("½", "1/2"),
    ("a<b", "a b"),
    ("5%", "5"),
    ("C++", "C"),
    ("C#", "C"),
    ("$5", "5 €"),
    ("1/2", "12"),
    ("v1.2", "v12"),
    ("10:30", "1030"),
    ("x=1", "x1"),
    ("－5", "5"),
    ("．5", "5"),
    ("−5", "5"),
    ("≥5", "5"),
    ("5!", "5"),
    ("n!", "n"),
    ("(5)", "5"),
    ("5'10\"", "510"),
    ("5'10\"", "5 10"),
    ('6"', "6"),
    ("x-y", "x y"),
    ("a - b", "a b"),
    ("1,2", "1 2"),
    ("1. 5", "1.5"),
    ("1 .5", "1.5"),
    ('["a","b"]', '["a,b"]'),
    ('"a","b"', '"a b"'),
    ("my-file.txt", "my file.txt"),
    ("john-doe@x.com please", "john doe@x.com please"),
    ("john.doe@x.com", "johndoe@x.com"),
    ("~5", "5"),
    ("5-10", "5 10"),
    ("-rf", "rf"),
    ("price: -5 dollars", "price: 5 dollars"),
    ("range,-5", "range,5"),
    ("温度：-5", "温度：5"),
    ("温度-5度", "温度5度"),
    ("温度，-5", "温度，5"),
    ("a.b", "ab"),
    ("a.b.c", "abc"),
    ("A.Bc", "ABc"),
    ("<b>x</b>", "b x /b"),
    ("{a}", "a"),
    ("a*b", "ab"),
    ("10 5", "105"),
    ("5:3", "53"),
    ("100 - 5", "100 5"),
    ("the range is -5", "the range is 5"),
    ('the "-5" case', 'the "5" case'),
    ("“-5”", "“5”"),
    ("（-5）", "（5）"),
    ("【-5】", "【5】"),
    ("a:-5", "a:5"),
    ("x,.5", "x,5"),
    ("1、2", "12"),
    ("3。5", "35"),
    ("5·3", "53"),
    ("it is !important", "it is important"),
    ("1,2,3", "123"),
    ("1;2", "1 2"),
    ("#5", "5"),
    ("&5", "5"),
    ("+5", "5"),
    ("±5", "5"),
    ("5°", "5"),
    ("5′", "5"),
    ("№ 5", "5"),
    ("a/b", "a b"),
    ("*.txt", "txt"),
    ("?x", "x"),
    ("a?b", "a b"),
    ("a_b", "a b"),
    ("at 10.30", "at 1030"),
    ('"3.5"', '"35"'),
)
SAME = (
    ("Oslo", " oslo "),
    ("Oslo, Norway", "Oslo Norway."),
    ("Oslo,Norway", "Oslo, Norway"),
    ("Oslo (Norway)", "Oslo, Norway"),
    ("北京，朝阳区", "北京 朝阳区"),
    ("北京，朝阳区", "北京朝阳区。"),
    ("北京（朝阳区）", "北京朝阳区"),
    ("你好！", "你好"),
    ("说“你好”吗", "说你好吗"),
    ("《三体》", "三体"),
    ("“Oslo”", "Oslo"),
    ('"Oslo"', "'Oslo'"),
    ('"5"', "5"),
    ("New-York", "new york"),
    ("Jean-Luc Picard", "jean luc picard"),
    ("U.S.A.", "usa"),
    ("e-mail", "E mail"),
    ("What time is it?", "what time is it"),
    ("5.", "5"),
    ("No. 5", "no 5"),
    ("48.85, -2.35", "48.85,-2.35"),
    ("[-5, 5]", "[-5,5]"),
    ("－5", "-5"),
    ("−5", "-5"),
    ("．5", ".5"),
    ("1,000", "1000"),
    ("$1,000.50", "$1000.50"),
    ("McDonald's", "McDonalds"),
    ("5％", "5%"),
    ("Oslo - Bergen", "Oslo – Bergen"),
    ("Hello, World!", "hello world"),
    ("don’t", "don't"),
    ("ＡＢＣ模型", "abc模型"),
    ("約翰·史密斯", "約翰史密斯"),
    ("Wait... what", "wait what"),
    ('The "big" one', "the big one"),
    ("C++.", "c++"),
    ("St. Olav's Gate, Oslo", "St Olavs gate oslo"),
    ("10:30", "10:30"),
    ("时间：下午", "时间下午"),
    ("Room a, 5", "room a 5"),
    ("Oslo;Bergen", "Oslo; Bergen"),
    ("Use X, Y, and Z.", "use x, y and z"),
)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_a_mark_that_carries_a_value_stays(one: str, other: str) -> None:
    assert normal_text(one) != normal_text(other)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_mark_of_writing_says_nothing(one: str, other: str) -> None:
    assert normal_text(one) == normal_text(other)


def test_addresses_paths_and_ids_count_letter_by_letter() -> None:
    for text in ("A.b@c.de", "docs/My-File.txt", "/a/B", "User_Name", "A1b2c3", "C:\\Temp"):
        assert is_code_like(text), text
    for text in ("and/or", "TCP/IP", "iPhone15", "Oslo", "5km"):
        assert not is_code_like(text), text


def test_a_power_is_no_figure() -> None:
    assert (number_in("10⁵"), number_in("１０５")) == (None, 105)


@pytest.mark.parametrize(
    "text",
    ["ab? " * 30_000, "• " * 30_000, " 'a" * 30_000, "a." * 30_000 + "ab", "1+1 " + "a" * 60_000],
    ids=["marks", "bullets", "apostrophes", "initials", "formula"],
)
def test_an_answer_of_the_same_marks_for_ever_costs_its_length(text: str) -> None:
    start = time.process_time()
    normal_text(text)
    assert time.process_time() - start < 4


def test_a_long_code_costs_its_length() -> None:
    start = time.process_time()
    assert is_code_like("a_" * 60_000)
    assert not is_code_like("a_" * 60_000 + "!")
    assert time.process_time() - start < 4


def _plain_stops(found: re.Match[str]) -> str:
    """Do as the module does, with all that stands before a mark and after it."""
    marks, gap = found[1], found[2]
    head, tail = found.string[: found.start()], found.string[found.end() :]
    before, after = head[-1:], tail[:1]
    if before.isdigit() and (after.isdigit() or after in tuple("-+.($")):
        return found[0] if "." in marks else marks
    alone = re.search(r"(?<!\w)[^\W\d_]$", head)
    asks = "!" in marks or "?" in marks
    if not (before.isalnum() or before in tuple("\"')]}%°+#$€£¥")) or (
        asks and (before.isdigit() or before == ")" or alone)
    ):
        return found[0]
    han = re.compile("[㐀-鿿豈-\ufaff぀-ヿ]")
    if gap or not tail or (han.match(before) and han.match(after)):
        return " "
    parts = set(marks) <= set(",;、。") and (after.isalnum() or after in tuple("+-"))
    return " " if parts else found[0]


def test_the_quick_ways_say_what_the_plain_ways_say(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [*"ab1_ .,;:!?-'\"`(“”‘’中。·•+=/$\n\t[]{}", "ab ", "cd", "A.", "b.", " '", "' "]
    draw = random.Random(5)
    texts = ["".join(draw.choices(pieces, k=draw.randint(1, 14))) for _ in range(20_000)]
    quick = [normal_text.__wrapped__(text) for text in texts]
    letter, han = r"[^\W\d_]", "㐀-鿿豈-\ufaff぀-ヿ"
    monkeypatch.setattr(module, "_without_stops", _plain_stops)
    monkeypatch.setattr(module, "_INITIALS", re.compile(rf"\b(?:{letter}\.){{2,}}(?!\w)"))
    monkeypatch.setattr(
        module, "_PROSE", re.compile(rf"{letter}{{2,}}[\s,]+{letter}{{2,}}|[㐀-鿿]{{2}}")
    )
    either = rf"(?:(?<!\w)|(?<=[{han}]))([\"'`])([^\"`]+?)\1(?:(?!\w)|(?=[{han}]))"
    monkeypatch.setattr(module, "_QUOTED", re.compile(either))
    assert [normal_text.__wrapped__(text) for text in texts] == quick
    code = re.compile(r"[\w-]*[a-zA-Z\d]_[\w-]+")
    for size in range(1, 7):
        for letters in itertools.product("a-_!", repeat=size):
            word = "".join(letters)
            assert is_code_like(word) == (code.fullmatch(word) is not None), word
