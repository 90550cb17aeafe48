"""The words, characters and hashes of the compiled library against the Python functions.

The library may be in doubt, which is null; where it answers, it answers as Python does.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from xxhash import xxh3_64_intdigest

from fctune.conversations import hashes
from fctune.conversations.grounding_text import fold
from fctune.conversations.identity import number_of
from fctune.native.library import library, probe

pytestmark = pytest.mark.skipif(library() is None, reason="the native library was not built")

ROOT = Path(__file__).parents[2]
SAMPLES = (ROOT / "data" / "raw", ROOT.parent / "shared" / "data" / "raw")
TEXTS = (
    "",
    " ",
    "Where's  my ORDER? It is No. 17_b.",
    "今天北京天气怎么样？气温 25℃，湿度 60%。",
    "查一下“上海虹桥”到《杭州》的票……",
    "Ｆｕｌｌ　ｗｉｄｔｈ １２３ ＡＢＣ＿ｄ",
    "Café Zürich, señor Ñandú — 20 € · 5 °C × 3",
    "Straße, ŉ, ſ, İstanbul, ΣΊΣΥΦΟΣ, ς, ΐ, Ω Å K",
    "Привет, мир! Ёлка №5",
    "今日はサーバー、東京",
    "컨디션이 어떤가요?",
    "½ cup, x², H₂O, ① ™ ½½½½ ª º µ",
    "👍🏽 ok 👨‍👩‍👧 🇨🇳 ☎️ ✨",
    "e\u0301 combined, ᄀ\u1161 jamo, か\u3099",
    "\x00\x1c\x1f\x7f\x85\xa0\u200b\u2028\u3000end",
    "Tiếng Việt: Đặng Thị Ánh",
    "\U00010400\U0001d400 \u0661\u0662 \u0967 \ufdfa",
)
PIECES = (
    *"aZ09 _-.,\n\t\0\x1c\x85\xa0éßÅσΣςİıſКя中文字，。？！：；、（）“”‘’《》…ＡｂＺ０９　￥",
    *"あカー한글😀👍️‍½²₂①™℃№µªº—·°×\u0301\u3099\u1161\u2028\u0660",
    " the ",
    "order ",
    "北京",
    "New York",
    "12",
)  # fmt: skip


def native(name: str, given: list[Any]) -> list[Any]:
    """What the library says of each."""
    found = probe(name, json.dumps(given, ensure_ascii=False).encode())
    assert found is not None, name
    answers = json.loads(found)
    assert isinstance(answers, list)
    assert len(answers) == len(given)
    return answers


def agree(name: str, given: list[Any], python: Callable[[Any], Any]) -> int:
    """Compare where the library answers, and return how often it did."""
    answered = 0
    for one, answer in zip(given, native(name, given), strict=True):
        if answer is not None:
            assert answer == python(one), (name, one)
            answered += 1
    return answered


def mutated(seed: int, count: int) -> Iterator[str]:
    """Texts of pieces that are hard to tell apart."""
    chance = random.Random(seed)
    for _ in range(count):
        pieces = chance.choices(PIECES, k=chance.randrange(1, 40))
        yield "".join(pieces[: chance.choice((3, 12, 40))])


def strings(value: Any) -> Iterator[str]:
    """Yield the strings within a JSON value, and those within strings that are JSON."""
    if isinstance(value, str):
        yield value
        if value[:1] in ("{", "["):
            try:
                yield from strings(json.loads(value))
            except ValueError:
                return
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


@lru_cache(maxsize=1)
def sampled() -> tuple[str, ...]:
    """All texts of the sample rows that are texts: half of a surrogate pair is none."""
    found: dict[str, None] = {}
    for folder in SAMPLES:
        for path in sorted(folder.rglob("*.json*")):
            text = path.read_text("utf-8", errors="replace")
            for piece in [text] if path.suffix == ".json" else text.splitlines():
                try:
                    found.update(dict.fromkeys(strings(json.loads(piece))))
                except ValueError:
                    found[piece] = None
    return tuple(text for text in found if text.encode("utf-8", "replace").decode() == text)


EVERY_CHAR = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]


def said(text: str) -> str:
    """The wording of a text."""
    return hashes.words_in(text).decode()


ONE_TEXT: dict[str, Callable[[str], Any]] = {
    "chars.lower": str.lower,
    "chars.fold": fold,
    "words.in": said,
    "words.language": hashes.language,
}


@pytest.mark.parametrize("name", ONE_TEXT)
def test_texts_of_the_samples(name: str) -> None:
    texts = [*TEXTS, *sampled()]
    assert agree(name, texts, ONE_TEXT[name]) > 0.98 * len(texts)


@pytest.mark.parametrize("name", ONE_TEXT)
def test_mixed_texts(name: str) -> None:
    texts = list(mutated(1, 4000))
    assert agree(name, texts, ONE_TEXT[name]) > 500


@pytest.mark.parametrize("name", ONE_TEXT)
def test_every_character_alone(name: str) -> None:
    assert agree(name, EVERY_CHAR, ONE_TEXT[name]) > 38000


def test_stripped_texts() -> None:
    texts = [*TEXTS, *sampled(), *mutated(13, 4000)]

    assert agree("chars.strip", texts, str.strip) == len(texts)


def test_classes_of_every_character() -> None:
    classes = {
        "chars.is_space": (str.isspace, len(EVERY_CHAR)),
        "chars.is_word": (str.isalnum, 38000),
        "chars.is_decimal": (str.isdecimal, 38000),
    }
    for name, (python, least) in classes.items():
        assert agree(name, EVERY_CHAR, python) >= least


def test_every_character_between_letters() -> None:
    """No character of the table joins with, or changes, a neighbour."""
    texts = [f"aA{char}Zz" for char in EVERY_CHAR[:0x20000]]
    for name in ("chars.lower", "chars.fold", "words.in"):
        assert agree(name, texts, ONE_TEXT[name]) > 38000


def test_known_characters_side_by_side() -> None:
    answers = [native(name, EVERY_CHAR) for name in ("chars.fold", "words.in")]
    known = [char for char, *found in zip(EVERY_CHAR, *answers, strict=True) if None not in found]
    chance = random.Random(2)
    texts = ["".join(chance.choices(known, k=60)) for _ in range(5000)]
    low = [char for char in known if char < "\u3400"]
    texts += ["".join(chance.choices(low, k=60)) for _ in range(5000)]
    for name in ("chars.lower", "chars.fold", "words.in"):
        assert agree(name, texts, ONE_TEXT[name]) == len(texts)


def test_hash_of_every_length() -> None:
    chance = random.Random(3)
    sizes = [*range(2050), *(chance.randrange(2050, 40000) for _ in range(50))]
    given = [chance.randbytes(size).decode("latin-1") for size in sizes]

    def python(text: str) -> str:
        return str(xxh3_64_intdigest(text.encode("latin-1")))

    assert agree("hash.xxh3_64", given, python) == len(given)


def test_wordings_of_rows() -> None:
    chance = random.Random(4)
    texts = [*TEXTS, *mutated(5, 3000), *sampled()]
    rows = [chance.sample(texts, chance.randrange(4)) for _ in range(6000)]

    def python(row: list[str]) -> list[str]:
        return list(map(str, hashes.wording_hashes(row)))

    assert agree("words.wording_hashes", rows, python) > 3000


def test_weight_of_later_wordings_to_the_character() -> None:
    letters = ("a", "é", "я", "中", "한", "ア", "㐀", "a中", "éab", "〇")
    rows = [["x", letter * count] for letter in letters for count in range(1, 40)]
    assert agree(
        "words.wording_hashes", rows, lambda row: list(map(str, hashes.wording_hashes(row)))
    ) == len(rows)


def test_frames() -> None:
    chance = random.Random(6)
    short = (
        "a",
        "a a",
        "art",
        "start",
        "Rome",
        "New York",
        "new york",
        "北京",
        "京",
        "7",
        "é",
        "ü ü",
    )
    rows = []
    for _ in range(6000):
        values = [chance.choice((*short, *PIECES)) for _ in range(chance.randrange(5))]
        text = " ".join(chance.choices((*short, "x1", "the"), k=chance.randrange(12)))
        rows.append([text, {"a": values[:1], "b": {"c": values[1:], "d": 4}}])

    def python(row: list[Any]) -> str:
        return str(hashes.frame_hash(row[0], hashes.strings_in(row[1])))

    assert agree("words.frame_of", rows, python) > 4000


def test_frames_of_samples() -> None:
    chance = random.Random(7)
    texts = [text for text in sampled() if len(text) < 4000]
    rows = []
    for text in chance.sample(texts, min(len(texts), 3000)):
        words = text.split()
        values = [" ".join(words[at : at + 2]) for at in range(0, len(words), 9)]
        rows.append([text, {"values": values}])

    def python(row: list[Any]) -> str:
        return str(hashes.frame_hash(row[0], row[1]["values"]))

    assert agree("words.frame_of", rows, python) > 0.95 * len(rows)


def test_prompts() -> None:
    chance = random.Random(8)
    texts = [*TEXTS, *mutated(9, 200)]
    rows = [["0f0f", *chance.sample(texts, chance.randrange(4))] for _ in range(500)]

    def python(row: list[str]) -> str:
        return str(hashes.prompt_hash(row[0], row[1:]))

    assert agree("words.prompt_hash", rows, python) == len(rows)


def test_values_of_calls() -> None:
    chance = random.Random(10)
    texts = [*TEXTS, *mutated(11, 300)]

    def value(depth: int) -> Any:
        leaves = (None, True, False, 0, -3, 1.0, 0.25, -0.0, 17, 2**53, chance.choice(texts))
        if depth and chance.random() < 0.3:
            return [value(depth - 1) for _ in range(chance.randrange(4))]
        if depth and chance.random() < 0.3:
            return {chance.choice(texts): value(depth - 1) for _ in range(chance.randrange(4))}
        return chance.choice(leaves)

    calls = [
        ["track", {chance.choice(texts): value(3) for _ in range(chance.randrange(6))}]
        for _ in range(4000)
    ]
    assert agree("words.value_hash", calls, lambda call: str(number_of(call))) == len(calls)


def test_numbers_of_calls_are_right_or_in_doubt() -> None:
    chance = random.Random(12)
    numbers = [1e-7, 1e16, 1e-5, 123456.789, 1e15, 5e-324, 1.7976931348623157e308, 2**63 - 1]
    numbers += [chance.uniform(-1000, 1000) for _ in range(500)]
    numbers += [round(chance.uniform(-1000, 1000), chance.randrange(8)) for _ in range(500)]
    numbers += [10.0**power * chance.choice((1, 9, -1)) for power in range(-9, 18)]
    numbers += [chance.randrange(10**15) / 10 ** chance.randrange(12) for _ in range(500)]
    numbers += [0.0, -0.0, 999999999999999.0, 0.1 + 0.2, 1e-4, 0.00012, 2**53 + 2.0, -(2**63), 0]
    calls = [["pay", {"amount": number}] for number in numbers]
    assert agree("words.value_hash", calls, lambda call: str(number_of(call))) > 500
