"""Segmentation: names and texts into words, in English, Chinese or both, and light stems.

Input: a tool name or a text. Output: words in order. Chinese runs are cut at the words of the
tables, and what stands between them into pairs of characters; no dictionary is loaded.

Before: "getUserOrders", "取消订单"
After:  ("get", "user", "orders"), ("取消", "订单")
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from fctune.patterns import regex
from fctune.tools.confusions import nouns, vocabulary

_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"
_WORD = regex(rf"[{_CJK}]+|[^\W\d_{_CJK}]+(?:'[^\W\d_{_CJK}]+)?|\d+")
_CAMEL = regex(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)")
_IS_CJK = regex(rf"[{_CJK}]")
_SENTENCE = regex(r"(?<=[.!?])\s+|(?<=[a-z][.!?])(?=[A-Z])|[\n。！？；;]+")
_LONGEST = 5


def name_words(name: str) -> tuple[str, ...]:
    """Return the words of a snake, camel, kebab or dotted name, in lower case.

    >>> name_words("getHTTPStatus_v2"), name_words("查询订单")
    (('get', 'http', 'status', 'v', '2'), ('查询', '订单'))
    """
    return text_words(_CAMEL.sub(" ", unicodedata.normalize("NFKC", name)))


def text_words(text: str) -> tuple[str, ...]:
    """Return the words of a text in order, in lower case, Chinese ones cut.

    >>> text_words("取消订单 / Cancel an order.")
    ('取消', '订单', 'cancel', 'an', 'order')
    """
    return tuple(word for run in runs(text) for word in _cut(run))


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, without empty ones."""
    return [part.strip() for part in _SENTENCE.split(text) if part and part.strip(" -*#")]


def is_cjk(text: str) -> bool:
    """Tell whether a text holds Chinese, Japanese or Korean characters."""
    return bool(_IS_CJK.search(text))


@lru_cache(maxsize=65536)
def whole_of(run: str) -> dict[str, str]:
    """Return, for each pair of an unknown stretch of Chinese in a run, the stretch as it is read.

    >>> whole_of("查询尺码表")
    {'尺码': '尺码表', '码表': '尺码表'}
    """
    found: dict[str, str] = {}
    for piece, known in _stretches(run) if is_cjk(run) else ():
        if not known and 2 < len(piece) <= _LONGEST:
            found.update(dict.fromkeys(_pairs(piece), piece))
    return found


def runs(text: str) -> list[str]:
    """Return the runs of letters, digits or Chinese characters of a text, in lower case."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


@lru_cache(maxsize=65536)
def _cut(run: str) -> tuple[str, ...]:
    """Cut a run of Chinese at known words, the rest into pairs; other runs stay whole."""
    if not is_cjk(run):
        return (run,)
    pieces = ([piece] if known else _pairs(piece) for piece, known in _stretches(run))
    return tuple(word for words in pieces for word in words)


def _stretches(run: str) -> Iterator[tuple[str, bool]]:
    """Yield the known words of a run, longest first at each place, and what stands between."""
    known = _chinese_words()
    unknown = start = 0
    while start < len(run):
        size = next((n for n in range(_LONGEST, 0, -1) if run[start : start + n] in known), 0)
        if not size:
            start += 1
            continue
        if unknown < start:
            yield run[unknown:start], False
        yield run[start : start + size], True
        unknown = start = min(start + size, len(run))
    if unknown < len(run):
        yield run[unknown:], False


def _pairs(run: str) -> list[str]:
    return [run] if len(run) < 3 else [run[i : i + 2] for i in range(len(run) - 1)]


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return a light stem of an English word; words of other scripts stay as they are.

    >>> [stem(word) for word in ("orders", "queries", "creating", "created", "status", "stopped")]
    ['order', 'query', 'creat', 'creat', 'status', 'stop']
    """
    if len(word) < 4 or not word.isascii():
        return word
    word = word.removesuffix("'s")
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith(("sses", "xes", "ches", "shes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in () if word in _whole_words() else ("ing", "ed"):
        base = word.removesuffix(ending)
        if base != word and len(base) >= 3 and re.search(r"[aeiouy]", base):
            word = base if base[-1] != base[-2] or base[-1] in "lsz" else base[:-1]
            break
    if word.endswith(("tion", "sion")) and len(word) > 6:
        word = word[:-3]
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def groups(table: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the first word and all words of each group of a table."""
    for group in table.replace("\n  ", " ").splitlines():
        words = group.replace("|", " ").split()
        yield words[0], words


@lru_cache(maxsize=1)
def _whole_words() -> frozenset[str]:
    return frozenset(vocabulary.WHOLE.split())


@lru_cache(maxsize=1)
def _chinese_words() -> frozenset[str]:
    tables = (vocabulary.VERBS, nouns.NOUNS)
    listed = {word for table in tables for _, words in groups(table) for word in words}
    listed |= {*vocabulary.STOP.split(), *vocabulary.WEAK.split()}
    return frozenset(word for word in listed if is_cjk(word))
