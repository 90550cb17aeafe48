"""Check digits, number plans and the ranges that belong to nobody.

Input: the digits of a candidate. Output: whether it can be a phone, card, identity or account
number, in one normal form, and whether it lies in a range that is kept free for examples and
masks. These sums are a few lines each; a library for them (LGPL, 6 MB) or for phone numbers
(48 MB, milliseconds for a row) would be most of the core's weight.

Before: "4111 1111 1111 1111"
After:  card_range("4111111111111111") == "400000", the test range of its scheme
"""

from __future__ import annotations

from fctune.patterns import regex


def _words(text: str) -> list[str]:
    return text.split()


_TWO_DIGIT_CODES = frozenset(
    _words(
        "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 "
        "63 64 "
        "65 66 81 82 84 86 90 91 92 93 94 95 98"
    )
)
# Countries whose numbers have one length: digits with the country code.
_WHOLE_LENGTHS = {"1": 11, "7": 11, "33": 11, "34": 11, "44": 12, "65": 10, "91": 12, "852": 11}
_CN_MOBILE = regex(r"1[3-9]\d{9}")
_CN_LANDLINE = regex(r"0?(?:10|2[0-57-9])[2-8]\d{7}|0?(?:3[1-9]|[4-9]\d)\d[2-8]\d{6,7}")
_NANP = regex(r"[2-9]\d{2}[2-9]\d{6}")
_NANP_EXAMPLE = regex(r"\d{3}55501\d\d")
# Lines that companies pay for; they are nobody's own number.
_SERVICE = regex(r"(?:400|800|833|844|855|866|877|888)\d{7}")
# Numbers for films and examples: Ofcom, ARCEP; and 154, which no Chinese network was given.
_COUNTRY_EXAMPLE = {
    "1": _NANP_EXAMPLE,
    "33": regex(r"63998\d{4}|19900\d{4}"),
    "44": regex(r"7700900\d{3}|2079460\d{3}"),
    "86": regex(r"154\d{8}"),
}
_CARD_KINDS = (
    (regex(r"4\d{12}(?:\d{3}(?:\d{3})?)?"), "400000"),
    (regex(r"(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"), "555555"),
    (regex(r"3[47]\d{13}"), "378282"),
    (regex(r"(?:6011|65\d\d|64[4-9]\d)\d{12}(?:\d{3})?"), "601111"),
    (regex(r"35(?:2[89]|[3-8]\d)\d{12}"), "353011"),
    (regex(r"3(?:0[0-5]|[689]\d)\d{11}"), "305693"),
    (regex(r"62\d{14,17}"), "620000"),
)
_LONG_RUN = regex(r"\d{9}")
_PROVINCES = frozenset(
    _words(
        "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 "
        "64 65 "
        "71 81 82 83 91"
    )
)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_IBAN_LENGTHS = dict(
    pair.split(":")
    for pair in _words(
        "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BR:29 BY:28 CH:21 CR:22 CY:28 CZ:24 "
        "DE:22 DK:18 DO:28 EE:20 EG:29 ES:24 FI:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 GR:27 GT:28 "
        "HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 LC:32 LI:21 LT:20 LU:20 "
        "LV:21 LY:25 MC:27 MD:24 ME:22 MK:19 MR:27 MT:31 MU:30 NL:18 NO:15 PK:24 PL:28 PS:29 PT:25 "
        "QA:29 RO:24 RS:22 SA:24 SC:31 SE:24 SI:19 SK:24 SM:27 TN:24 TR:26 UA:29 VA:22 VG:24 XK:20"
    )
)


def luhn_digit(body: str) -> str:
    """Return the digit that makes a number pass the Luhn check.

    >>> luhn_digit("411111111111111")
    '1'
    """
    total = 0
    for index, digit in enumerate(reversed(body)):
        value = int(digit) * (1 if index % 2 else 2)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def card_range(digits: str) -> str | None:
    """Return the test range of the scheme that a card number belongs to; None where it is none."""
    if len(set(digits)) < 2 or luhn_digit(digits[:-1]) != digits[-1]:
        return None
    return next((test for shape, test in _CARD_KINDS if shape.fullmatch(digits)), None)


def id_digit(body: str) -> str:
    """Return the last character of a Chinese resident id number, from its first 17 digits.

    >>> id_digit("11010519491231002")
    'X'
    """
    total = sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True))
    return _ID_CHECKS[total % 11]


