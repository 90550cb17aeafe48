"""Masks for personal data: values of the same form that belong to nobody.

Input: a kind, a value in normal form, the way it is written, and a salt. Output: the mask in that
way of writing. The same value and salt give the same mask in every row and every file; without the
salt a mask tells nothing of its value. Every mask lies in a range that `find_spans` passes over,
so that masking twice changes nothing:

    e-mail    letters of the same shape at example.com, .org or .net (RFC 2606)
    phone     555-01xx; the countries' numbers for films; 154 in China; 00 after the country code
    id        region 99 with a real date and check digit; US area 9xx
    card      the test range of the scheme, with its check digit
    account   bank 0000 or XXXX, with its check digits
    key       prefix, length and kinds of characters, ending in EXAMPLE
    address   the networks for documentation (RFC 5737, RFC 3849)

Phones, local ones above all, and addresses have few free values, so that two of a large set may
get the same mask.
"""

from __future__ import annotations

import hashlib
import re
import string
from datetime import date, timedelta

from fctune.conversations import personal_numbers as numbers
from fctune.conversations.personal_patterns import Kind
from fctune.conversations.personal_secrets import MASK_WORD
from fctune.patterns import regex

# How many ways of masking a value there are; more than one where a schema may refuse the first.
FORMS = 6
_MIN_NAME = 6
_PREFIX = regex(
    r"(?:github_pat_|gh[pousr]_|glpat-|hf_|npm_|[srp]k_live_|sk-(?:ant-|proj-|or-|svcacct-)?"
    r"|xox[abposr]-|AKIA|ASIA|AIza|eyJ)"
)
_FIRST_DAY = date(1950, 1, 1)
_DAYS = 18_000


class _Draw:
    """Numbers drawn from the keyed hash of a value, always the same ones."""

    def __init__(self, salt: str, *seed: str) -> None:
        key = hashlib.blake2b(salt.encode(), digest_size=32).digest()
        text = "\x00".join(seed).encode("utf-8", "backslashreplace")
        self._state = int.from_bytes(hashlib.blake2b(text, key=key, digest_size=32).digest(), "big")

    def below(self, limit: int) -> int:
        """Return a number from 0 to limit - 1."""
        self._state, drawn = divmod(self._state, limit)
        if self._state < 1 << 64:
            fresh = hashlib.blake2b(f"{self._state}/{drawn}".encode(), digest_size=32).digest()
            self._state = int.from_bytes(fresh, "big")
        return drawn

    def digits(self, count: int) -> str:
        """Return that many digits."""
        return "".join(str(self.below(10)) for _ in range(count))

    def like(self, text: str) -> str:
        """Return other characters of the same kinds."""
        return "".join(map(self._like, text))

    def _like(self, character: str) -> str:
        for kind in (string.digits, string.ascii_lowercase, string.ascii_uppercase):
            if character in kind:
                return kind[self.below(len(kind))]
        return character


def mask(kind: Kind, value: str, written: str, *, salt: str, form: int = 0) -> str | None:
    """Return the mask of a value in the way in which it is written.

    Args:
        kind: what it is.
        value: its normal form, from which the mask is drawn.
        written: as it stands in the text, without escapes.
        salt: the secret of the dataset.
        form: which of the ways of masking, from 0; later ones are for schemas that refuse it.

    Returns:
        None where the kind has no such form.

    >>> mask(Kind.CARD, "4012888888881881", "4012-8888-8888-1881", salt="s")[:8]
    '4000-00'
    """
    draw = _Draw(salt, kind.value, value)
    if kind is Kind.EMAIL:
        return _email(value, draw, form)
    if kind is Kind.SECRET:
        return _secret(written, draw, form) if form < 2 else None
    if kind is Kind.IP:
        return _address(written, draw) if form == 0 else None
    digits = re.sub(r"[^0-9A-Za-z]", "", written)
    if kind is Kind.PHONE:
        new = _phone(digits, value, draw, form)
    elif kind is Kind.CARD:
        new = _card(digits, draw) if form == 0 else None
    elif kind is Kind.ACCOUNT:
        new = _account(digits, draw) if form == 0 else None
    else:
        new = _identity(digits, draw) if form == 0 else None
    return None if new is None else laid_out(new, written)


