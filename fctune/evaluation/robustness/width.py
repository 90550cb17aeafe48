"""Full-width and half-width forms, as input methods mix them.

Input: a text and what of it must stay. Output: full-width forms made half-width where there are
any, else the other way round; Chinese text changes letters, digits and marks, other text the marks
alone. None where nothing changes.

Before: "帮我查订单A12，谢谢！"     "Where is it?"
After:  "帮我查订单A12,谢谢!"       "Where is it？"
"""

from __future__ import annotations

from fctune.dataset.nearness import is_chinese
from fctune.evaluation.robustness.protect import Values, free

_SHIFT = 0xFEE0
_FULL = {chr(code): chr(code + _SHIFT) for code in range(0x21, 0x7F)}
_FULL |= {".": "。"}  # the full stop of Chinese text, not the full-width dot
_HALF = {chr(code + _SHIFT): chr(code) for code in range(0x21, 0x7F)} | {"。": ".", "　": " "}


def other_width(text: str, values: Values) -> str | None:
    """Return a text with its forms in the other width, or None."""
    spans = _spans(text, values)
    table = _HALF if any(sign in _HALF for sign in text) else _FULL
    if table is _FULL and not is_chinese(text):
        return _marks(text, spans, values)
    signs = [
        table.get(sign, sign) if free(place, place + 1, spans) else sign
        for place, sign in enumerate(text)
    ]
    changed = "".join(signs)
    return changed if changed != text and values.kept(text, changed) else None


def _marks(text: str, spans: list[tuple[int, int]], values: Values) -> str | None:
    """Return a text whose marks between words are full-width; those inside of words stay."""
    signs = [
        _FULL[sign]
        if sign in ",.?!:;"
        and not text[place + 1 : place + 2].strip()
        and free(place, place + 1, spans)
        else sign
        for place, sign in enumerate(text)
    ]
    changed = "".join(signs)
    return changed if changed != text and values.kept(text, changed) else None


def _spans(text: str, values: Values) -> list[tuple[int, int]]:
    """Return the places of the values alone: other digits and names may change their width."""
    lower = text.lower()
    found = []
    for value in values.texts:
        start = lower.find(value.lower())
        while start >= 0:
            found.append((start, start + len(value)))
            start = lower.find(value.lower(), start + 1)
    return found
