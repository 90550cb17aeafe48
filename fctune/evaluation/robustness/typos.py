"""Slips of writing, by rule: neighbours on the keyboard, and homophones in Chinese.

Input: a text, what of it must stay, and a Random. Output: the text with one slip for about each six
words or ten characters, at most four; None where nothing may be touched.

Before: "Please cancel order SO48213."   "请帮我查一下订单SO48213的物流"
After:  "Plesse cancel order SO48213."   "请帮我察一下定单SO48213的物流"
"""

from __future__ import annotations

from random import Random

from fctune.dataset.nearness import is_chinese
from fctune.evaluation.robustness.protect import Values, free
from fctune.patterns import regex

_MOST = 4
# The neighbours of each key on a QWERTY keyboard, left and right, above and below.
_KEYS = {
    "a": "qsz", "b": "vgn", "c": "xdv", "d": "sfec", "e": "wrd", "f": "dgrv", "g": "fhtb",
    "h": "gjyn", "i": "uok", "j": "hkum", "k": "jlim", "l": "kop", "m": "nk", "n": "bmh",
    "o": "ipl", "p": "ol", "q": "wa", "r": "etf", "s": "adwx", "t": "ryg", "u": "yij", "v": "cbf",
    "w": "qes", "x": "zcs", "y": "tuh", "z": "xas",
}  # fmt: skip
# Words that carry no value of a call; they may be touched wherever the value is not found as it is.
_SAFE = frozenset({
    "about", "again", "also", "been", "before", "check", "could", "details", "find", "from", "give",
    "have", "hello", "help", "here", "into", "just", "know", "like", "look", "make", "many", "more",
    "much", "need", "other", "please", "really", "right", "should", "show", "some", "tell", "thank",
    "thanks", "that", "their", "them", "then", "there", "these", "they", "thing", "this", "want",
    "what", "when", "where", "whether", "which", "while", "will", "with", "would", "your",
})  # fmt: skip
# Characters that are mistaken for each other when typed by sound; words of asking and of grammar,
# none of which stands in a name, a place or a product by itself.
_HOMOPHONES = {
    "的": "得", "得": "的", "地": "的", "在": "再", "再": "在", "做": "作", "作": "做", "那": "哪",
    "哪": "那", "他": "她", "她": "他", "它": "他", "查": "察", "订": "定", "帐": "账", "账": "帐",
    "请": "清", "已": "以", "以": "已", "像": "象", "么": "嘛", "吗": "嘛", "帮": "邦", "想": "像",
    "要": "药", "需": "须", "须": "需", "知": "只",
    "到": "道", "道": "到", "和": "合", "为": "位", "位": "为", "应": "因", "因": "应", "了": "啦",
    "吧": "把", "把": "吧", "是": "事", "事": "是", "有": "由", "没": "每", "每": "没",
    "还": "环", "现": "线", "取": "去", "去": "取", "接": "结", "退": "推",
}  # fmt: skip
_WORD = regex(r"[A-Za-z]{4,}")


def slipped(text: str, values: Values, draw: Random) -> str | None:
    """Return a text with slips in it, or None."""
    spans = values.spans(text)
    if is_chinese(text):
        places = [
            place
            for place, sign in enumerate(text)
            if _HOMOPHONES.get(sign, sign) != sign and free(place, place + 1, spans)
        ]
        for place in draw.sample(places, min(_count(len(text) // 10), len(places))):
            text = text[:place] + _HOMOPHONES[text[place]] + text[place + 1 :]
        return text if places else None
    words = [
        found
        for found in _WORD.finditer(text)
        if free(*found.span(), spans)
        and (values.verbatim or found[0].lower() in _SAFE)
        and not (found[0][0].isupper() and found.start() > 0)  # a name, perhaps
    ]
    picked = draw.sample(words, min(_count(len(text.split()) // 6), len(words)))
    for found in sorted(picked, key=lambda one: -one.start()):
        text = text[: found.start()] + _slip(found[0], draw) + text[found.end() :]
    return text if words else None


def _count(wished: int) -> int:
    return max(1, min(_MOST, wished))


def _slip(word: str, draw: Random) -> str:
    """Return a word with one slip behind its first letter.

    One of: a neighbouring key, two letters changed over, one doubled, one left out.
    """
    at = draw.randrange(1, len(word) - 1)
    letter = word[at]
    kind = draw.randrange(4)
    if kind == 1 and word[at + 1] != letter:
        return word[:at] + word[at + 1] + letter + word[at + 2 :]
    if kind == 2:
        return word[:at] + letter + word[at:]
    if kind == 3:
        return word[:at] + word[at + 1 :]
    near = _KEYS[letter.lower()]
    new = near[draw.randrange(len(near))]
    return word[:at] + (new.upper() if letter.isupper() else new) + word[at + 1 :]
