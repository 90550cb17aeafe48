"""Codes of personal data: what was found in a row, and what was masked."""

from __future__ import annotations

from fctune.catalogue.entry import CodeEntry, Severity

_E, _R, _W = Severity.ERROR, Severity.REPAIR, Severity.WARNING
_REDACT = "Mask it with --redact, or remove the row."

PERSONAL_CODES: dict[str, CodeEntry] = {
    "personal-email": CodeEntry(
        _W,
        "The row holds an e-mail address that somebody may have.",
        "jane.doe@acme.io; not jane@example.com",
        _REDACT,
    ),
    "personal-phone": CodeEntry(
        _W,
        "The row holds a phone number that somebody may have.",
        "+1 415 555 2671, 13812345678; not 415-555-0143",
        _REDACT,
    ),
    "personal-id-number": CodeEntry(
        _W,
        "The row holds an identity number: a Chinese resident id or a US social security number.",
        "11010519491231002X",
        _REDACT,
    ),
    "personal-card": CodeEntry(
        _W,
        "The row holds the number of a payment card, with a lawful check digit.",
        "4111 1111 1111 1111",
        _REDACT,
    ),
    "personal-account": CodeEntry(
        _W,
        "The row holds a bank account number (IBAN) with lawful check digits.",
        "DE89 3704 0044 0532 0130 00",
        _REDACT,
    ),
    "personal-ip": CodeEntry(
        _W,
        "The row holds a public IP address; looked for only where asked.",
        "8.8.8.8; not 10.0.0.1",
        _REDACT,
    ),
    "secret-key": CodeEntry(
        _W,
        "The row holds a key, token or password.",
        '"password": "hunter22", ghp_...',
        "Withdraw the key where it was given out, then mask it with --redact.",
    ),
    "personal-masked": CodeEntry(
        _R,
        "Personal data and keys were masked, the same value by the same mask everywhere.",
        "jane@acme.io -> kqvu@example.com",
        "Nothing to do.",
    ),
    "redact-breaks-call": CodeEntry(
        _E,
        "A call would break its schema with any mask in the place of the value.",
        '"enum": ["jane@acme.io"]',
        "Loosen the pattern or enum of the tool, or remove the row.",
    ),
}
