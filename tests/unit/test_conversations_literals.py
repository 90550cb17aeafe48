"""Literals that cannot be read are refused in words of ours, the same on every Python."""

from __future__ import annotations

import pytest

from fctune.conversations.literals import NotLiteral, read_json, read_literal

NEITHER = "neither JSON nor a Python literal"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{'a': \ud83d}", "half of a surrogate pair"),
        ("{'a': 1 'b': 2}", NEITHER),
        ("{'a': ", NEITHER),
        ("{'a': 007}", NEITHER),
        ("{'a': '\0'}", NEITHER),
        ("[" * 300 + "]" * 300, "nested too deep to be read"),
        ("{'a': " + "1" * 5000 + "}", "a number has more than 4300 digits"),
    ],
)
def test_why_a_text_is_no_literal_is_told_without_words_of_python(text: str, words: str) -> None:
    with pytest.raises(NotLiteral) as fault:
        read_literal(text)
    assert str(fault.value) == words


def test_a_number_of_too_many_digits_in_json_is_told_without_words_of_python() -> None:
    with pytest.raises(NotLiteral, match=r"^a number has more than 4300 digits$"):
        read_json('{"a": ' + "1" * 5000 + "}")
