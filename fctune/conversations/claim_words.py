"""The words of deeds, for the audit of claims: verbs by kind, their past forms, things in Chinese.

Input: nothing, or the name and description of a tool. Output: kinds of deeds and names of things
that can be compared with those of a claim.

Before: name "turn_off_light", description "Turns off the light in a room"
After:  kinds {"switch"}, things {"light", "room"}
"""

from __future__ import annotations

import re
from functools import lru_cache

from fctune.conversations.grounding_tables import STOP_WORDS
from fctune.conversations.grounding_text import han, stem, words

# Verbs of one line do the same to a thing; the first names the kind.
_VERBS = """
switch turn shut activate deactivate enable disable power dim
book reserve schedule arrange
send email mail forward notify post publish share tweet text
create add make generate register save record log insert upload open store write compose
delete remove cancel clear erase
update change modify edit adjust reschedule rename move upgrade downgrade
order purchase buy place
pay transfer deposit withdraw
check search look find get retrieve fetch query verify browse lookup list read track
play pause stop start launch run resume
set
lock unlock
calculate compute convert
translate
submit file apply
subscribe unsubscribe
analyze analyse
call dial
download
assign invite
"""
_IRREGULAR = {
    "sent": "send", "set": "set", "made": "make", "found": "find", "got": "get", "bought": "buy",
    "shut": "shut", "paid": "pay", "written": "write", "read": "read", "run": "run",
    "cancelled": "cancel", "withdrawn": "withdraw", "submitted": "submit",
    "transferred": "transfer", "logged": "log", "stopped": "stop", "dimmed": "dim",
    "set up": "create", "put": "add",
    "looked up": "lookup", "looked for": "search", "searched for": "search", "dialled": "dial",
}  # fmt: skip
KINDS: dict[str, frozenset[str]] = {}
for _line in _VERBS.strip().split("\n"):
    for _verb in _line.split():
        KINDS[_verb] = KINDS.get(_verb, frozenset()) | {_line.split()[0]}
KINDS["schedule"] |= {"create", "update"}
KINDS["reschedule"] |= {"book"}
KINDS["set"] |= {"create", "update", "switch"}
KINDS["place"] |= {"create"}
KINDS["list"] = frozenset({"check"})
KINDS["track"] |= {"record"}


def _past(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    return verb[:-1] + "ied" if verb[-1] == "y" and verb[-2] not in "aeou" else verb + "ed"


PAST_FORMS: dict[str, str] = {
    **{_past(verb): verb for verb in KINDS},
    **_IRREGULAR,
}

CHINESE_VERBS: dict[str, tuple[str, ...]] = {
    "关闭": ("turn", "delete"), "关掉": ("turn",), "打开": ("turn", "open"), "开启": ("turn",),
    "调整": ("adjust", "set"), "设置": ("set",), "设定": ("set",), "预订": ("book",),
    "预定": ("book",), "预约": ("book",), "订好": ("book",), "安排": ("book", "schedule"),
    "下单": ("order",), "购买": ("buy",), "发送": ("send",), "发出": ("send",), "创建": ("create",),
    "新建": ("create",), "建立": ("create",), "添加": ("add",), "生成": ("generate",),
    "删除": ("delete",), "取消": ("cancel",), "更新": ("update",), "修改": ("modify",),
    "播放": ("play",), "暂停": ("pause",), "查询": ("query",), "查到": ("query",),
    "搜索": ("search",), "找到": ("find",), "计算": ("calculate",), "转账": ("transfer",),
    "支付": ("pay",), "翻译": ("translate",), "提交": ("submit",), "注册": ("register",),
    "保存": ("save",), "记录": ("record",), "发布": ("publish",), "锁定": ("lock",),
}  # fmt: skip
# A thing, then the stems of its English names.
_NOUNS = """
灯 light lamp bulb
机票 flight ticket
航班 flight
酒店 hotel room
房间 room hotel
餐厅 restaurant table
餐桌 table restaurant
邮件 email mail
短信 sms messag text
消息 messag
会议 meet event
提醒 remind
闹钟 alarm
日程 schedul calendar event
日历 calendar event
事件 event
活动 event
音乐 music song
歌 song music
天气 weath
订单 ord purchas
下单 ord purchas
票 ticket
空调 air ac
温度 temperatur thermostat
门 door
笔记 not
任务 task todo
待办 todo task
联系人 contact
账户 account us
密码 password
发票 invoic
新闻 new
电影 movi
股票 stock
汇率 currency
价格 pric
书 book
图片 imag photo
图像 imag
食谱 recip
文章 articl new
工作 job
小说 book
航线 flight
餐馆 restaurant
距离 distanc
贷款 loan
二维码 qr
购物 shopping cart
转账 transf money
"""
CHINESE_NOUNS: dict[str, tuple[str, ...]] = {
    line.split()[0]: tuple(line.split()[1:]) for line in _NOUNS.strip().split("\n")
}
# Every tool is about these.
_GENERAL = frozenset(map(stem, str.split(
    "information info data detail details user users given specific specified based name names "
    "value list result results api tool function request current provided one number id type time "
    "input "
    "output system service"
)))  # fmt: skip


@lru_cache(maxsize=8192)
def verbs_of(name: str, description: str) -> frozenset[str]:
    """Return the kinds of deeds that a tool does, by its name and the first words of its text.

    >>> sorted(verbs_of("turn_off_light", "Turns off the light"))
    ['switch']
    """
    first = [_base(word) for word in words(description[:60])[:2]]
    found = [KINDS[word] for word in [*words(name), *first] if word in KINDS]
    kinds = frozenset(kind for group in found for kind in group)
    if han(description):
        verbs = [
            verb for word, verbs in CHINESE_VERBS.items() if word in description for verb in verbs
        ]
        kinds |= {kind for verb in verbs for kind in KINDS[verb]}
    return kinds


def _base(word: str) -> str:
    for candidate in (word, word.removesuffix("s"), word.removesuffix("es")):
        if candidate in KINDS:
            return candidate
    return word


@lru_cache(maxsize=8192)
def nouns_of(name: str, description: str) -> frozenset[str]:
    """Return the things that a tool is about; where its name has none, those of its description.

    >>> sorted(nouns_of("turn_off_light", "Turns off the light"))
    ['light']
    """
    parts = words(name)
    kept = [word for word in parts if word not in STOP_WORDS]
    found = {stem(word) for word in kept if word != parts[0] or word not in KINDS} - _GENERAL
    if not found:
        told = [word for word in words(description[:200]) if word not in STOP_WORDS]
        found = {stem(word) for word in told if word not in KINDS} - _GENERAL
    if re.search("[一-鿿]", description):
        text = "".join(han(description[:200]))
        found |= {text[at : at + 2] for at in range(len(text) - 1)}
    return frozenset(found)
