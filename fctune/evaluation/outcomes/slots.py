"""Slot filling: which values a right question asks for, and what the model did about them.

Input: a case, and the words or calls of a model. Output: counts of the missing parameters: how
many the words ask for (by name, by a noun of the description, or by a question word of its kind),
and how many a call gives a value for, which is a guess, since nobody said it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from fctune.conversations.grounding_text import fold, words
from fctune.evaluation.cases.case_set import EvalCase
from fctune.patterns import regex
from fctune.tools.spec import ToolCall

# What a parameter's name says about its kind, and how a question asks for that kind.
_KINDS: tuple[tuple[str, str], ...] = (
    (
        r"date|day|when|日期|日子",
        r"\bwhen\b|\bday\b|\bdates?\b|哪天|哪一天|几号|日期|何时|什么时候",
    ),
    (r"time|hour|时间", r"\bwhen\b|\btimes?\b|几点|什么时候|何时|时间"),
    (
        r"city|location|place|address|destination|origin|region|country|where|"
        r"城市|地点|地址|目的地|出发",
        r"\bwhere\b|\bcity\b|\blocation\b|\bplace\b|\baddress\b|哪里|哪儿|哪个城市|城市|地点|地址|位置",
    ),
    (
        r"count|number|quantity|amount|num|size|guests|people|数量|人数|金额|多少",
        r"\bhow (?:many|much)\b|\bnumber\b|\bamount\b|几|多少|数量|人数|金额",
    ),
    (
        r"name|user|customer|passenger|姓名|名字|名称",
        r"\bwho\b|\bnames?\b|谁|姓名|名字|名称|叫什么",
    ),
    (
        r"(?:^|_)id$|identifier|编号|单号",
        r"\bids?\b|\bidentifiers?\b|\bnumber\b|编号|单号|号码|账号|哪个",
    ),
    (r"email|mail|邮箱", r"\be-?mails?\b|邮箱|邮件"),
    (r"phone|mobile|tel|电话|手机", r"\bphone\b|\bnumber\b|电话|手机|号码"),
)
_STOP_WORDS = """
the a an of to for in on by with and or is are be that this which if it its as at from e g
name value id type string number integer list default optional required specific desired
user use used
"""
_STOP = frozenset(_STOP_WORDS.split())
_HAN = regex(r"[\u3400-\u9fff]{2,}")
_NOTHING: tuple[Any, ...] = (None, "", [], {})
_MOST_NOUNS = 8


def asked_slots(case: EvalCase, text: str) -> int:
    """Return how many of a case's missing parameters the words ask for.

    Args:
        case: with `missing`.
        text: what the model said.
    """
    folded = fold(text)
    said = set(words(folded))
    return sum(_mentions(case, name, folded, said) for name in case.missing)


def guessed_slots(case: EvalCase, calls: Sequence[ToolCall]) -> int:
    """Return how many of a case's missing parameters a call gives a value for.

    An empty value is no guess, and neither is one that is grounded in what was said.
    """
    from fctune.evaluation.outcomes.groundedness import is_grounded

    guessed = {
        name
        for call in calls
        for name in case.missing
        if call.arguments.get(name) not in _NOTHING and not is_grounded(case, call, name)
    }
    return len(guessed)


def _mentions(case: EvalCase, name: str, folded: str, said: set[str]) -> bool:
    """Tell whether words speak of a parameter.

    By name: every word of it; by description: a noun of it, or two Chinese characters in a row of
    it; by kind: a question word such as `when`.
    """
    parts = words(name)
    own = [word for word in parts if word != "id"] or parts or [fold(name)]
    if all(_has(word, said, folded) for word in own):
        return True
    nouns, pieces = _nouns(_description_of(case, name))
    if any(_has(noun, said, folded) for noun in nouns) or any(one in folded for one in pieces):
        return True
    return any(
        re.search(kind, name.lower()) and re.search(question, folded) for kind, question in _KINDS
    )


def _has(word: str, said: set[str], folded: str) -> bool:
    if not word.isascii():
        return word in folded
    return bool({word, f"{word}s", word.removesuffix("s")} & said)


def _description_of(case: EvalCase, name: str) -> str:
    found = []
    for spec in case.catalog:
        properties = spec.parameters.get("properties")
        schema: Any = properties.get(name) if isinstance(properties, Mapping) else None
        if isinstance(schema, Mapping) and isinstance(schema.get("description"), str):
            found.append(schema["description"])
    return " ".join(found)


@lru_cache(maxsize=1024)
def _nouns(description: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of a description that may stand for it, and its Chinese pairs."""
    folded = fold(description)
    first = re.split(r"[.;(]", folded)[0]
    nouns = [word for word in words(first) if word not in _STOP and len(word) > 2]
    return tuple(nouns[:_MOST_NOUNS]), tuple(_pairs(first))


def _pairs(text: str) -> Iterator[str]:
    for run in _HAN.findall(text):
        yield from (run[at : at + 2] for at in range(len(run) - 1))
