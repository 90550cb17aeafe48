"""What a case is like, told from the case alone: tags such as `depth:2` that slice a report.

Input: an EvalCase. Output: its own tags and those of its features, all `name:value`:

calls:1|2|3+       parallel calls in the true turn
depth:0|1|2|3+     objects and lists within the arguments of its calls; 1 is flat
tools:0|1|2-4|5-9|10+  tools that the model sees; none where a recording does not tell
turn:1|2|3+        user turns so far
after:result       the turn follows a tool's result
carry:value        an argument was said in an earlier exchange only
carry:tool         a short follow-up ("and Shanghai?") of an earlier call of the same tool
implicit:date      a day that is to be counted from words such as "tomorrow" or 明天
expects:call|answer|ask|refuse  what the true turn does
dimension:NAME     the difficulties that it tests (fctune.evaluation.metrics.slices)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fctune.conversations.grounding_dates import day_follows, parse_day
from fctune.conversations.grounding_text import fold, leaves
from fctune.engine.templates import ENGINE_ROLES, EngineMessage
from fctune.evaluation.cases.case_set import Decision, EvalCase
from fctune.evaluation.metrics.slices import dimensions_of
from fctune.evaluation.outcomes.groundedness import ungrounded_values
from fctune.patterns import regex

_USER, _CALL, _RESULT = (ENGINE_ROLES[name] for name in ("user", "call", "result"))
_RELATIVE = regex(
    r"\b(?:today|tonight|tomorrow|yesterday|now|next|last|past|previous|this|coming|upcoming|week|"
    r"weeks|weekend|month|months|year|years|days?|ago|later|soon|(?:mon|tues?|wed(?:nes)?|"
    r"thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?)\b"
    r"|[今明昨后前]天|[今明昨]晚|今日|明日|昨日|现在|[本这上下]个?(?:周|星期|礼拜|月|年)|周[一二三四五六日天末]|"
    r"星期|礼拜|去年|今年|明年|天后|天前|周后|月后"
)
# The longest follow-up that leaves the rest to the turns before: words, or Chinese characters.
_SHORT_WORDS, _SHORT_HAN = 8, 16
_MOST_VALUES = 50
_MAX_DEPTH = 20


def tags_of(case: EvalCase, expected: Decision) -> tuple[str, ...]:
    """Return the tags of a case, its own first.

    Args:
        case: the case.
        expected: what its true turn does.

    >>> from fctune.issues import Origin
    >>> from fctune.tools.spec import ToolCall, ToolCatalog
    >>> asked = ({"role": "user", "content": "hi"},)
    >>> gold = (ToolCall("f", {"at": {"city": "Oslo"}}),)
    >>> case = EvalCase("a#1", "a", "call", Origin("x", 1), "", "", asked, gold, "", ToolCatalog())
    >>> tags_of(case, Decision.CALL)[:4]
    ('expects:call', 'tools:0', 'turn:1', 'calls:1')
    """
    turns = sum(message["role"] == _USER for message in case.messages)
    tags = [*case.tags, f"expects:{expected.value}"]
    if case.tools_told:
        tags.append(f"tools:{_tools(len(case.catalog))}")
    tags.append(f"turn:{_up_to_three(turns)}")
    if case.messages and case.messages[-1]["role"] == _RESULT:
        tags.append("after:result")
    if case.calls:
        depth = max(_depth(call.arguments) for call in case.calls)
        tags += [f"calls:{_up_to_three(len(case.calls))}", f"depth:{_up_to_three(depth)}"]
        tags += [f"carry:{kind}" for kind in _carried(case, turns)]
        if _has_implicit_date(case):
            tags.append("implicit:date")
    return tuple(dict.fromkeys([*tags, *dimensions_of(case, tags)]))


def _tools(count: int) -> str:
    if count < 2:
        return str(count)
    return "2-4" if count < 5 else "5-9" if count < 10 else "10+"


def _up_to_three(count: int) -> str:
    return str(count) if count < 3 else "3+"


def _depth(value: Any, deep: int = 0) -> int:
    """Return how deep objects and lists lie; 0 for a call without arguments."""
    inner: Any = value.values() if isinstance(value, Mapping) else value
    if not isinstance(value, Mapping | list | tuple) or not inner or deep == _MAX_DEPTH:
        return 0
    return 1 + max(_depth(item, deep + 1) for item in inner)


def _values(case: EvalCase) -> Iterator[str]:
    """Yield the texts and numbers of the true calls."""
    count = 0
    for call in case.calls:
        for _, value in leaves(dict(call.arguments)):
            if value is None or isinstance(value, bool) or value == "":
                continue
            count += 1
            if count > _MOST_VALUES:
                return
            yield fold(str(value))


def _carried(case: EvalCase, turns: int) -> Iterator[str]:
    """Yield `value` and `tool` where the true calls need an earlier exchange."""
    if turns < 2:
        return
    last = max(at for at, one in enumerate(case.messages) if one["role"] == _USER)
    before, after = case.messages[:last], case.messages[last:]
    now, earlier = _text(after), _text(before)
    if any(value not in now and value in earlier for value in _values(case)):
        # Said now in another form, such as 欧元 for EUR, it is not carried over.
        alone = replace(case, messages=after, system="")
        if any(ungrounded_values(alone, call, call.arguments) for call in case.calls):
            yield "value"
    if len(after) == 1 and _is_short(after[0]["content"]):
        made = [one["content"] for one in before if one["role"] == _CALL]
        if any(f'"{call.name}"' in text for call in case.calls for text in made):
            yield "tool"


def _is_short(text: str) -> bool:
    if text.isascii():
        return len(text.split()) <= _SHORT_WORDS
    return len(text) <= _SHORT_HAN


def _text(messages: Sequence[EngineMessage]) -> str:
    return fold("\n".join(message["content"] for message in messages))


def _has_implicit_date(case: EvalCase) -> bool:
    """Tell whether a day of the true calls is said in relative words only."""
    days = [found[0] for value in _values(case) if (found := parse_day(value)) is not None]
    if not days:
        return False
    said = _text(case.messages)
    if _RELATIVE.search(said) is None:
        return False
    # Without its relative words, the text holds the day only where it states it.
    stated = _RELATIVE.sub(" ", f"{fold(case.system)}\n{said}")
    return any(day.day and not day_follows(day, stated, tuple) for day in days)
