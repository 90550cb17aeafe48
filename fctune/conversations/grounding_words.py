"""Whether a text argument follows from what was said, for the grounding audit.

Input: a value, the name of its parameter, and what was said. Output: a verdict, True where the
value is there in some form, False where an engineer would call it invented. In doubt it is True.

Before: said "send Bob the Q3 figures", values "bob@acme.org" and "Q3 Figures"
After:  False and True
"""

from __future__ import annotations

import re

from fctune.conversations.grounding_dates import day_follows, is_time, parse_day, time_follows
from fctune.conversations.grounding_numbers import follows
from fctune.conversations.grounding_tables import SAME, STOP_WORDS, is_neutral
from fctune.conversations.grounding_text import Said, compact, fold, han, han_count, words
from fctune.patterns import regex

_FREE = regex(
    r"body|message|content|text|note|comment|descri|summary|reason|subject|title|sql|script|"
    r"^code$|source_?code|code_?(?:snippet|block|text)|"
    r"expression|formula|equation|prompt|caption|review|feedback|detail|instruction|html|regex|"
    r"pattern|template|problem|bio|story|poem|lyrics|paragraph|sentence|answer|thought|purpose"
)
_SEARCH = regex(
    r"query|search|keyword|term|topic|tag|intent|theme|interest|categor|genre|hobb|skill|symptom|"
    r"ingredient|preference|criteria|filter|question|field|feature|label|industry|\bq\b"
)
_NAMES = regex(r"name|author|recipient|sender|user|artist|owner|contact|customer|guest|passenger")
# Of these a translation or a paraphrase is another value.
_EXACT = regex(
    r"password|passwd|token$|secret|api_?key|access_?key|app_?id|e?mail$|phone|user_?name|_id$|^id$"
)
_REFERENCE = regex(
    r"api_call_\d+.{0,40}|\$\{?.{1,60}\}?|\{\{.{1,60}\}\}|<[^<>]{1,60}>|\[[^\[\]]{1,60}\]"
)
_ADDRESS = regex(
    r"[^\s@<>,;:\"'()]{1,80}@[^\s@<>,;:\"'()]{1,80}(?<!\.)|(?:https?://|www\.)[^\s<>,;\"'()]{1,400}(?<!\.)"
)
_CODE_WORD = regex(r"[A-Z]{2,5}")
_NUMBER = regex(
    r"[-+]?[$¥€£₹￥]?\s?[-+]?(\d{1,3}(?:,\d{3}){1,6}|\d{1,20})(\.\d{1,20})?\s?(%|[a-z°/$¥€£元]{0,12})"
)
# The second resistor is resistor2.
_NUMBERED = regex(r"([a-z]{3,30})\d{1,2}")
_DIGITS = regex(r"\d{2,40}")
_NAMED = regex(r"(?<![.!?。:\n])\s([A-Z][a-z]{2,20})")
_LATIN_NAME = regex(r"(?<![A-Za-z])[A-Z][a-z]{2,20}")
_LANGUAGE = regex(
    r"translat|in (?:spanish|french|german|italian|portuguese|chinese|japanese|korean|russian)\b"
    r"|\b(?:spanish|french)(?:,|\sand)"
)
_MAX_READ = 4000
_LONG = 60
_MANY = 6


def text_follows(value: str, key: str, said: Said, spec: Said) -> bool:
    """Tell whether a text follows from what was said or from the tool's own description.

    Args:
        value: the argument.
        key: the name of its parameter, in lower case.
        said: what was said before the call.
        spec: the words of the tool.
    """
    value = value[:_MAX_READ].strip()
    folded = fold(value)
    letters = compact(folded)
    if not letters or is_neutral(folded) or _REFERENCE.fullmatch(folded):
        return True
    if _stands(letters, said) or _stands(letters, spec) or _alias_said(folded, said):
        return True
    verdict = _of_kind(folded, said, spec)
    if verdict is not None:
        return verdict
    addresses = _ADDRESS.findall(folded)
    if len(value) <= _LONG and not all(address in said.text for address in addresses):
        return _address_follows(folded, said)
    if _EXACT.search(key):
        return bool(addresses) or (not han(value) and all(map(said.has_word, words(value))))
    if addresses or _short_form(value, folded, said) or _own_language(folded, said):
        return True
    return _by_words(value, key, said, spec)


def _stands(letters: str, said: Said) -> bool:
    """Tell whether letters stand somewhere; one to three only as a word of their own."""
    if len(letters) > 3 or not letters.isascii():
        if letters in said.compact:
            return True
    elif said.has(letters):
        return True
    return 1 < len(letters) < 30 and all(map(said.has, letters))


