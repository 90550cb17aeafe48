"""Texts that say the same: case, width, spaces and the marks of writing do not count.

Input: text. Output: its normal form. Marks that carry a value stay: the sign and the point of a
number, and what joins a path, an address or a code, so that `-5` is not `5`, `3.14` not `314`,
`/a/b` not `ab` and `A-12` not `A12`, as the official checker of BFCL would have it.

Before: "“New-York”， NY！"
After:  "new york ny"
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SPACE = re.compile(r"\s+")
_DASH = re.compile(r"[‐‑‒–—―−﹣]")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")
# Between two letters or figures these join one word, number or address.
_JOINED = re.compile(r"(?<=[^\W_])[.:@](?=[^\W_])|(?<=\d),(?=\d{3}(?!\d))")
_KEPT, _DROPPED = "\ue000", "\ue001"  # stand for a joint while marks are taken away
_JOINT_NAMES = {".": "\ue002", ":": "\ue003", "@": "\ue004", ",": _DROPPED}
_NAMES_BACK = {name: mark for mark, name in _JOINT_NAMES.items() if mark != ","}
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])['’`](?=[^\W\d_])")
_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_SIGN = re.compile(r"(?<![^\s(])-(?=[.\d])")
_CODE_HYPHEN = re.compile(r"(?<=[^\W_])-(?=[^\W_])")
_MARK = re.compile(r"[.,;:!?'\"`()\[\]{}<>«»…·•、。，；：！？（）【】《》〈〉「」『』“”‘’-]")
# A sum or code, where brackets and signs are the content and spaces around them are not.
_FORMULA = re.compile(r"[\w)\]]\s*[-+*/^=×÷<>]\s*[\d(\[]|\w[(\[]|[)\]]\s*[-+*/^=]")
_PROSE = re.compile(r"[^\W\d_]{2,}[\s,]+[^\W\d_]{2,}|[㐀-鿿]{2}")
_AROUND_SIGN = re.compile(r"\s*([^\w\s])\s*")
_CODE_LIKE = re.compile(
    r"[a-zA-Z][\w+.-]*://\S+|[\w.+-]+@[\w-]+\.[\w.-]+|(?:~|\.{1,2})?/\S+|[a-zA-Z]:\\\S*|"
    r"[0-9a-fA-F]{16,}|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}"
)
_HAN = r"㐀-鿿豈-﫿぀-ヿ"
_SPACE_BY_HAN = re.compile(rf"(?<=[{_HAN}])\s+|\s+(?=[{_HAN}])")


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
    >>> normal_text("(1 + 2) * 3") == normal_text("(1+2)*3") != normal_text("1+2*3")
    True
    """
    folded = _DASH.sub("-", unicodedata.normalize("NFKC", text))
    if not punctuation and _FORMULA.search(folded) and not _PROSE.search(folded):
        return _AROUND_SIGN.sub(r"\1", _SPACE.sub(" ", folded).strip())  # x is not X there
    folded = folded if case else folded.casefold()
    plain = _SPACE.sub(" ", folded).strip()
    if not punctuation:
        # A text of marks alone is its marks.
        plain = _SPACE.sub(" ", _without_marks(folded)).strip() or plain
    return _SPACE_BY_HAN.sub("", plain)


def is_code_like(text: str) -> bool:
    """Tell whether a text is an address, a path or a fingerprint, which count letter by letter.

    >>> [is_code_like(text) for text in ("https://a.b/C", "a@b.de", "/usr/Bin", "Oslo")]
    [True, True, True, False]
    """
    return _CODE_LIKE.fullmatch(text) is not None


def _without_marks(text: str) -> str:
    text = _INITIALS.sub(lambda found: found[0].replace(".", ""), text)
    text = _JOINED.sub(lambda found: _JOINT_NAMES[found[0]], text)
    text = _APOSTROPHE.sub("", text)
    text = _HYPHEN.sub(" ", text)
    text = _SIGN.sub(_KEPT, text)
    text = _CODE_HYPHEN.sub(_KEPT, text)
    text = _MARK.sub(" ", text).replace(_KEPT, "-").replace(_DROPPED, "")
    for name, mark in _NAMES_BACK.items():
        text = text.replace(name, mark)
    return text
