"""Personal data: each kind found and passed over, masks that agree, and the filter before them."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.conversations import personal_numbers as numbers
from fctune.conversations.identity import identify
from fctune.conversations.lesson import classify
from fctune.conversations.personal import find, marks, shortened, suspect
from fctune.conversations.personal_masks import mask
from fctune.conversations.personal_patterns import DEFAULT_KINDS, Kind, find_spans
from fctune.conversations.turns import Conversation, Lesson, ModelTurn, ResultTurn, UserTurn
from fctune.dataset.redact import redact
from fctune.dataset.sources import Reading, data_files, read_file
from fctune.dataset.stepped import Stepped
from fctune.issues import Accepted, Issue, Origin
from fctune.tools.check import check_call
from fctune.tools.spec import ToolCall, ToolCatalog, ToolSpec

FOUND = [
    ("mail jane.doe@acme.io now", Kind.EMAIL, "jane.doe@acme.io", "jane.doe@acme.io"),
    ("邮箱是Zhang_San@qq.com，谢谢", Kind.EMAIL, "Zhang_San@qq.com", "zhang_san@qq.com"),
    ("zhang＠qq.com", Kind.EMAIL, "zhang＠qq.com", "zhang@qq.com"),
    ("on +1 (415) 555-2671.", Kind.PHONE, "+1 (415) 555-2671", "1:4155552671"),
    ("415-555-2671 x12", Kind.PHONE, "415-555-2671", "1:4155552671"),
    ("1-415-555-2671", Kind.PHONE, "1-415-555-2671", "1:4155552671"),
    ("call me at 4155552671", Kind.PHONE, "4155552671", "1:4155552671"),
    ('{"phone": 4155552671}', Kind.PHONE, "4155552671", "1:4155552671"),
    ("555-1234", Kind.PHONE, "555-1234", ":5551234"),
    ("+44 7911 123456", Kind.PHONE, "+44 7911 123456", "44:7911123456"),
    ("07911 123456", Kind.PHONE, "07911 123456", "44:7911123456"),
    ("+44 (0)20 7946 1958", Kind.PHONE, "+44 (0)20 7946 1958", "44:2079461958"),
    ("06 12 34 56 78", Kind.PHONE, "06 12 34 56 78", "33:612345678"),
    ("Telephone: 030/12345678", Kind.PHONE, "030/12345678", "0:3012345678"),
    ("+49 30 901820, bitte", Kind.PHONE, "+49 30 901820", "49:30901820"),
    ("电话13812345678，谢谢", Kind.PHONE, "13812345678", "86:13812345678"),
    ("+86 138-1234-5678", Kind.PHONE, "+86 138-1234-5678", "86:13812345678"),
    ("１３８１２３４５６７８", Kind.PHONE, "１３８１２３４５６７８", "86:13812345678"),
    ("座机010-62345678", Kind.PHONE, "010-62345678", "86:1062345678"),
    ('"\\u7535\\u8bdd13812345678"', Kind.PHONE, "13812345678", "86:13812345678"),
    ("身份证11010519491231002x。", Kind.ID, "11010519491231002x", "11010519491231002X"),
    ("SSN 123-45-6789", Kind.ID, "123-45-6789", "123456789"),
    ('"ssn": "123456789"', Kind.ID, "123456789", "123456789"),
    ("4012-8888-8888-1881", Kind.CARD, "4012-8888-8888-1881", "4012888888881881"),
    ("4111 1111 1111 1111 12/27", Kind.CARD, "4111 1111 1111 1111", "4111111111111111"),
    ("卡号6222020000000000000", Kind.CARD, "6222020000000000000", "6222020000000000000"),
    ("3714 496353 98431", Kind.CARD, "3714 496353 98431", "371449635398431"),
    (
        "DE89 3704 0044 0532 0130 00 BANK",
        Kind.ACCOUNT,
        "DE89 3704 0044 0532 0130 00",
        "DE89370400440532013000",
    ),
    ("GB82WEST12345698765432", Kind.ACCOUNT, *["GB82WEST12345698765432"] * 2),
    ("key AKIAIOSFODNN7ABCDE12", Kind.SECRET, *["AKIAIOSFODNN7ABCDE12"] * 2),
    *(
        (f"use {key} please", Kind.SECRET, key, key)
        for key in (
            "ghp_0123456789abcdefghijABCDEFGHIJ012345",
            "github_pat_" + "11ABCDEFG0abcdefghijkl" + "_" + "0123456789abcdefghijABCDEFGHIJ",
            "sk-ant-api03-abcdefghij0123456789",
            "sk-proj-abcdefghij0123456789ABCD",
            "xoxb-123456789012-a1b2c3d4e5f6g7h8i9j0k1l2",
            "AIzaSyA0123456789abcdefghijklmnopqrstuv",
            "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
        )
    ),
    ("Authorization: Bearer abcdefghijklmnop123456", Kind.SECRET, *["abcdefghijklmnop123456"] * 2),
    ('{"password": "hunter2!"}', Kind.SECRET, "hunter2!", "hunter2!"),
    ("my password is Hunter22x.", Kind.SECRET, "Hunter22x", "Hunter22x"),
    ("密码是abc123456，请登录", Kind.SECRET, "abc123456", "abc123456"),
    ('api_key = "9f8a2c7d1e"', Kind.SECRET, "9f8a2c7d1e", "9f8a2c7d1e"),
    ('{"auth_token": "a1b2c3d4"}', Kind.SECRET, "a1b2c3d4", "a1b2c3d4"),
]  # fmt: skip
PASSED_OVER = [
    "jane@example.com, a@b.example.org, x@y.test, b@foo.example",
    "icon@2x.png, git@github.com:me/it.git, pip install a@1.2.3",
    "call (212) 555-0143 or 555-0199",
    "order ORD-12345, ORD-4155552671, #4155552671, INV_13812345678",
    "2024-01-15 10:30:00, 2024-01-15T10:30:00Z, 20240115, 15.01.2024, phone released 2024-01-15",
    "timestamps 1700000000 and 1700000000000, id 8412345678901234567",
    "550e8400-e29b-41d4-a716-446655440000, 12345678-1234-1234-1234-123456789012",
    "$1,234,567.00, ¥13812345678, 15000000000元, 4155552671 items, 3.14159265358979",
    "1Z999AA10123456784, 9400 1000 0000 0000 0000 00, 9780306406157, RX-4012888888881881",
    "4012888888881882, 4000001234567899, 5555555555554444, 378282246310005",
    "110105194912310021, 990105194912310021",  # wrong check digit; no such region
    "900-12-3456, 000-12-3456, 123-00-4567, 123-45-0000",
    "DE89370400440532013001, DE00 0000 0000 0000 0000 00",
    "AKIAIOSFODNN7EXAMPLE, sk-your-api-key-goes-here-1234, Bearer YOUR_TOKEN_HERE_12345678",
    '{"password": "string", "token": "BTC", "secret": "********", "api_key": "YOUR_API_KEY"}',
    "The password must be at least 8 characters, the token is valid; secret: unknown",
    "服务热线400-820-8820，客服95588，toll-free 1-800-555-1234",
    "8.8.8.8 and 2606:4700:4700::1111",
    "航班CA1234，订单号20240115123456，价格1234.56元，2024年1月15日",
]


@pytest.mark.parametrize(("text", "kind", "written", "value"), FOUND)
def test_each_kind_is_found(text: str, kind: Kind, written: str, value: str) -> None:
    assert [(s.kind, text[s.start : s.end], s.value) for s in find_spans(text)] == [
        (kind, written, value)
    ]


@pytest.mark.parametrize("text", PASSED_OVER)
def test_what_is_nobodys_is_passed_over(text: str) -> None:
    assert find_spans(text) == []


def test_addresses_are_found_only_where_asked_and_only_public_ones() -> None:
    text = "8.8.8.8, 10.0.0.1, 192.0.2.7, 2606:4700:4700::1111, 12:30:45, 1.2.3"
    found = find_spans(text, frozenset({Kind.IP}))
    assert [span.value for span in found] == ["8.8.8.8", "2606:4700:4700::1111"]


def test_a_private_key_is_found_and_keeps_its_lines() -> None:
    body = "\n".join("MIIEpAIBAAKCAQEA7v0" + "bQ3x9" * 9 for _ in range(3))
    text = f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----"
    (span,) = find_spans(text)
    new = mask(Kind.SECRET, span.value, text[span.start : span.end], salt="s")
    assert span.value == body and new is not None and len(new) == len(body)
    assert new.count("\n") == 2 and find_spans(text.replace(body, new)) == []


SCHEMA = {
    "type": "object",
    "properties": {
        "email": {"type": "string", "pattern": r"^[\w.]+@[\w.]+\.\w+$"},
        "phone": {"type": "string", "pattern": r"^\d{10}$"},
        "mobile": {"type": "integer"},
        "id": {"type": "string", "pattern": r"^\d{17}[\dX]$"},
        "card": {"type": "object", "properties": {"number": {"type": "string"}}},
        "note": {"type": "string"},
        "to": {"type": "string", "enum": ["jane@acme.io", "joe@acme.io"]},
    },
}
CATALOG = ToolCatalog((ToolSpec("book", "Mail jane@acme.io for help.", SCHEMA),))
ARGUMENTS: dict[str, Any] = {
    "email": "jane@acme.io",
    "phone": "4155552671",
    "mobile": 13812345678,
    "id": "11010519491231002X",
    "card": {"number": "4012888888881881"},
}
USER = (
    "I am Jane@acme.io, +1 (415) 555-2671, 手机138 1234 5678, 身份证11010519491231002X, "
    "card 4012 8888 8888 1881"
)


def made(
    *texts: str, arguments: dict[str, Any] | None = None, results: tuple[str, ...] = ("{}",)
) -> Conversation:
    """Return a conversation: system, user, a call, its results, the answer."""
    system, user, answer = (*texts, "s", "u", "a")[:3] if len(texts) < 3 else texts
    turns = (
        UserTurn(user),
        ModelTurn("", (ToolCall("book", arguments or {}),)),
        ResultTurn(results),
        ModelTurn(answer),
    )
    id_ = identify(system, CATALOG, turns)
    return Conversation(id_, system, CATALOG, turns, Lesson.CALL, Origin("a", 1))


def masked(conversation: Conversation, salt: str = "salt") -> Conversation:
    """Return the masked conversation."""
    stepped = redact(conversation, salt=salt)
    assert isinstance(stepped, Stepped), stepped
    return stepped.conversations[0]


ROW = made(
    "Mail jane@acme.io.",
    USER,
    "Booked for jane@acme.io, card ending in 1881, 尾号5678.",
    arguments=ARGUMENTS,
    results=(json.dumps({"to": "jane@acme.io", "电话": "13812345678"}),),
)


def test_a_row_gets_one_warning_of_a_kind_that_shows_no_value_in_full() -> None:
    issues = find(ROW)
    assert [found.code for found in issues] == [
        "personal-email", "personal-phone", "personal-id-number", "personal-card",
    ]  # fmt: skip
    assert issues[0].where == "system" and "the same in 5 places" in issues[0].message
    told = " ".join(found.message for found in issues)
    assert not any(value in told for value in ("jane@acme.io", "5552671", "1234 5678", "8888"))


def test_a_value_has_one_mask_in_text_calls_and_results() -> None:
    new = masked(ROW)
    user, call, result, answer = new.turns
    assert isinstance(user, UserTurn) and isinstance(call, ModelTurn)
    assert isinstance(result, ResultTurn) and isinstance(answer, ModelTurn)
    arguments = call.calls[0].arguments
    email = re.findall(r"[a-z]+@example\.com", user.text)[0]
    assert arguments["email"] == email == json.loads(result.results[0])["to"]
    assert new.system == f"Mail {email}." and email in answer.text
    digits = re.sub(r"\D", "", user.text)
    assert arguments["phone"][3:8] == "55501" and arguments["phone"] in digits
    assert isinstance(arguments["mobile"], int) and str(arguments["mobile"]) in digits
    assert json.loads(result.results[0])["电话"] == str(arguments["mobile"])
    card = arguments["card"]["number"]
    assert numbers.luhn_digit(card[:-1]) == card[-1] and card.startswith("400000")
    assert f"ending in {card[-4:]}" in answer.text
    assert f"尾号{str(arguments['mobile'])[-4:]}" in answer.text
    assert numbers.id_digit(arguments["id"][:17]) == arguments["id"][17] == "X"
    assert re.search(r"\+1 \(\d{3}\) 555-01\d\d, 手机154 \d{4} \d{4},", user.text)
    assert check_call(call.calls[0], CATALOG) == [] and new.catalog is CATALOG


def test_masking_is_told_and_the_row_gets_its_own_id() -> None:
    stepped = redact(ROW, salt="salt")
    assert isinstance(stepped, Stepped)
    (new,) = stepped.conversations
    assert [str(found) for found in stepped.issues] == [
        "masked 1 e-mail addresses, 2 phone numbers, 1 identity numbers, 1 card numbers "
        "[personal-masked]"
    ]
    assert new.id == identify(new.system, new.catalog, new.turns) != ROW.id
    assert new.lesson is classify(new.catalog, new.turns) and new.origin == ROW.origin


def test_masks_agree_between_rows_and_change_with_the_salt() -> None:
    other = masked(made("s", "write to JANE@ACME.IO"))
    assert isinstance(other.turns[0], UserTurn)
    assert other.turns[0].text.split()[-1] in str(masked(ROW).turns)
    assert masked(ROW) == masked(ROW) and masked(ROW) != masked(ROW, "pepper")


def test_masking_twice_changes_nothing() -> None:
    once = masked(ROW)
    assert find(once) == []
    assert redact(once, salt="other") == Stepped((once,))


def test_a_row_without_personal_data_stays_the_same_object() -> None:
    row = made("s", "order ORD-12345 on 2024-01-15")
    assert redact(row, salt="x") == Stepped((row,)) and masked(row) is row


def test_a_row_whose_schema_allows_no_mask_is_rejected() -> None:
    found = redact(made("s", "mail jane@acme.io", arguments={"to": "jane@acme.io"}), salt="x")
    assert isinstance(found, Issue) and found.code == "redact-breaks-call"
    assert found.where == "turns[1].call" and "e-mail" in found.message


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        (r"^[a-z]+@example\.org$", "j.d@acme.io", r"[a-z]+@example\.org"),
        (r"^\+4420", "+442079461958", r"\+442079460\d{3}"),
        (r"[0-9].*[!]", "password: hunter2!", r"password: example[a-z]+\d!"),
    ],
)
def test_another_form_of_mask_is_tried_where_the_schema_refuses_the_first(
    pattern: str, value: str, expected: str
) -> None:
    properties = {"v": {"type": "string", "pattern": pattern}}
    catalog = ToolCatalog((ToolSpec("f", "", {"type": "object", "properties": properties}),))
    turns = (UserTurn(value), ModelTurn("", (ToolCall("f", {"v": value}),)))
    row = Conversation("0", "s", catalog, turns, Lesson.CALL, Origin("a", 1))
    new = masked(row)
    assert isinstance(new.turns[0], UserTurn)
    assert re.fullmatch(expected, new.turns[0].text)
    assert new.calls[0].arguments["v"] == new.turns[0].text


def test_a_named_lesson_stays() -> None:
    row = made("s", "mail jane@acme.io")
    refused = Conversation(row.id, row.system, CATALOG, row.turns, Lesson.REFUSE, row.origin)
    assert masked(refused).lesson is Lesson.REFUSE


def test_json_in_results_stays_json_in_its_own_escapes() -> None:
    inner = json.dumps({"电话": "13812345678", "note": 'say "hi"\n13812345678'})
    row = made(
        "s", "u", results=(json.dumps({"body": inner, "at": "２０２４ １３８１２３４５６７８"}),)
    )
    new = masked(row)
    assert isinstance(new.turns[2], ResultTurn)
    (text,) = new.turns[2].results
    body = json.loads(json.loads(text)["body"])
    assert re.fullmatch(r"154\d{8}", body["电话"]) and body["note"].endswith(body["电话"])
    assert text.startswith('{"body": "{\\"\\\\u7535\\\\u8bdd\\": \\"154') and find(new) == []


def test_shown_values_are_never_whole() -> None:
    for value in ("abcdef", "jane@acme.io", "4012888888881881", "x" * 300):
        assert value not in shortened(value)


_DIGITS = st.text("0123456789", min_size=1, max_size=12)
_PIECES = st.one_of(
    st.sampled_from([text for text, *_ in FOUND]),
    st.sampled_from(PASSED_OVER),
    st.tuples(st.sampled_from(["+", "+86 ", "+1 ", "0", "(", "13", "4111 ", "tel "]), _DIGITS).map(
        "".join
    ),
    st.tuples(_DIGITS, st.sampled_from("- .()/:,@"), _DIGITS, st.sampled_from("- ."), _DIGITS).map(
        "".join
    ),
    st.sampled_from(
        ["phone: ", "password: ", "密码：", "token=", "电话", "card ", "Bearer ", "ssn "]
    ),
    st.text(max_size=20),
    st.text("ab1@.-_ ０１＠٣९", max_size=20),
)
_TEXTS = st.lists(_PIECES, max_size=6).map(" ".join) | st.lists(_PIECES, max_size=6).map("".join)


def _no_halves(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


@settings(max_examples=400, deadline=None)
@given(_TEXTS, _TEXTS, st.booleans())
def test_masks_are_never_marked_and_the_same_value_never_gets_two(
    first: str, second: str, escaped: bool
) -> None:
    result = json.dumps({"v": second}, ensure_ascii=escaped)
    row = made("s", _no_halves(first), second, arguments={"note": second}, results=(result,))
    stepped = redact(row, salt="k")
    if isinstance(stepped, Issue):
        assert stepped.code == "redact-breaks-call"
        return
    (new,) = stepped.conversations
    assert list(marks(new)) == [], (first, second)
    assert redact(new, salt="k") == Stepped((new,))
    _, call, results, answer = new.turns
    assert isinstance(call, ModelTurn) and isinstance(answer, ModelTurn)
    assert isinstance(results, ResultTurn)
    assert call.calls[0].arguments["note"] == answer.text == json.loads(results.results[0])["v"]


@settings(max_examples=600, deadline=None)
@given(_TEXTS, _TEXTS, st.booleans(), st.integers(1, 2))
def test_the_filter_passes_every_row_that_is_marked(
    first: str, second: str, escaped: bool, levels: int
) -> None:
    written = second
    for _ in range(levels):
        written = json.dumps({"v": written}, ensure_ascii=escaped)
    row = made("s", first, results=(written,), arguments={"note": second})
    line = json.dumps(
        {"system": "s", "u": first, "r": written, "c": {"note": second}}, ensure_ascii=escaped
    )
    found = [mark.span for mark in marks(row)]
    if found:
        assert suspect(line.encode("utf-8", "surrogatepass")), found
        assert find(row)


@pytest.mark.parametrize("text", [text for text, *_ in FOUND])
@pytest.mark.parametrize("form", ["plain", "ascii", "escaped"])
def test_the_filter_knows_each_kind_in_each_writing(text: str, form: str) -> None:
    line = json.dumps({"text": text}, ensure_ascii=form != "plain")
    if form == "escaped":
        line = '{"text": "' + "".join(f"\\u{ord(c):04X}" for c in text) + '"}'
    assert json.loads(line)["text"] == text and suspect(line.encode())


def test_the_filter_passes_over_ordinary_rows() -> None:
    rows = [
        "Weather on 2024-01-15 at 10:30?",
        "mail jane@example.com",
        "1,234.50 USD",
        "价格1234元，2024年",
    ]
    assert not any(suspect(json.dumps({"t": row}, ensure_ascii=False).encode()) for row in rows)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(DEFAULT_KINDS, key=str)), st.integers(0, 10**9), st.integers(0, 3))
def test_masks_of_any_value_keep_their_form(kind: Kind, seed: int, form: int) -> None:
    draw = random.Random(seed)
    written = _value(kind, draw)
    spans = find_spans(f"tel: {written} ")
    if not spans or spans[0].kind is not kind:
        return
    new = mask(kind, spans[0].value, written, salt="s", form=form)
    assert new is None or (find_spans(f"tel: {new} ") == [] and form >= 0)
    if new is not None and kind is not Kind.EMAIL and form == 0:
        assert len(new) == len(written)
        assert re.sub(r"\w", "x", new) == re.sub(r"\w", "x", written)


def _value(kind: Kind, draw: random.Random) -> str:
    digits = "".join(draw.choices("0123456789", k=18))
    match kind:
        case Kind.EMAIL:
            return f"u{digits[:4]}.x@mail{digits[5]}.{draw.choice(['com', 'cn', 'org'])}"
        case Kind.PHONE:
            return draw.choice(
                [
                    f"+{digits[:11]}",
                    f"1{digits[:10]}",
                    f"{digits[:3]}-{digits[3:6]}-{digits[6:10]}",
                    f"+86 1{digits[:10]}",
                    f"0{digits[:3]}-{digits[3:10]}",
                ]
            )
        case Kind.ID:
            body = f"1101051990{draw.randint(10, 12)}{draw.randint(10, 28)}{digits[:3]}"
            return body + numbers.id_digit(body)
        case Kind.CARD:
            body = draw.choice(["4", "51", "37", "6222", "3530"]) + digits
            body = body[: 14 if body.startswith("37") else 15]
            return body + numbers.luhn_digit(body)
        case Kind.ACCOUNT:
            body = "3" + digits[:17]
            return f"DE{numbers.iban_digits('DE', body)}{body}"
        case _:
            return "ghp_" + "".join(draw.choices("abcXYZ0123456789", k=36))


@settings(max_examples=300, deadline=2000)
@given(st.text(st.sampled_from("0123456789+-. ()@aA\\u/\"':密码é０＠٣९\n"), max_size=400))
def test_no_text_makes_the_search_fail_or_hang(text: str) -> None:
    for span in find_spans(text, frozenset(Kind)):
        assert 0 <= span.start < span.end <= len(text)


@pytest.mark.parametrize(
    "piece", ["1", "1-", "+1 ", "a@", "a.", "(0)", "password: ", "eyJa.", "A1 ", ":1"]
)
def test_long_texts_of_one_piece_take_linear_time(piece: str) -> None:
    assert isinstance(find_spans(piece * (60_000 // len(piece)), frozenset(Kind)), list)


def test_public_ip_addresses_are_warned_of_and_masked_where_asked() -> None:
    row = made("s", "ping 8.8.8.8", arguments={"note": "8.8.8.8"})
    kinds = frozenset({Kind.IP})
    assert find(row) == [] and [f.code for f in find(row, kinds=kinds)] == ["personal-ip"]
    stepped = redact(row, salt="x", kinds=kinds)
    assert isinstance(stepped, Stepped)
    (new,) = stepped.conversations
    assert isinstance(new.turns[0], UserTurn) and find(new, kinds=kinds) == []
    assert new.calls[0].arguments["note"] == new.turns[0].text.removeprefix("ping ")


def test_an_account_and_a_key_are_warned_of_with_their_codes() -> None:
    row = made("s", "GB82 WEST 1234 5698 7654 32, key AKIAIOSFODNN7ABCDE12")
    assert [f.code for f in find(row)] == ["personal-account", "secret-key"]
    text = str(masked(row).turns[0])
    assert re.search(r"GB\d\d XXXX \d{4} \d{4} \d{4} \d\d, key AKIA[A-Z0-9]{9}EXAMPLE", text)


def test_real_rows_are_masked_whole(shared: Path) -> None:
    rows = 0
    for name in ("sharegpt_glaive_lf", "openai_legacy_functions_toolbench", "toolalpaca"):
        for path in data_files([shared / "raw" / name]):
            for verdict in read_file(path, Reading()):
                if isinstance(verdict, Accepted) and find(verdict.value):
                    new = masked(verdict.value)
                    rows += 1
                    assert find(new) == [] and redact(new, salt="b") == Stepped((new,))
                    assert not any(check_call(call, new.catalog) for call in new.calls)
    assert rows > 40