def _of_kind(folded: str, said: Said, spec: Said) -> bool | None:
    """Judge dates, times and numbers; None for anything else."""
    parsed = parse_day(folded)
    if parsed is not None:
        day, time = parsed
        if not day_follows(day, said.folded, lambda: said.numbers):
            return False
        return not time or time_follows(time, said.folded, lambda: said.numbers)
    if is_time(folded):
        return time_follows(folded, said.folded, lambda: said.numbers)
    found = _NUMBER.fullmatch(folded)
    if found is not None and len(found[1]) < 9 and not folded.startswith("0"):
        number = float(found[1].replace(",", "") + (found[2] or ""))
        return follows(number, said.numbers) or follows(number, spec.numbers)
    return None


def _alias_said(folded: str, said: Said) -> bool:
    return any(_name_said(name, said) for name in SAME.get(folded, ()))


def _name_said(name: str, said: Said) -> bool:
    if not name.isascii() or " " in name or len(name) > 4 or not name.isalnum():
        return name in said.text
    return said.has(name)


def _short_form(value: str, folded: str, said: Said) -> bool:
    """Tell whether a code shortens words that were said, or words that were said shorten it."""
    if _CODE_WORD.fullmatch(value):
        shorter = re.compile(".*".join(folded))
        if any(len(word) > len(folded) and shorter.match(word) for word in said.vocabulary):
            return True
        initials = "".join(word[0] for word in words("\n".join(said.pieces)[:_MAX_READ]))
        return folded in initials
    parts = words(value)
    return len(parts) > 1 and said.has("".join([part[0] for part in parts]))


def _own_language(folded: str, said: Said) -> bool:
    """Tell whether a value names the language that is spoken."""
    if folded in ("en", "english", "en-us", "en_us", "eng"):
        return said.has("the")
    return folded in ("zh", "chinese", "zh-cn", "zh_cn", "中文") and bool(
        han_count(said.text[:500])
    )


def _address_follows(folded: str, said: Said) -> bool:
    """Tell whether the parts of an address were said, apart from the ends that all have."""
    if han(folded):
        return False
    parts = [part for part in words(folded) if part not in ("http", "https", "www", "com", "org")]
    found = sum(said.has(part) or (len(part) > 3 and part in said.compact) for part in parts)
    if "@" in folded or found == len(parts):
        return found == len(parts) > 0
    return found >= max(len(parts) - 1, 1)


def _by_words(value: str, key: str, said: Said, spec: Said) -> bool:
    """Judge a phrase by the share of its words that were said."""
    parts = [part for part in words(value) if part not in STOP_WORDS]
    chars = han(value)
    if _translated(value, parts, chars, said):
        return not _specifics(value, said, spec)
    known = [part for part in parts if _known(part, said, spec)]
    hits = len(known) + sum(char in said.text for char in chars) / 2
    total = len(parts) + len(chars) / 2
    if not total:
        return True
    share = hits / total
    if _FREE.search(key) or len(value) > _LONG or total >= _MANY:
        return share >= 0.5 or not _specifics(value, said, spec)
    if _SEARCH.search(key):
        return share >= 1 / 3
    missing = [part for part in parts if part not in known]
    if any(any(char.isdigit() for char in part) for part in missing):
        return False
    if _NAMES.search(key):
        return share > 0.7
    return share >= 0.5


def _known(part: str, said: Said, spec: Said) -> bool:
    if said.has_word(part) or spec.has_word(part):
        return True
    numbered = _NUMBERED.fullmatch(part)
    if numbered:
        return said.has_word(numbered[1])
    if part.isdigit():
        return len(part) < 9 and follows(float(part), said.numbers)
    return (len(part) > 3 and part in said.compact) or _alias_said(part, said)


def _translated(value: str, parts: list[str], chars: list[str], said: Said) -> bool:
    """Tell whether a value may be a translation of what was said: other script, or asked for."""
    sample = "\n".join(said.pieces)[-_MAX_READ:]
    if chars and not parts:
        # A name such as John, said in Latin letters, is written in Chinese ones.
        talk = "\n".join(said.pieces[said.talk_from :])[-_MAX_READ:]
        return han_count(sample) < 3 or _LATIN_NAME.search(talk) is not None
    return han_count(sample) > 20 or _LANGUAGE.search(said.text) is not None


def _specifics(value: str, said: Said, spec: Said) -> list[str]:
    """Return the numbers, addresses and names of a text that were never said."""
    found = [
        number for number in _DIGITS.findall(value)
        if number not in said.text and not follows(float(number[:12]), said.numbers)
    ]  # fmt: skip
    found += [address for address in _ADDRESS.findall(fold(value)) if address not in said.text]
    if found or not said.text.isascii():
        return found
    return [name for name in _NAMED.findall(value) if not _known(name.lower(), said, spec)]
