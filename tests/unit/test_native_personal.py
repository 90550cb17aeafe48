"""The compiled audit of personal data finds what Python finds, in all ways of writing."""

from __future__ import annotations

import json
import random
import time
from collections import Counter

import orjson
import pytest

from fctune.conversations import personal, personal_patterns
from fctune.native.library import library, probe

pytestmark = pytest.mark.skipif(library() is None, reason="the compiled library was not built")

_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
# Where a digit may be any, there is a #, and where a letter or a digit may, a ~.
_VALUES = (
    "jane@acme.io", "j.d+x%y@mail.acme.co.uk", "git@acme.io", "a@example.com", "x@y.png",
    "@handle", "+1 415 5##-2671", "+ 49 172 ## ## ###", "(415) 555-26##", "415.555.26##",
    "555-12##", "3##-####", "138########", "+86 138 #### ####", "0755-2#######", "(010) 6#######",
    "020 7#######", "01 ## ## ## ##", "07### ######", "030/1234####", "0123 ## ## ## ##",
    "#######", "#########", "##########", "#############", "40########", "4### #### #### ####",
    "4111-1111-1111-1111", "5500005555555559", "3782 822463 10005", "6200000000000000###",
    "###-##-####", "SSN: #########", "social security number is #########",
    "DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "GB29 NWBK 6016 1331 9268 19",
    "MT84MALT011000012345MTLCAST001S", "11010519491231002X", "11010519491231####",
    "40.712776, -74.005974", "1.#########", "192.168.100.200", "2026-01-15",
    "2026-01-15T12:30:00", "1990-2024", "3:14 / 2.718281828", "sk-~~~~~~~~~~~~~~~~~~~~",
    "task-~~~~~~~~~~~~~~~~~~", "AKIA2345ABCD6789WXYZ", "ghp_~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~",
    "Bearer ~~~~~~~~~~~~~~~~~~~~~~", "hf_~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~", "hunter2!",
    "~~~~~~~~~~", "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~", "YOUR_API_KEY", "********",
    "Passw0rd#2026-01-15", "tOp.Secret", "99999EXAMPLE", "%NAME%", "xoxb-12345678~~~~~~~~~~",
    "9000012",
)  # fmt: skip
_NAMES = (
    "password", "passwd", "Password", "PASSWORD", "secret", "token", "api key", "api_key",
    "apiKey", "api-key", "access token", "auth_token", "client_secret", "secret key",
    "secret access key", "密码", "密钥", "密", "monkey", "broken", "secretary", "passway", "key",
    "pa\u017f\u017fword", "to\u212aen", "ap\u0131 key", "\u0130stanbul", "tokens", "phone",
    "电话", "手机号", "call me at", "tel", "Tel.", "card", "卡号", "fax", "拨打", "mobile number",
    "contact no", "hotel", "IBAN", "id",
)  # fmt: skip
_BETWEEN = (
    ": ", "=", " is ", "：", "是", "为：", '": "', "' => '", " ", "", "\n", ", ", "。", "，", "“",
    " = `", "(", ")", "-", ".", "/", "+", "\\n", '\\"', "\\/", "\\\\", "\\u0031", "#", "é", "=> ",
    ":\n", "|", "０", "＠", "－", "．", "？", "：", "！", "ł", "ſ", "ı", "K", "\t", "  ", "你好",
    "word " * 9, "_", "is: ", " at ", "×" * 20, '"}', "{", "元", "%", "x12", " ext. 5", ",000",
)  # fmt: skip
_HOSTILE = (
    "1", "1 ", "a1", "key", "@", "a@", "password: ", "密码是", "1234567,", "a1b2c3d4e5f6g7h8 ",
    "\\u", "ı", "2026-01-15",
)  # fmt: skip
_WIDE = str.maketrans("0123456789@+-().", "０１２３４５６７８９＠＋－（）．")


def _made(rng: random.Random) -> str:
    value = rng.choice(_VALUES)
    value = "".join(rng.choice("0123456789") if sign == "#" else sign for sign in value)
    value = "".join(rng.choice(_LETTERS) if sign == "~" else sign for sign in value)
    return value.translate(_WIDE) if rng.random() < 0.02 else value


