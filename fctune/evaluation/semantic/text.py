"""Texts that say the same: case, width, spaces and the marks of writing do not count.

Input: text. Output: its normal form. A mark is dropped only where it is known to say nothing: what
ends a sentence or parts words, quotes in pairs, round brackets around words that follow a word, the
hyphen between words. All other marks stay, so that `-5` is not `5`, `.5` not `5`, `a<b` not `a b`,
`/a/b` not `ab`, `[-5,5]` not `[5,5]` and `A-12` not `A12`. Where it is not sure that two texts say
the same, they are different. All of it takes time by the length of the text, whatever stands there:
an answer may be the same few marks for ever.

Before: "“New-York”， NY！"
After:  "new york ny"
"""

from __future__ import annotations

import re
from functools import lru_cache

from fctune.evaluation.semantic.folding import fold_width
from fctune.patterns import regex

_HAN = r"㐀-鿿豈-﫿぀-ヿ"
_LETTER = r"[^\W\d_]"
_SPACE = regex(r"\s+")
_SPACE_BY_HAN = regex(rf"(?<=[{_HAN}])\s+|\s+(?=[{_HAN}])")
_DASH = regex(r"[‐‑‒–—―−﹣]")
_INITIALS = regex(rf"\b(?:{_LETTER}\.){{2,}}")
_THOUSANDS = regex(r"(?<![\w.,])[1-9]\d{0,2}(?:,\d{3})+(?!\d|[,.]\d{4}|,\d)")
_APOSTROPHE = regex(rf"(?<={_LETTER})['’`](?={_LETTER})")
_CURLY = regex(r"“([^“”]*)”|‘([^‘’]*)’|«([^«»]*)»")
_CORNERS = regex(r"[【】《》〈〉「」『』]")
# Where one apostrophe is closed nowhere before the next quote, none after it is: all are passed.
_QUOTED = regex(
    rf"(?:(?<!\w)|(?<=[{_HAN}]))"
    rf"(?:([\"'`])([^\"`]+?)\1(?:(?!\w)|(?=[{_HAN}]))|'[^\"`]*)"
)
_BRACKETED = regex(
    rf"(?:(?<={_LETTER} )|(?<=[{_HAN}]))"
    rf"\(\s*((?:{_LETTER}{{2}}|[{_HAN}])(?:{_LETTER}|[\s,.'-])*)\)(?:(?!\w)|(?=[{_HAN}]))"
)
# Two letters alone, as in x-y, may be a difference.
_HYPHEN = regex(rf"(?<={_LETTER}{{2}})-(?={_LETTER})|(?<={_LETTER})-(?={_LETTER}{{2}})")
_DASH_BETWEEN_WORDS = regex(rf"(?<={_LETTER}{{2}}) - (?={_LETTER}{{2}})")
_TOKEN = regex(r"\S+")
_WORD = regex(r"\w")
_CODE_TOKEN = regex(r"[@/\\_=<>#&|~^*+%$\d]|\w[.:]\w")
_MIDDLE_DOT = regex(rf"(?<=[{_HAN}])[·・](?=[{_HAN}])|(?:^|(?<=\s))•(?=\s)")
_MARKS = regex(r"\s*([.,;:!?、。]+)(\s*)")
_IS_HAN = regex(rf"[{_HAN}]")
_LONE_LETTER = regex(rf"(?<!\w){_LETTER}")
_MAY_END = "\"')]}%°+#$€£¥"  # beside letters and figures, what a sentence may end with
# A sum or code, where brackets and signs are the content and spaces around them are not.
_FORMULA = regex(r"[\w)\]]\s*[-+*/^=×÷<>]\s*[\d(\[]|\w[(\[]|[)\]]\s*[-+*/^=]")
_PROSE = regex(r"[^\W\d_]{2}[\s,]+[^\W\d_]{2}|[㐀-鿿]{2}")
_DATA = regex(r"\s*[\[{<]|.*[\"']\s*[,:;]\s*[\"']", re.DOTALL)
_AROUND_SIGN = regex(r"\s*([^\w\s.])\s*")
_CODE_LIKE = regex(
    r"[a-zA-Z][\w+.-]*://\S+|[\w.+-]+@[\w-]+\.[\w.-]+|(?:~|\.{1,2})?/\S+|[a-zA-Z]:\\\S*|"
    r"[0-9a-fA-F]{16,}|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|"
    r"[\w.-]+(?:[/\\][\w.-]+)+\.\w{1,5}|"
    r"(?=[\w-]*[a-zA-Z\d]_[\w-])[\w-]+|(?:[a-zA-Z]+\d+){2,}[a-zA-Z]*"
)