def is_resident_id(number: str) -> bool:
    """Tell whether this is a Chinese resident id number of a province that exists."""
    return number[:2] in _PROVINCES and id_digit(number[:17]) == number[17].upper()


def is_social_number(digits: str) -> bool:
    """Tell whether nine digits can be a US social security or taxpayer number."""
    area, group, serial = digits[:3], int(digits[3:5]), digits[5:]
    if area in ("000", "666") or not group or serial == "0000":
        return False
    return area[0] != "9" or (group >= 50 and group not in (66, 67, 68, 69, 89, 93))


def iban_length(country: str) -> int:
    """Return the length of a country's account numbers; 0 where it has none."""
    return int(_IBAN_LENGTHS.get(country, 0))


def iban_digits(country: str, body: str) -> str:
    """Return the two check digits of an account number.

    >>> iban_digits("DE", "370400440532013000")
    '89'
    """
    moved = "".join(str(int(character, 36)) for character in f"{body}{country}00")
    return f"{98 - int(moved) % 97:02}"


def account_of(number: str) -> str | None:
    """Return an IBAN that is one, "" for one of a bank that cannot exist, and None for others."""
    country, body = number[:2], number[4:]
    # No bank gives accounts without a long run of digits, and `personal.suspect` counts on it.
    if len(number) != iban_length(country) or not _LONG_RUN.search(number):
        return None
    if iban_digits(country, body) != number[2:4]:
        return None
    return "" if body.startswith(("0000", "XXXX")) else number


def country_code(digits: str) -> str:
    """Return the country code that international digits begin with."""
    if digits[:1] in ("1", "7"):
        return digits[:1]
    return digits[:2] if digits[:2] in _TWO_DIGIT_CODES else digits[:3]


def whole_length(code: str, national: str) -> int:
    """Return how many digits a number of that country has in all; 0 where that varies."""
    if code == "86":
        return 13 if _CN_MOBILE.match(national) else 0
    return _WHOLE_LENGTHS.get(code, 0)


def phone_of(digits: str, *, international: bool = False) -> str | None:
    """Return the normal form `country code:national number` of a phone number that is somebody's.

    Args:
        digits: all digits as written.
        international: they begin with a country code.

    Returns:
        The form, with 0 or nothing for a country that the digits do not tell; "" for numbers that
        are free for examples and masks, and for lines of companies; None for what is no number.

    >>> phone_of("14155552671"), phone_of("4155552671")
    ('1:4155552671', '1:4155552671')
    >>> phone_of("2125550143")
    ''
    """
    code, national = _split(digits, international)
    if len(national) < 5 or len(code) + len(national) > 15 or len(set(national)) < 2:
        return None
    if code == "1" and len(national) != 10:
        return None
    example = _COUNTRY_EXAMPLE.get(code)
    if (code and national.startswith("00")) or (example and example.fullmatch(national)):
        return ""
    if code in ("1", "86") and _SERVICE.fullmatch(national):
        return ""
    if not code and national.startswith("55501" if len(national) == 7 else "1000"):
        return ""
    landline = code == "86" and not _CN_MOBILE.fullmatch(national)
    if landline and not _CN_LANDLINE.fullmatch(national):
        return None
    return f"{code}:{national}"


def _split(digits: str, international: bool) -> tuple[str, str]:
    """Part digits into country code and national number, without the trunk's zero."""
    if international:
        code = country_code(digits)
        national = digits[len(code) :]
        trunk = national.startswith("0") and not national.startswith("00")
        trunk = trunk and code not in ("1", "39")
        return code, national[1:] if trunk else national
    if len(digits) == 11 and digits[0] == "1" and _NANP.fullmatch(digits[1:]):
        # 131... and the like are Chinese; no network has 140 to 143 and 154.
        if digits[:3] in ("140", "141", "142", "143") or not _CN_MOBILE.fullmatch(digits):
            return "1", digits[1:]
        return "86", digits
    if _CN_MOBILE.fullmatch(digits):
        return "86", digits
    if len(digits) == 10 and digits[0] not in "01":
        return "1", digits
    if digits.startswith("0"):
        landline = _CN_LANDLINE.fullmatch(digits) and not digits.startswith("02079460")
        if landline and len(digits) in (11, 12):
            return "86", digits[1:]
        if len(digits) == 11 and digits[1] in "127":
            return "44", digits[1:]
        if len(digits) == 10 and digits[1] in "123456789":
            return "33", digits[1:]
        return "0", digits[1:]
    return "", digits
