"""The same request in other words, by rule: word order, contractions, politeness, particles.

Input: a text, what of it must stay, and a Random. Output: the paraphrase, or None where a value
would be lost. Names and numbers keep their form; a request stays a request and a question a
question.

Before: "Where is my parcel for order SO48213?"      "查一下订单SO48213"
After:  "Can you tell me where my parcel for order SO48213 is?"  "麻烦帮我查一下订单SO48213，谢谢"
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from fctune.dataset.nearness import is_chinese
from fctune.evaluation.robustness.protect import Values
from fctune.patterns import regex

_ORDER: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (regex(pattern, re.IGNORECASE | re.DOTALL), new)
    for pattern, new in (
        (r"where is ([^?.!]+)\?", r"Can you tell me where \1 is?"),
        (r"where are ([^?.!]+)\?", r"Can you tell me where \1 are?"),
        (r"what is ([^?.!]+)\?", r"Could you tell me what \1 is?"),
        (r"what's ([^?.!]+)\?", r"Could you tell me what \1 is?"),
        (r"how much is ([^?.!]+)\?", r"I would like to know how much \1 is."),
        (r"how many (\w+) does ([^?.!]+) have\?", r"I would like to know how many \1 \2 has."),
        (r"(?:can|could) you (?:please )?([^?.!]+)\?", r"I was wondering if you could \1."),
        (r"(?:can|will) you (?!please)([^?.!]+)\?", r"Could you please \1?"),
        (r"do you ([^?.!]+)\?", r"I would like to know whether you \1."),
        (r"is there ([^?.!]+)\?", r"Could you check whether there is \1?"),
        (r"i want (?!you\b)([^?.!]+)[.!]?", r"I would like \1."),
        (r"i need ([^?.!]+)[.!]?", r"What I need is \1."),
        (r"let me ([^?.!]+)[.!]?", r"I would like to \1."),
    )
)
_SHORT = (
    ("I am", "I'm"), ("I would", "I'd"), ("I have", "I've"), ("do not", "don't"),
    ("does not", "doesn't"), ("cannot", "can't"), ("is not", "isn't"), ("it is", "it's"),
    ("that is", "that's"), ("what is", "what's"), ("would not", "wouldn't"),
)  # fmt: skip
_VERBS = frozenset({
    "add", "apply", "ask", "book", "buy", "calculate", "call", "cancel", "change", "check", "close",
    "compare", "convert", "create", "delete", "file", "find", "get", "give", "hand", "help", "list",
    "look", "lookup", "make", "open", "order", "pay", "play", "put", "refund", "remind", "remove",
    "request", "reserve", "run", "schedule", "search", "send", "set", "show", "start", "stop",
    "submit", "switch", "tell", "track", "transfer", "translate", "turn", "update", "use", "write",
})  # fmt: skip
_GREETING = regex(r"(?:hi|hello|hey|good (?:morning|day|evening))\b", re.IGNORECASE)
_BEFORE, _AFTER = ("Hello. ", "Hi there. ", "One more request. "), ("Thank you.", "Thanks a lot.")
_ASKED = regex(r"[吗呢么]|什么|哪|多少|几[个点天]|怎|如何|是否|有没有|能不能|？|\?")
_LEAD = regex(r"^(?:请问|请你?帮我|请帮忙|麻烦你?(?:帮我)?|帮我|请|你好[，,！!]?|您好[，,！!]?)")
_SWAPS = (("怎么样", "如何"), ("能不能", "可不可以"), ("多少钱", "什么价格"), ("为什么", "为何"))
_CAN = regex(r"([你您])(?:能|可以|能够)([^。！？!?；;\n]+?)吗？?")
_ZH_ASK = ("你好，请问{0}", "想问一下，{0}", "请教一下：{0}")
_ZH_DO = ("麻烦帮我{0}，谢谢", "劳驾，{0}吧", "可以的话，请{0}，多谢")
_ZH_SAY = ("你好，{0}，谢谢", "{0}，麻烦你了", "您好！{0}。辛苦了")
# What an order to do something begins with; other sentences take no word of asking in front.
_ZH_VERBS = (
    "查", "取消", "退", "申请", "修改", "更改", "改", "用", "使用", "开", "找", "搜", "看", "订",
    "预订", "预约", "设", "打开", "关", "播放", "翻译", "计算", "算", "提交", "转", "发", "告诉",
    "推荐", "列出", "给我", "帮", "把", "将", "换", "催", "跟踪", "追踪", "提醒", "创建", "删除",
)  # fmt: skip
_END = "。！？.!?~～ "


def paraphrased(text: str, values: Values, draw: Random) -> str | None:
    """Return a request in other words, or None."""
    ways = _chinese(text) if is_chinese(text) else _english(text)
    lawful = [way for way in ways if way != text and values.kept(text, way)]
    return lawful[draw.randrange(len(lawful))] if lawful else None


def _english(text: str) -> Sequence[str]:
    body = text.strip()
    ways = [pattern.sub(new, body) for pattern, new in _ORDER if pattern.fullmatch(body)]
    first = re.match(r"(?:please\s+)?([A-Za-z]+)\b", body, re.IGNORECASE)
    if first and first[1].lower() in _VERBS and "?" not in body:
        bare = body[first.start(1) :].rstrip(".! ")
        if not re.search(r"[.!,;:]\s", bare + " "):  # one clause
            ways.append(f"Could you please {bare[0].lower()}{bare[1:]}?")
            ways.append(f"I'd be glad if you could {bare[0].lower()}{bare[1:]}.")
    ways += [changed for changed in (_contracted(body),) if changed != body]
    return ways or _framed(body)


def _framed(body: str) -> list[str]:
    """Return a text with words of courtesy before or behind it, or both."""
    gap = " " if body[-1:] in ".?!" else "\n"
    behind = [f"{body}{gap}{after}" for after in _AFTER]
    if _GREETING.match(body):
        return behind
    return [f"{before}{one}" for before in _BEFORE for one in (body, *behind)]


def _contracted(text: str) -> str:
    """Return a text with its long forms short; where it has none, its short forms long."""
    for long, short in _SHORT:
        text, done = re.subn(rf"\b{long}\b(?!\?)", short, text)
        if done:
            return text
    for long, short in _SHORT:
        text, done = re.subn(rf"\b{short}\b", long, text)
        if done:
            return text
    return text


def _chinese(text: str) -> Sequence[str]:
    body = text.strip()
    for old, new in _SWAPS:
        if old in body:
            return [body.replace(old, new, 1)]
    bare = _LEAD.sub("", body).strip("，, ")
    if not bare:
        return []
    if any(mark in bare.rstrip(_END) for mark in "。！!；;？?\n"):  # more than one sentence
        return [f"{body}谢谢。", f"打扰一下。{body}"]
    if found := _CAN.fullmatch(bare):
        return [f"能不能请{found[1]}{found[2]}？", f"麻烦{found[1]}{found[2]}，可以吗？"]
    if _ASKED.search(bare):
        return [way.format(bare) for way in _ZH_ASK]
    ways = _ZH_DO if bare.startswith(_ZH_VERBS) else _ZH_SAY
    return [way.format(bare.rstrip(_END)) for way in ways]
