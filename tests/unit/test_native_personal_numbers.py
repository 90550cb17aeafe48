"""The compiled account, identity, card and phone numbers are those that Python finds."""

from __future__ import annotations

import json
import random
import time
from collections import Counter

import orjson
import pytest

from fctune.conversations import personal_numbers, personal_patterns
from fctune.native.library import library, probe

pytestmark = pytest.mark.skipif(library() is None, reason="the compiled library was not built")

# Where a digit may be any, there is a #.
_FORMS = (
    "+1 (4##) 5##-####", "(2##) ###-####", "3##-###-####", "1-2##.###.####", "138########",
    "+86 138 #### ####", "15#-####-####", "0755-2#######", "(010) 6#######",
    "+44 (0)20 #### ####",
    "+33 6########", "+49-##########", "+852########", "+7##########", "+353 ## ### ####",
    "07### ######", "020 #### ####", "01 ## ## ## ##", "030 / ########", "555-####", "###-####",
    "#######", "##########", "#############", "212-555-01##", "40########", "4### #### #### ####",
    "5###-####-####-####", "37## ###### #####", "62#################", "400000##########",
    "###-##-####", "SSN: #########", "social security number is #########", "2026-01-1#",
)  # fmt: skip
_BEFORE = (
    "phone: ", "电话", "手机号：", "call me at ", "contact no ", "hotel ", "fax\n", "card ", "卡号",
    "price $", "id=", "v1.", '"phone": "', "reach_us ", "é ", "", "a/", "ssn ", " " * 70, "cell ",
    "5 ", "拨打", "中文", "Telephone -",
)  # fmt: skip
_BEHIND = (
    " x12", " ext. 5", "元", " 万", ".", ",", ".5", ",000", "-", "-a", "。", "\n", ")", "@",
    " bytes", "_", " USD", "", " / 12", ", 555-1234",
)  # fmt: skip


def _filled(rng: random.Random, form: str) -> str:
    return "".join(rng.choice("0123456789") if sign == "#" else sign for sign in form)


def _resident(rng: random.Random) -> str:
    province = rng.choice(["110105", "440301", "990101"])
    body = f"{province}19{rng.randrange(100):02}0{rng.randrange(1, 10)}1{rng.randrange(1000):04}"
    return body + rng.choice([personal_numbers.id_digit(body)] * 3 + ["0", "x"])


def _account(rng: random.Random) -> str:
    country = rng.choice(["DE", "GB", "FR", "NO", "MT", "XX"])
    size = personal_numbers.iban_length(country) or 20
    bank = rng.choice(["", "", "BARC", "0000", "XXXX"])
    body = (bank + _filled(rng, "#" * 40))[: size - 4]
    written = f"{country}{personal_numbers.iban_digits(country, body)}{body}"
    gap = rng.choice(["", " ", "-"])
    return gap.join(written[at : at + 4] for at in range(0, size, 4))


def _card(rng: random.Random) -> str:
    starts = [
        "4" + "#" * 11,
        "51" + "#" * 13,
        "3528" + "#" * 11,
        "62" + "#" * 14,
        "400000" + "#" * 9,
    ]
    body = _filled(rng, rng.choice(starts))
    digits = body + personal_numbers.luhn_digit(body)
    gap = rng.choice(["", " ", "-"])
    return gap.join(digits[at : at + 4] for at in range(0, len(digits), 4))


def _text(rng: random.Random) -> str:
    parts = []
    for _ in range(rng.randrange(1, 4)):
        made = rng.choice([_resident(rng), _account(rng), _card(rng), *rng.choices(_FORMS, k=5)])
        parts += [rng.choice(_BEFORE), _filled(rng, made), rng.choice(_BEHIND)]
    text = "".join(parts)
    at = rng.randrange(len(text))
    return text[:at] + rng.choice(["", "", "7", "-", "+", "(", "A"]) + text[at + rng.randrange(2) :]


def _expected(view: str) -> list[personal_patterns.Span]:
    windows = list(personal_patterns._windows(view))
    spans = list(personal_patterns._accounts(view)) if windows else []
    finds = (personal_patterns._identities, personal_patterns._cards, personal_patterns._phones)
    for find in finds:
        for low, high, offset, window in windows:
            for span in find(window):
                if low <= span.start < high:
                    start, end = span.start + offset, span.end + offset
                    spans.append(personal_patterns.Span(span.kind, start, end, span.value))
    return spans


def test_every_number_is_found_alike() -> None:
    rng = random.Random(9)
    kinds: Counter[tuple[str, bool]] = Counter()
    for _ in range(4000):
        text = _text(rng)
        expected = []
        for span in _expected(text):
            start, end = (len(text[:place].encode()) for place in (span.start, span.end))
            expected.append([start, end, span.kind.value, span.value])
            kinds[span.kind.value, bool(span.value)] += 1
        found = probe("ground.personal_numbers", orjson.dumps([text]))
        assert found is not None
        assert json.loads(found) == expected, text
    assert len(kinds) == 8  # four kinds, somebody's and free
    assert min(kinds.values()) > 20, kinds


@pytest.mark.parametrize(
    "piece", ["1", "1 ", "+1", "(0", "1234567 ", "1-", "DE12", "DE12 1", "555-1234 "]
)
def test_hostile_texts_cost_no_more_than_their_size(piece: str) -> None:
    times = []
    for size in (50_000, 200_000):
        began = time.process_time()
        probe("ground.personal_numbers", orjson.dumps([piece * (size // len(piece))]))
        times.append(time.process_time() - began)
    assert times[1] < 12 * times[0] + 0.05