def text_of(rng: random.Random) -> str:
    """A text of names, values and what stands between them, with a fault or two."""
    parts = []
    for _ in range(rng.randrange(1, 6)):
        parts += [rng.choice(_NAMES) if rng.random() < 0.6 else "", rng.choice(_BETWEEN)]
        parts += [_made(rng) if rng.random() < 0.8 else "", rng.choice(_BETWEEN)]
    if rng.random() < 0.3:
        gap = rng.choice(["x ", "中", "ab1", "-"]) * rng.randrange(70)
        parts.insert(rng.randrange(len(parts)), gap)
    return changed("".join(parts), rng)


def changed(text: str, rng: random.Random) -> str:
    """The text with up to two signs lost, doubled or put in."""
    for _ in range(rng.randrange(3)):
        at = rng.randrange(len(text) + 1)
        put = rng.choice([*"0123456789 -.+(@A_\\/ſ", "", rng.choice(_BETWEEN)])
        text = text[:at] + put + text[at + rng.randrange(2) :]
    return text


def found_alike(system: str, turns: list[tuple[str, object]]) -> tuple[bool, list[list[str]]]:
    """Hold both against each other; whether the library is sure, and what Python finds."""
    placed = [("system", system)]
    for index, (kind, said) in enumerate(turns):
        if kind == "c":
            assert isinstance(said, dict)
            written = personal.arguments_text(said["arguments"])
            placed += [(f"turns[{index}]", ""), (f"turns[{index}].call.arguments", written)]
        else:
            assert isinstance(said, str)
            placed.append((f"turns[{index}]", said))
    expected = [[one.code, one.where, one.message] for one in personal.find_in(placed)]
    given = {"system": system, "turns": turns, "tools": ""}
    found = probe("personal.find", orjson.dumps(given))
    if found is not None:
        assert json.loads(found) == expected, (system, turns)
        # The same of texts that Python's own filter turns down.
        spans = any(personal_patterns.find_spans(text) for _, text in placed)
        assert spans == bool(expected), (system, turns)
    return found is not None, expected


def row_of(rng: random.Random) -> tuple[str, list[tuple[str, object]]]:
    """A system text, and some turns."""
    turns: list[tuple[str, object]] = []
    for _ in range(rng.randrange(1, 3)):
        if rng.random() < 0.2:
            arguments = {rng.choice(_NAMES): text_of(rng), "id": rng.randrange(10**12)}
            turns.append(("c", {"name": "f", "arguments": arguments}))
        else:
            turns.append((rng.choice("umr"), text_of(rng)))
    return (text_of(rng) if rng.random() < 0.1 else ""), turns


def test_all_is_found_alike() -> None:
    rng = random.Random(8)
    kinds: Counter[str] = Counter()
    sure = 0
    for _ in range(6000):
        is_sure, expected = found_alike(*row_of(rng))
        kinds.update(code for code, _, _ in expected if is_sure)
        sure += is_sure
    assert len(kinds) == 6
    assert min(kinds.values()) > 20, kinds
    assert sure > 1200


def test_odd_letters_and_points_alone_are_no_doubt() -> None:
    for text in ("İstanbul'da ılık", "at 40.712776, -74.005974", "密 und K", "1.123456789 or 10.5"):
        assert found_alike("", [("u", text)]) == (True, [])


def test_what_the_ends_of_texts_part_is_nothing_and_the_rest_has_its_place() -> None:
    parted: list[tuple[str, object]] = [
        ("u", "call me at 1381"),
        ("m", "2345678"),
        ("r", "my pass"),
        ("u", "word: tOp.S3cret"),
    ]
    assert found_alike("token=", parted) == (True, [])
    # Each text stands elsewhere among the 64 bytes that are looked at together.
    for size in range(70):
        told: list[tuple[str, object]] = [("u", "x" * size), ("m", "secret: hunter2!")]
        told.append(("u", "call me at 13812345678"))
        told.append(("c", {"name": "f", "arguments": {"a": "b"}}))
        is_sure, expected = found_alike("key", told)
        assert (is_sure, [where for _, where, _ in expected]) == (True, ["turns[1]", "turns[2]"])


@pytest.mark.parametrize("piece", _HOSTILE)
def test_hostile_texts_cost_no_more_than_their_size(piece: str) -> None:
    times = []
    for size in (50_000, 200_000):
        text = piece * (size // len(piece))
        began = time.process_time()
        probe("personal.find", orjson.dumps({"system": text, "turns": [], "tools": ""}))
        times.append(time.process_time() - began)
    assert times[1] < 12 * times[0] + 0.05