def laid_out(characters: str, written: str) -> str:
    """Put characters in the places of those of a number, between its separators.

    >>> laid_out("2025550143", "(415) 555-2671")
    '(202) 555-0143'
    """
    rest = iter(characters)
    return "".join(next(rest) if old.isascii() and old.isalnum() else old for old in written)


def _email(value: str, draw: _Draw, form: int) -> str | None:
    name, _, domain = value.rpartition("@")
    ending = domain.rpartition(".")[2]
    endings = [ending] if ending in ("com", "org", "net") else []
    endings += [other for other in ("com", "org", "net") if other not in endings]
    if form >= len(endings):  # for patterns that forbid signs and digits in a name
        name = "".join(string.ascii_lowercase[draw.below(26)] for _ in range(10))
        return f"{name}@example.{endings[form - len(endings)]}"
    new = draw.like(name)
    missing = max(0, _MIN_NAME - sum(character.isalnum() for character in new))
    new += "".join(string.ascii_lowercase[draw.below(26)] for _ in range(missing))
    return f"{new}@example.{endings[form]}"


def _phone(digits: str, value: str, draw: _Draw, form: int) -> str | None:
    code, _, national = value.partition(":")
    forms = _nationals(code, national, draw)
    if form >= len(forms):
        return None
    kept = max(0, len(digits) - len(national))
    return digits[:kept] + forms[form]


def _nationals(code: str, national: str, draw: _Draw) -> list[str]:
    """Return numbers that nobody has, as long as the national part."""
    count = len(national)
    if code == "1":
        # 1 and 3 to 9 before the rest would begin a Chinese number.
        area = f"2{draw.below(9)}{draw.below(8) + 2}"
        return [f"{area}55501{draw.digits(2)}"]
    if code == "86" and count == 11 and national[0] == "1":
        return [f"154{draw.digits(8)}"]
    free = f"00{draw.digits(count - 2)}"
    if code == "44" and count == 10:
        return [f"7700900{draw.digits(3)}", f"2079460{draw.digits(3)}", free]
    if code == "33" and count == 9:
        return [f"63998{draw.digits(4)}", f"19900{draw.digits(4)}", free]
    if code:
        return [free]
    return [f"55501{draw.digits(2)}" if count == 7 else f"1000{draw.digits(count - 4)}"]


def _card(digits: str, draw: _Draw) -> str:
    start = numbers.card_range(digits) or digits[:6]
    body = start + draw.digits(len(digits) - len(start) - 1)
    return body + numbers.luhn_digit(body)


def _account(number: str, draw: _Draw) -> str:
    country, body = number[:2], number[4:]
    bank = "".join("0" if character.isdigit() else "X" for character in body[:4])
    if bank not in ("0000", "XXXX"):
        bank = "0000" if body[0].isdigit() else "XXXX"
    new = bank + draw.like(body[4:])
    return f"{country}{numbers.iban_digits(country, new)}{new}"


def _identity(number: str, draw: _Draw) -> str:
    if len(number) == 9:
        return f"9{draw.digits(2)}{draw.below(40) + 10}{draw.below(9) + 1}{draw.digits(3)}"
    while True:  # one in eleven ends in X; a number without X stays one, for a schema may ask it
        born = _FIRST_DAY + timedelta(days=draw.below(_DAYS))
        body = f"99{draw.digits(4)}{born:%Y%m%d}{draw.digits(3)}"
        last = numbers.id_digit(body)
        if last.isdigit() == number[-1].isdigit():
            return body + (last.lower() if number[-1] == "x" else last)


def _secret(written: str, draw: _Draw, form: int) -> str:
    """Return a key of the same prefix, length and kinds of characters, as far as it goes."""
    if written.isdigit():
        return f"9{'0' * (len(written) - 3)}{draw.digits(2)}"
    prefix = _PREFIX.match(written)
    kept = prefix.group() if prefix else ""
    body = written[len(kept) :]
    word = MASK_WORD if any(character.isupper() for character in body) else MASK_WORD.lower()
    if form == 1:  # longer, for rules that ask for a digit or a sign
        return kept + word + draw.like(body.replace("\\", "-"))
    return kept + draw.like(body[: -len(word)]) + word


def _address(written: str, draw: _Draw) -> str:
    if ":" in written:
        return f"2001:db8::{draw.below(1 << 16):x}:{draw.below(1 << 16):x}"
    network = ("192.0.2", "198.51.100", "203.0.113")[draw.below(3)]
    return f"{network}.{draw.below(254) + 1}"
