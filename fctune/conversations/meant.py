"""Audit: calls that stand in words and were meant as calls.

Role: such a turn teaches the model to write calls that no parser reads. Input: a Conversation.
Output: a warning `call-in-words` for each model turn without calls whose words call a listed tool:
`get_weather(city="Oslo")`, `Calling get_weather`, `Action: get_weather`, JSON with its name.
Clean forms never come here: `fctune.conversations.rendered` has made calls of them. Answers that
tell which tools there are, ask back or decline are no calls.

Before: tools [get_weather], user "Weather in Oslo?", model "Calling get_weather(city='Oslo')"
After:  turns[1]: got "get_weather(city='Oslo')" in words, and get_weather was not called
"""

from __future__ import annotations

import re
from functools import lru_cache

from fctune.conversations.turns import Conversation, ModelTurn, UserTurn
from fctune.issues import Issue, issue
from fctune.patterns import regex

_CODE = "call-in-words"
_MAX_READ = 8000
_MAX_SHOWN = 60
_MANY = 3
_QUOTE = r"[`'\"*“「]{0,3}"
_ANNOUNCED = (
    r"\b(?:[Cc]alling|[Ii]nvoking|(?:I['’]ll|I will|I['’]m going to|I am going to|[Ll]et me) "
    r"(?:now )?(?:use|call|invoke|run|execute)|I(?: have|['’]ve)? (?:just )?(?:used|called)) "
    r"(?:the )?(?:following )?(?:(?:function|tool|api|method)(?: named| called| call)?:? ?)?"
)
_CHINESE_ANNOUNCED = r"(?:调用|使用|执行|运行)(?:了)?(?:函数|工具|接口|方法|名为|：|:|\s){0,3}"
_LABEL = r"\b(?:[Aa]ction|[Ff]unction|[Tt]ool)(?: call)?[:：]\s?"
_KEY = r"[\"'](?:name|tool|tool_name|function|action|api|function_name)[\"']\s?:\s?[\"']"
_ABOUT_TOOLS = regex(
    r"\b(?:what|which|list|show|tell|explain|describe|how)\b.{0,60}\b(?:tools?|functions?|apis?|"
    r"commands?|capabilit\w+|can you do|could you do)\b|(?:哪些|什么|列出|介绍|解释).{0,20}"
    r"(?:工具|函数|接口|功能|能力)|\b(?:write|code|implement|script|snippet)\b.{0,60}"
    r"\b(?:function|code|script|python|javascript)\b|(?:写|编写).{0,20}(?:代码|函数|脚本)",
    re.IGNORECASE | re.DOTALL,
)
_ASKS = regex(
    r"\?\s*\Z|？\s*\Z|\bplease (?:provide|tell|give|specify|confirm|let)|\bcould you|\bcan you|"
    r"\bi(?:['’]ll)? need|would you like|if you|\bonce\b|请提供|请告诉|请问|需要您|需要你|如果",
    re.IGNORECASE,
)
_DENIES = regex(
    r"(?:not|n['’]t|cannot|unable|without|instead of|never|无法|不能|没有|不会|不需要)"
    r"[^.。]{0,40}\Z",
    re.IGNORECASE,
)
# Each begins with a character that the search can jump to: about 1 us on a line of 2 kB.
_MARKS = (
    regex(rb"arguments"),
    regex(rb"\((?:(?:\\.|\s){0,4}[\w.-]+\s?=|\)|\s{0,4}\{|\s{0,4}\\?[\"'])"),
    regex(rb"I(?:'ll|'m| will| am| used| called| just| have|'ve)"),
    regex(rb"alling "),
    regex(rb"nvoking "),
    regex(rb"et me "),
    regex(rb"ction(?: call)?:"),
    regex(rb"ool(?: call)?:"),
    regex(rb"\\u"),
)


def suspect(line: bytes) -> bool:
    """Tell whether a raw line may hold a call in words; False means that `find` finds none.

    >>> suspect(b'{"value": "Calling get_weather with Oslo"}'), suspect(b'{"value": "Hello!"}')
    (True, False)
    """
    return not line.isascii() or any(mark.search(line) for mark in _MARKS)


def find(conversation: Conversation) -> list[Issue]:
    """Return a warning for each model turn whose words call a listed tool."""
    names = conversation.catalog.names
    if not names:
        return []
    issues: list[Issue] = []
    asked = ""
    called: set[str] = set()
    for index, turn in enumerate(conversation.turns):
        if isinstance(turn, UserTurn):
            asked = turn.text
        elif isinstance(turn, ModelTurn) and turn.calls:
            called.update(call.name for call in turn.calls)
        elif isinstance(turn, ModelTurn):
            text = turn.text[:_MAX_READ]
            named = [name for name in names if name in text]
            if named and not _ABOUT_TOOLS.search(asked[-1000:]):
                shown = _call_in(text, [name for name in named if name not in called])
                if shown:
                    name, words = shown
                    told = f"got {words!r} in words, and {name} was not called"
                    issues.append(issue(_CODE, f"turns[{index}]", told))
    return issues


def _call_in(text: str, names: list[str]) -> tuple[str, str] | None:
    """Return the first tool that a text calls, and the words that do."""
    for name in names:
        written, announced = _patterns_of(name)
        for found in written.finditer(text):
            if not _DENIES.search(text[max(0, found.start() - 50) : found.start()]):
                return name, _shown(found.group())
        if len(names) >= _MANY or _ASKS.search(text):
            continue
        for found in announced.finditer(text):
            if not _DENIES.search(text[max(0, found.start() - 50) : found.start()]):
                return name, _shown(found.group())
    return None


@lru_cache(maxsize=4096)
def _patterns_of(name: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what writes a call of a tool out, and what only announces it."""
    whole = rf"(?<![A-Za-z0-9_.-]){re.escape(name)}(?![A-Za-z0-9_-])"
    arguments = (
        r"\((?:\s{0,4}\w{1,64}\s?=[^()\n]{0,200}\)?|\)|\s{0,4}\{|\s{0,4}[\"'][^()\n]{0,200}\))"
    )
    written = (
        rf"{whole}{arguments}|{_LABEL}{_QUOTE}{whole}"
        rf"|{_KEY}{whole}[\"'][^\n]{{0,40}}[\"']arguments[\"']"
    )
    if name.isalpha() and (name.islower() or name.istitle()):
        # A plain word, such as `search`, is announced only where it is marked as a name.
        announced = rf"{_ANNOUNCED}[`'\"]{whole}[`'\"]|{_CHINESE_ANNOUNCED}[`'\"「]{whole}"
    else:
        announced = rf"{_ANNOUNCED}{_QUOTE}{whole}|{_CHINESE_ANNOUNCED}{_QUOTE}{whole}"
    return re.compile(written), re.compile(announced)


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "..."