@lru_cache(maxsize=1 << 14)
def normal_text(text: str, *, case: bool = False, punctuation: bool = False) -> str:
    """Return the normal form of a text; equal forms say the same.

    Args:
        text: any text.
        case: upper and lower case count.
        punctuation: all marks count.

    >>> normal_text("Oslo,  NORWAY."), normal_text("北京， 朝阳区。"), normal_text("ＡＢＣ")
    ('oslo norway', '北京朝阳区', 'abc')
    >>> normal_text("-5"), normal_text("3.14"), normal_text("1,000"), normal_text("don't")
    ('-5', '3.14', '1000', 'dont')
    >>> normal_text("48.85, -2.35"), normal_text("a<b"), normal_text("between .5 and 1")
    ('48.85,-2.35', 'a<b', 'between .5 and 1')
    >>> normal_text("(1 + 2) * 3") == normal_text("(1+2)*3") != normal_text("1+2*3")
    True
    """
    folded = _DASH.sub("-", fold_width(text))
    if not punctuation and _is_formula(folded):
        return _AROUND_SIGN.sub(r"\1", _SPACE.sub(" ", folded).strip())  # x is not X there
    folded = folded if case else folded.casefold()
    plain = _SPACE.sub(" ", folded).strip()
    if not punctuation and _DATA.match(plain):
        return _AROUND_SIGN.sub(r"\1", plain)
    if not punctuation:
        # A text of marks alone is its marks.
        plain = _SPACE.sub(" ", _without_marks(plain)).strip() or plain
    return _SPACE_BY_HAN.sub("", plain)


def is_code_like(text: str) -> bool:
    """Tell whether a text is an address, a path or a fingerprint, which count letter by letter.

    >>> [is_code_like(text) for text in ("https://a.b/C", "a@b.de", "/usr/Bin", "Oslo")]
    [True, True, True, False]
    >>> [is_code_like(text) for text in ("docs/A-b.txt", "User_1", "A1b2", "and/or", "Node.js")]
    [True, True, True, False, False]
    """
    return _CODE_LIKE.fullmatch(text) is not None


def _is_formula(text: str) -> bool:
    return _FORMULA.search(text) is not None and _PROSE.search(text) is None


def _without_marks(text: str) -> str:
    text = _INITIALS.sub(_without_points, text)
    text = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), text)
    text = _APOSTROPHE.sub("", text)
    text = _CURLY.sub(lambda found: f" {found[found.lastindex or 0]} ", text)
    text = _CORNERS.sub(" ", text).replace("’", "'")
    for _ in range(2):  # quotes may stand within quotes
        text = _QUOTED.sub(lambda found: f" {found[2]} " if found[2] else found[0], text)
    text = _BRACKETED.sub(r" \1 ", _SPACE.sub(" ", text))
    text = _DASH_BETWEEN_WORDS.sub(" ", text)
    text = _TOKEN.sub(_without_hyphens, text)
    text = _SPACE.sub(" ", _MIDDLE_DOT.sub(" ", text))
    return _MARKS.sub(_without_stops, text)


def _without_points(found: re.Match[str]) -> str:
    """Take the points out of initials; what goes on as a word is none."""
    goes_on = _WORD.match(found.string, found.end())
    return found[0] if goes_on else found[0].replace(".", "")


def _without_hyphens(token: re.Match[str]) -> str:
    """Take hyphens out of a word; those of an address, a path or a code stay."""
    return token[0] if _CODE_TOKEN.search(token[0]) else _HYPHEN.sub(" ", token[0])


def _without_stops(found: re.Match[str]) -> str:
    """Return what stays of marks that may end a sentence or part words."""
    marks, gap = found[1], found[2]
    text, start, end = found.string, found.start(), found.end()
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    ends = bool(gap) or not after
    if before.isdigit() and (after.isdigit() or after in tuple("-+.($")):
        return found[0] if "." in marks else marks  # 1. 5 is not 1.5
    if not (before.isalnum() or before in tuple(_MAY_END)):
        return found[0]
    if ("!" in marks or "?" in marks) and (
        before.isdigit() or before == ")" or _LONE_LETTER.match(text, start - 1)
    ):
        return found[0]
    if ends or (_IS_HAN.match(before) and _IS_HAN.match(after)):
        return " "
    if set(marks) <= set(",;、。") and (after.isalnum() or after in tuple("+-")):
        return " "
    return found[0]
