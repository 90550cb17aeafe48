"""An evaluation to be looked at: English and Chinese cases of every outcome, made by a fixed rule.

Role: sample data of the tests of report.html and of scripts/bench/report.py. Input: how many cases.
Output: a CaseSet, Predictions, and the judged Evaluation.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from fctune.evaluation.cases.case_set import CaseSet, EvalCase
from fctune.evaluation.decode import Decoded
from fctune.evaluation.evaluate import Evaluation, evaluate
from fctune.evaluation.matching.modes import Mode
from fctune.evaluation.predict import Prediction
from fctune.issues import Origin
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall, ToolCatalog
from tests.unit.evaluation_samples import qwen, said

HOSTILE = (
    '</script><script>document.title = "broken"</script><img src=x onerror=alert(1)> & "'
    "\u202edlrow\u200b"
)
CITIES = ("Oslo", "杭州", "São Paulo", "上海", "Nairobi", "Zürich", "北京", "Lyon")


def _tool(name: str, description: str, **properties: Any) -> dict[str, Any]:
    return {
        "name": name,
        "description": description,
        "parameters": {
            "type": "object",
            "properties": properties,
            "required": list(properties)[:1],
        },
    }


TEXT = {"type": "string", "description": "what is meant"}
COUNT = {"type": "integer", "description": "how many"}
NUMBER = {"type": "number", "description": "how much"}
TOOLS = [
    _tool("get_weather", "Current weather of a city.", city=TEXT,
          unit={"type": "string", "enum": ["celsius", "fahrenheit"], "description": "unit"}),
    _tool("get_forecast", "Forecast of some days.", city=TEXT,
          days=COUNT),
    _tool("track_order", "Where an order is.", order_id=TEXT),
    _tool("cancel_order", "Cancel an order.", order_id=TEXT, reason=TEXT),
    _tool("查询物流", "查询快递单号的物流进度。", 单号=TEXT),
    _tool("预订酒店", "按城市和日期预订酒店。", 城市=TEXT,
          晚数=COUNT, 含早餐={"type": "boolean", "description": "是否含早餐"}),
    _tool("send_mail", "Send a mail.", to=TEXT, subject=TEXT, body=TEXT),
    _tool("convert_currency", "Convert an amount.", amount=NUMBER, source=TEXT, target=TEXT),
]  # fmt: skip
CATALOG = parse_catalog(TOOLS)[0]
_ASKS = {
    "get_weather": "What is the weather in {city}?",
    "get_forecast": "Forecast for {city}, the next {n} days please.",
    "track_order": "Where is order A-{n}?",
    "cancel_order": "Cancel order A-{n}, it is too late.",
    "查询物流": "帮我查一下快递 SF-{n} 到哪了",
    "预订酒店": "帮我订{city}的酒店，住{n}晚，要含早餐",
    "send_mail": "Mail anna@example.org that the meeting in {city} moves.",
    "convert_currency": "How much is {n} EUR in CNY?",
}


def _call(name: str, city: str, n: int) -> ToolCall:
    arguments: dict[str, dict[str, Any]] = {
        "get_weather": {"city": city, "unit": "celsius"},
        "get_forecast": {"city": city, "days": n % 7 + 1},
        "track_order": {"order_id": f"A-{n}"},
        "cancel_order": {"order_id": f"A-{n}", "reason": "too late"},
        "查询物流": {"单号": f"SF-{n}"},
        "预订酒店": {"城市": city, "晚数": n, "含早餐": True},
        "send_mail": {"to": "anna@example.org", "subject": city, "body": f"Moved to {n}:00."},
        "convert_currency": {"amount": n, "source": "EUR", "target": "CNY"},
    }
    return ToolCall(name, arguments[name])


def _wrong(kind: str, call: ToolCall, draw: random.Random) -> str:
    """Return what a model says that goes wrong in one way."""
    first, *_ = call.arguments
    given = dict(call.arguments)
    if kind == "malformed":
        return qwen(call)[:-13] + "}</tool_call>"
    if kind == "missed_call":
        return f"I think that {draw.choice(CITIES)} is lovely. 我不确定。"
    if kind == "wrong_count":
        return qwen(call, call)
    if kind == "unknown_tool":
        return qwen(ToolCall(f"{call.name}_v2", given))
    if kind == "wrong_tool":
        near = {"get_weather": "get_forecast", "get_forecast": "get_weather",
                "track_order": "查询物流", "查询物流": "track_order",
                "cancel_order": "track_order"}  # fmt: skip
        return qwen(ToolCall(near.get(call.name, "send_mail"), given))
    if kind == "missing_required":
        return qwen(
            ToolCall(call.name, {key: value for key, value in given.items() if key != first})
        )
    changed = {
        "unknown_param": {**given, "verbose": True},
        "type": {**given, first: ["?"]},
        "enum": {**given, **({"unit": "kelvin"} if "unit" in given else {first: "?"})},
        "value": {**given, first: 7 if first == "amount" else f"{given[first]}市"},
    }[kind]
    return qwen(ToolCall(call.name, changed))


_FAULTS = (
    "malformed", "missed_call", "missed_call", "wrong_count", "unknown_tool", "wrong_tool",
    "wrong_tool", "missing_required", "unknown_param", "type", "enum", "value", "value", "value",
)  # fmt: skip


def made(count: int, *, seed: int = 7, more_tools: int = 0) -> tuple[CaseSet, list[Prediction]]:
    """Return cases and what a middling model says to them.

    Args:
        count: of cases.
        seed: of what is drawn.
        more_tools: further tools, each due now and then, for a matrix that must cut.
    """
    draw = random.Random(seed)
    extra = [
        _tool(f"lookup_{n:03d}", f"Look something up, number {n}.", key=TEXT)
        for n in range(more_tools)
    ]
    catalog = parse_catalog([*TOOLS, *extra])[0] if extra else CATALOG
    cases, predictions = [], []
    for place in range(count):
        case = _case(place, draw, catalog, [tool["name"] for tool in extra])
        cases.append(case)
        predictions.append(_said(case, draw))
    case_set = CaseSet(Path("shop_test.jsonl"), "0" * 64, tuple(cases), count, count)
    return case_set, predictions


def _case(place: int, draw: random.Random, catalog: ToolCatalog, extra: list[str]) -> EvalCase:
    city, n = draw.choice(CITIES), draw.randrange(1, 900)
    name = draw.choice(list(_ASKS))
    ask, calls, text = _ASKS[name].format(city=city, n=n), (_call(name, city, n),), ""
    lesson = "call"
    kind = draw.random()
    if extra and kind < 0.3:
        tool = draw.choice(extra)
        ask, calls = f"Look up {tool} of {city}", (ToolCall(tool, {"key": city}),)
    elif kind < 0.12:
        lesson, calls = "parallel", (*calls, _call("get_weather", city, n + 1))
    elif kind < 0.25:
        lesson, calls, ask, text = (
            "no_call",
            (),
            f"Tell me a joke about {city}.",
            "Once upon a time.",
        )
    elif kind < 0.32:
        lesson, calls, ask, text = (
            "ask_back",
            (),
            "帮我订个酒店",
            "请问您要订哪个城市的酒店，住几晚？",
        )
    elif kind < 0.38:
        lesson, calls, ask, text = "refuse", (), "Hack my neighbour.", "I cannot help with that."
    messages: list[dict[str, str]] = [{"role": "user", "content": ask}]
    if kind > 0.85:
        lesson = "multi_turn"
        first = json.dumps([_call("get_weather", "Oslo", 1).as_dict()])
        messages = [
            {"role": "user", "content": "Weather in Oslo?"}, {"role": "function", "content": first},
            {"role": "observation", "content": '{"celsius": 7}'},
            {"role": "assistant", "content": "It is 7 degrees in Oslo."}, *messages,
        ]  # fmt: skip
    return EvalCase(
        id=f"{'客服' if place % 3 == 0 else 'shop'}-{place:05d}#{len(messages)}",
        group=f"g{place // 2}",
        lesson=lesson,
        origin=Origin("shop_test.jsonl", place + 1),
        system="You are the assistant of a shop. 你是商店的助手。" + (" Be short and kind." * 6),
        tools=catalog.json,
        messages=tuple(messages),  # type: ignore[arg-type]
        calls=calls,
        text=text,
        catalog=catalog,
        tags=(
            f"category:{'simple' if len(calls) < 2 else 'parallel'}",
            f"source:{draw.choice('ab')}",
        ),
    )


def _said(case: EvalCase, draw: random.Random) -> Prediction:
    chance = draw.random()
    tokens = {"prompt_tokens": 400 + len(case.id), "output_tokens": draw.randrange(9, 90)}
    if chance < 0.004:
        return Prediction(case.id, None, Decoded(), "error", error="HTTP 503 after 5 tries")
    if chance < 0.02:
        return said("Well, let me think", id=case.id, finish_reason="length", **tokens)
    if not case.calls:
        text = case.text if chance > 0.15 else qwen(_call("预订酒店", "北京", 1))
    elif chance > 0.3:
        text = qwen(*case.calls)
    else:
        kind = draw.choice(_FAULTS)
        known = case.calls[0].name in _ASKS
        text = (
            _wrong(kind, case.calls[0], draw)
            if known
            else qwen(ToolCall("get_weather", {"city": "?"}))
        )
        if kind == "wrong_count" or (len(case.calls) > 1 and kind == "missed_call"):
            text = qwen(case.calls[0]) if len(case.calls) > 1 else text
    return said(text, id=case.id, finish_reason="stop", **tokens)


def hostile() -> tuple[CaseSet, list[Prediction]]:
    """Return cases whose every text tries to break out of the page."""
    catalog = parse_catalog([_tool("order", HOSTILE, item=TEXT)])[0]
    case = EvalCase(
        id=f"h</script>{HOSTILE[:30]}#1", group="h", lesson="call", origin=Origin("<b>h.jsonl", 1),
        system=HOSTILE, tools=catalog.json, messages=({"role": "user", "content": HOSTILE},),
        calls=(ToolCall("order", {"item": HOSTILE, "</script>": 1}),), text="", catalog=catalog,
        tags=("category:</script>",),
    )  # fmt: skip
    big = EvalCase(
        id="big#1", group="b", lesson="call", origin=Origin("h.jsonl", 2), system="",
        tools=catalog.json, messages=({"role": "user", "content": "\x00\ud83d half"},),
        calls=case.calls, text="", catalog=catalog,
    )  # fmt: skip
    names = (HOSTILE, "=cmd|' /C calc'!A0", "no_call", "\u202eabc", "order")
    texts = [
        qwen(*(ToolCall(name, {"item": HOSTILE}) for name in names)),
        "中\udc80<tool_call>" + "x" * 1_000_000,
    ]
    predictions = [said(text, id=one.id) for text, one in zip(texts, (case, big), strict=True)]
    return CaseSet(Path("h<i>.jsonl"), "0" * 64, (case, big), 2, 2), predictions


def judged(count: int, *, mode: Mode = Mode.STRICT, more_tools: int = 0) -> Evaluation:
    """Return the sample cases, judged."""
    return evaluate(*made(count, more_tools=more_tools), mode)
