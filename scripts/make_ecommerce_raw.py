"""Write raw conversations of an e-commerce service desk: the data of the tool-call stage.

Role: raw material for `fctune prepare`, and the held-out cases of the quickstart.
Input: `data/tools/ecommerce.yaml`. Output: `data/raw/ecommerce/ecommerce_openai.jsonl`, one row
{"messages", "tools"} per line in OpenAI form (a few of the tools per row), and `SOURCE.txt`.
Command: python scripts/make_ecommerce_raw.py --rows 400 --seed 0

Most rows hold several exchanges user -> call -> result -> answer. A small share shows two calls
at once, text beside a call, a question for a missing value, or no call at all. The same seed
gives the same bytes.

Longer than other modules, because its tables of words and phrases are most of it.
"""

import argparse
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from words import FIRST, LAST, STREETS

Message = dict[str, Any]
Values = dict[str, str | int]

CITIES = {
    "en": [
        "Leeds",
        "York",
        "Paris",
        "Rome",
        "Berlin",
        "Madrid",
        "Oslo",
        "Dublin",
        "Vienna",
        "Lisbon",
        "Boston",
        "Denver",
        "Austin",
        "Miami",
        "Sydney",
        "Tokyo",
        "Delhi",
        "Cairo",
        "Lima",
        "Milan",
        "Bath",
        "Derby",
        "Dover",
        "Perth",
        "Turin",
        "Lyon",
        "Basel",
        "Porto",
    ],
    "zh": [
        "北京",
        "上海",
        "广州",
        "深圳",
        "杭州",
        "南京",
        "成都",
        "武汉",
        "西安",
        "重庆",
        "苏州",
        "天津",
        "长沙",
        "青岛",
        "大连",
    ],
}
KEYWORDS = {
    "en": [
        "lamp",
        "chair",
        "table",
        "mirror",
        "carpet",
        "kettle",
        "bottle",
        "basket",
        "candle",
        "clock",
        "pillow",
        "blanket",
        "hammer",
        "ladder",
        "bucket",
        "guitar",
        "violin",
        "drum",
        "piano",
        "camera",
        "tent",
        "rope",
        "compass",
        "notebook",
        "pencil",
        "helmet",
        "scarf",
        "jacket",
        "glove",
        "sweater",
        "shirt",
        "towel",
        "brush",
        "mug",
        "plate",
        "spoon",
    ],
    "zh": [
        "台灯",
        "椅子",
        "水壶",
        "毛巾",
        "相机",
        "帐篷",
        "吉他",
        "闹钟",
        "枕头",
        "雨伞",
        "书包",
        "铅笔",
        "手套",
        "围巾",
        "外套",
    ],
}
TITLES_ZH = [
    "王伟",
    "李娜",
    "张敏",
    "刘洋",
    "陈静",
    "杨磊",
    "赵婷",
    "黄强",
    "周杰",
    "吴霞",
    "徐明",
    "孙丽",
    "马超",
    "朱红",
    "胡军",
]
COUPONS = ["MOON", "SUN", "SAVE", "STAR", "GIFT", "HOME", "TREE", "LAKE", "SNOW", "KING"]

# How a user says the value of an enum: (value, English, Chinese).
ENUMS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "reason": (
        ("damaged", "it came damaged", "收到时坏了"),
        ("wrong_item", "you sent the wrong item", "发错货了"),
        ("late", "it is too late", "送得太晚了"),
        ("unwanted", "it is unwanted now", "不想要了"),
    ),
    "topic": (
        ("delivery", "the delivery", "配送"),
        ("quality", "the quality", "质量"),
        ("service", "the service", "服务"),
        ("billing", "the billing", "账单"),
    ),
    "department": (
        ("sales", "sales", "销售"),
        ("billing", "billing", "账单"),
        ("returns", "returns", "退货"),
    ),
    "size": (("S", "S", "S"), ("M", "M", "M"), ("L", "L", "L"), ("XL", "XL", "XL")),
}


@dataclass(frozen=True)
class Intent:
    """What a user may want of one tool, in one language.

    `asks` are the ways to say it; the arguments of the call are the slots {...} in the text.
    `vague` leaves out the argument that `question` asks for.
    `result` and `answer` may name any value and {made} slots such as a status.
    """

    tool: str
    asks: tuple[str, ...]
    result: tuple[str, ...]
    answer: str
    vague: str = ""
    question: str = ""


EN = (
    Intent(
        "check_logistics",
        (
            "Where is my parcel for order {order_id}?",
            "Track {order_id} for me.",
            "Has the parcel of {order_id} left yet?",
        ),
        ("order_id", "state", "at"),
        "Order {order_id} is {state} in {at}.",
        "Where is my parcel?",
        "What is the order number?",
    ),
    Intent(
        "apply_refund",
        (
            "I want a refund for {order_id}, {reason}.",
            "Give me my money back for order {order_id}, {reason}.",
        ),
        ("order_id", "refund"),
        "The refund for {order_id} is {refund}.",
        "I want a refund, {reason}.",
        "Which order is it?",
    ),
    Intent(
        "cancel_order",
        ("Please cancel order {order_id}.", "Stop {order_id}, I do not need it any more."),
        ("order_id", "done"),
        "Order {order_id} is {done}.",
        "Please cancel my order.",
        "Which order is it?",
    ),
    Intent(
        "change_address",
        (
            "Send order {order_id} to {city} instead.",
            "I moved to {city}, change the address of {order_id}.",
            "Deliver {order_id} to {street} in {city}.",
        ),
        ("order_id", "city"),
        "Order {order_id} now goes to {city}.",
        "Send my order to {city} instead.",
        "What is the order number?",
    ),
    Intent(
        "query_order",
        ("What did I buy in order {order_id}?", "Show me the details of {order_id}."),
        ("item", "price"),
        "Order {order_id} is a {item} for {price}.",
        "Show me the details of my order.",
        "What is the order number?",
    ),
    Intent(
        "search_product",
        (
            "Do you sell a {keyword}?",
            "I am looking for a {keyword}.",
            "Find me a {keyword} under {max_price}.",
            "Is there a {keyword} for less than {max_price}?",
        ),
        ("sku", "price"),
        "We have the {keyword} {sku} for {price}.",
    ),
    Intent(
        "check_stock",
        (
            "Is {sku} in stock?",
            "Do you have {sku} in size {size}?",
            "How many of {sku} are left?",
        ),
        ("sku", "left"),
        "We have {left} of {sku}.",
        "Is it in stock?",
        "What is the product number?",
    ),
    Intent(
        "apply_coupon",
        ("Use coupon {code} on order {order_id}.", "I have the code {code} for {order_id}."),
        ("order_id", "price"),
        "With {code} order {order_id} costs {price}.",
        "Use coupon {code} on my order.",
        "What is the order number?",
    ),
    Intent(
        "request_invoice",
        (
            "I need an invoice for {order_id} in the name of {title}.",
            "Make out an invoice to {title} for order {order_id}.",
        ),
        ("invoice",),
        "The invoice {invoice} for {title} is ready.",
        "I need an invoice in the name of {title}.",
        "Which order is it?",
    ),
    Intent(
        "submit_complaint",
        (
            "I want to complain about {topic} of {order_id}.",
            "I am unhappy with {topic} of {order_id}.",
        ),
        ("ticket",),
        "Your complaint is filed as {ticket}.",
        "I want to complain.",
        "What is it about?",
    ),
    Intent(
        "query_points",
        ("How many points does member {member_id} have?", "Show the points of {member_id}."),
        ("member_id", "points"),
        "Member {member_id} has {points} points.",
        "How many points do I have?",
        "What is your member number?",
    ),
    Intent(
        "transfer_to_human",
        (
            "Let me talk to a person in {department} about {order_id}.",
            "I want a human from {department} for {order_id}.",
        ),
        ("ticket",),
        "A person will take over, your ticket is {ticket}.",
    ),
)
ZH = (
    Intent(
        "check_logistics",
        ("订单{order_id}的快递到哪了？", "帮我查一下{order_id}的物流。"),
        ("order_id", "state", "at"),
        "订单{order_id}在{at}，{state}。",
        "我的快递到哪了？",
        "请问订单号是多少？",
    ),
    Intent(
        "apply_refund",
        ("订单{order_id}我要退款，{reason}。", "{order_id}{reason}，请退款。"),
        ("order_id", "refund"),
        "订单{order_id}的退款{refund}。",
        "我要退款，{reason}。",
        "请问是哪个订单？",
    ),
    Intent(
        "cancel_order",
        ("请取消订单{order_id}。", "{order_id}不用发了，取消吧。"),
        ("order_id", "done"),
        "订单{order_id}{done}。",
        "请取消我的订单。",
        "请问是哪个订单？",
    ),
    Intent(
        "change_address",
        ("把订单{order_id}改寄到{city}。", "{order_id}的地址改成{city}。"),
        ("order_id", "city"),
        "订单{order_id}改寄到{city}了。",
        "把我的订单改寄到{city}。",
        "请问订单号是多少？",
    ),
    Intent(
        "query_order",
        ("订单{order_id}里买了什么？", "看一下{order_id}的详情。"),
        ("item", "price"),
        "订单{order_id}是{item}，{price}元。",
        "看一下我的订单。",
        "请问订单号是多少？",
    ),
    Intent(
        "search_product",
        ("有{keyword}卖吗？", "我想找{keyword}。", "找一个{max_price}元以内的{keyword}。"),
        ("sku", "price"),
        "有{keyword}，编号{sku}，{price}元。",
    ),
    Intent(
        "check_stock",
        ("{sku}有货吗？", "{sku}有{size}码吗？"),
        ("sku", "left"),
        "{sku}还有{left}件。",
        "这个有货吗？",
        "请问商品编号是多少？",
    ),
    Intent(
        "apply_coupon",
        ("订单{order_id}用优惠码{code}。", "我有优惠码{code}，用在{order_id}上。"),
        ("order_id", "price"),
        "用了{code}，订单{order_id}是{price}元。",
        "我要用优惠码{code}。",
        "请问订单号是多少？",
    ),
    Intent(
        "request_invoice",
        ("给订单{order_id}开发票，抬头是{title}。", "开一张{title}的发票，订单{order_id}。"),
        ("invoice",),
        "{title}的发票{invoice}开好了。",
        "开发票，抬头是{title}。",
        "请问是哪个订单？",
    ),
    Intent(
        "submit_complaint",
        ("我要投诉{topic}，订单{order_id}。", "{order_id}的{topic}我要投诉。"),
        ("ticket",),
        "投诉已提交，编号{ticket}。",
        "我要投诉。",
        "请问投诉什么？",
    ),
    Intent(
        "query_points",
        ("会员{member_id}有多少积分？", "查一下{member_id}的积分。"),
        ("member_id", "points"),
        "会员{member_id}有{points}积分。",
        "我有多少积分？",
        "请问会员号是多少？",
    ),
    Intent(
        "transfer_to_human",
        ("订单{order_id}转{department}的人工。", "{order_id}我要找{department}的客服。"),
        ("ticket",),
        "正在转人工，编号{ticket}。",
    ),
)
INTENTS = {"en": {i.tool: i for i in EN}, "zh": {i.tool: i for i in ZH}}

SYSTEMS = {
    "en": ("You are the service desk of a web shop.", "You help the customers of a web shop."),
    "zh": ("你是网店的客服。", "你帮助网店的顾客。"),
}
# What needs no tool: (user, assistant).
NO_CALL = {
    "en": (
        ("Thank you, that is all.", "You are welcome. Have a nice day!"),
        ("Great, thanks!", "You are welcome!"),
        ("Hello there!", "Hello! How can I help you?"),
        ("Are you a robot?", "I am the assistant of this shop."),
        ("What will the weather be tomorrow?", "Sorry, I can only help with the shop."),
        ("Write a poem about the sea.", "Sorry, I can only help with the shop."),
        ("Who won the football match?", "Sorry, I can only help with the shop."),
        ("My name is {title}.", "Nice to meet you, {title}!"),
    ),
    "zh": (
        ("谢谢，没有别的了。", "不客气，祝您愉快！"),
        ("好的，谢谢！", "不客气！"),
        ("你好！", "您好！有什么可以帮您？"),
        ("明天天气怎么样？", "抱歉，我只能处理网店的事。"),
        ("写一首关于大海的诗。", "抱歉，我只能处理网店的事。"),
        ("我叫{title}。", "您好，{title}！"),
    ),
}
GREETING = {"en": ("Hello! {}", "Hello! Let me see."), "zh": ("你好，{}", "您好，我来看看。")}
GIVES = {"en": ("It is {}.", "{}", "Sure, {}."), "zh": ("是{}。", "{}")}


def number(rng: random.Random, length: int) -> str:
    """Return `length` random digits, none of them twice.

    A tiny model copies by what stood after the same token before; a repeated digit misleads it.
    """
    return "".join(rng.sample("0123456789", length))


def invent(slot: str, lang: str, rng: random.Random) -> str | int:
    """Return a random value for a slot of a text or of a result."""
    zh = lang == "zh"
    makers: dict[str, Callable[[], str | int]] = {
        "order_id": lambda: "SO" + number(rng, 5),
        "sku": lambda: "P" + number(rng, 4),
        "member_id": lambda: "M" + number(rng, 5),
        "code": lambda: rng.choice(COUPONS) + str(rng.randint(10, 99)),
        "city": lambda: rng.choice(CITIES[lang]),
        "at": lambda: rng.choice(CITIES[lang]),
        "street": lambda: f"{rng.randint(1, 99)} {rng.choice(STREETS)} Road",
        "keyword": lambda: rng.choice(KEYWORDS[lang]),
        "item": lambda: rng.choice(KEYWORDS[lang]),
        "max_price": lambda: rng.randint(2, 99) * 10,
        "price": lambda: rng.randint(5, 999),
        "left": lambda: rng.randint(1, 99),
        "points": lambda: rng.randint(10, 9999),
        "title": lambda: rng.choice(TITLES_ZH) if zh else f"{rng.choice(FIRST)} {rng.choice(LAST)}",
        "invoice": lambda: "INV" + number(rng, 4),
        "ticket": lambda: "T" + number(rng, 4),
        "state": lambda: rng.choice(("运输中", "派送中") if zh else ("on the way", "ready")),
        "refund": lambda: rng.choice(("处理中", "已到账") if zh else ("in progress", "paid")),
        "done": lambda: "已取消" if zh else "cancelled",
    }
    return makers[slot]()


def slots(text: str) -> list[str]:
    """Return the names of the {slots} in `text`, in their order."""
    return [part.split("}")[0] for part in text.split("{")[1:]]


def fill(text: str, lang: str, rng: random.Random, values: Values) -> str:
    """Fill the slots of `text`; new values go into `values`, enum values as their canonical word.

    The order of the keys of `values` is the order of the call's arguments, see `arguments`.
    """
    spoken: dict[str, str | int] = {}
    for slot in slots(text):
        if slot in ENUMS:
            value, *words = rng.choice(ENUMS[slot])
            values[slot], spoken[slot] = value, words[lang == "zh"]
        else:
            spoken[slot] = values.setdefault(slot, invent(slot, lang, rng))
    return text.format(**spoken)


@dataclass(frozen=True)
class Exchange:
    """One request with its call, its result and the closing answer."""

    user: str
    tool: str
    arguments: Values
    result: Values
    answer: str


def make_exchange(tool: dict[str, Any], lang: str, rng: random.Random) -> Exchange:
    """Make a complete request to `tool`."""
    intent = INTENTS[lang][tool["name"]]
    values: Values = {}
    user = fill(rng.choice(intent.asks), lang, rng, values)
    return finish(tool, intent, user, values, lang, rng)


def finish(
    tool: dict[str, Any],
    intent: Intent,
    user: str,
    values: Values,
    lang: str,
    rng: random.Random,
) -> Exchange:
    """Add the call, the result and the answer to what the user said."""
    # Arguments stand in the order of the schema, whatever the order in the sentence.
    arguments = {k: values[k] for k in tool["parameters"]["properties"] if k in values}
    known = dict(values)
    for slot in intent.result:
        known.setdefault(slot, invent(slot, lang, rng))
    result = {slot: known[slot] for slot in intent.result}
    return Exchange(user, intent.tool, arguments, result, intent.answer.format(**known))


def say(role: str, text: str) -> Message:
    """Return a plain message."""
    return {"role": role, "content": text}


class Writer:
    """Collects the messages of one row and numbers its calls."""

    def __init__(self, system: str) -> None:
        self.messages: list[Message] = [say("system", system)]
        self.calls = 0

    def call(self, exchanges: list[Exchange], content: str | None = None) -> None:
        """Add one assistant turn with a call per exchange, their results and the answer."""
        turn: Message = {"role": "assistant", "content": content, "tool_calls": []}
        results: list[Message] = []
        for exchange in exchanges:
            self.calls += 1
            call_id = f"call_{self.calls}"
            function = {"name": exchange.tool, "arguments": dump(exchange.arguments)}
            turn["tool_calls"].append({"id": call_id, "type": "function", "function": function})
            results.append(
                {"role": "tool", "tool_call_id": call_id, "content": dump(exchange.result)}
            )
        self.messages += [turn, *results]
        self.messages.append(say("assistant", " ".join(e.answer for e in exchanges)))


def add_plain(writer: Writer, tools: list[dict[str, Any]], lang: str, rng: random.Random) -> None:
    """Request, call, result, answer."""
    exchange = make_exchange(rng.choice(tools), lang, rng)
    writer.messages.append(say("user", exchange.user))
    writer.call([exchange])


def add_parallel(
    writer: Writer, tools: list[dict[str, Any]], lang: str, rng: random.Random
) -> None:
    """Two requests in one message, two calls in one turn."""
    pair = [make_exchange(rng.choice(tools), lang, rng) for _ in range(2)]
    writer.messages.append(say("user", " ".join(e.user for e in pair)))
    writer.call(pair)


def add_text(writer: Writer, tools: list[dict[str, Any]], lang: str, rng: random.Random) -> None:
    """A greeting in front of the request is greeted back in the turn that calls."""
    asked, greeted = GREETING[lang]
    exchange = make_exchange(rng.choice(tools), lang, rng)
    writer.messages.append(say("user", asked.format(exchange.user)))
    writer.call([exchange], greeted)


def add_ask_back(
    writer: Writer, tools: list[dict[str, Any]], lang: str, rng: random.Random
) -> None:
    """A required value is missing: ask for it, then call with it."""
    able = [t for t in tools if INTENTS[lang][t["name"]].vague]
    if not able:
        add_plain(writer, tools, lang, rng)
        return
    tool = rng.choice(able)
    intent = INTENTS[lang][tool["name"]]
    values: Values = {}
    user = fill(intent.vague, lang, rng, values)
    missing = next(name for name in tool["parameters"]["required"] if name not in values)
    given = fill(rng.choice(GIVES[lang]).format("{" + missing + "}"), lang, rng, values)
    writer.messages += [say("user", user), say("assistant", intent.question), say("user", given)]
    writer.call([finish(tool, intent, user, values, lang, rng)])


def add_no_call(writer: Writer, _: list[dict[str, Any]], lang: str, rng: random.Random) -> None:
    """Thanks, chat or a wish out of scope: an answer without a call."""
    asked, answered = rng.choice(NO_CALL[lang])
    values: Values = {}
    writer.messages.append(say("user", fill(asked, lang, rng, values)))
    writer.messages.append(say("assistant", answered.format(**values)))


# The kind of each row and its share in percent; the rest of a row's exchanges is plain.
KINDS: tuple[tuple[Callable[..., None], int], ...] = (
    (add_plain, 66),
    (add_parallel, 8),
    (add_text, 6),
    (add_ask_back, 10),
    (add_no_call, 10),
)


def make_row(tools: list[dict[str, Any]], args: argparse.Namespace, rng: random.Random) -> Message:
    """Make one conversation over a random subset of the tools."""
    lang = "zh" if rng.random() < args.chinese else "en"
    offered = rng.sample(tools, args.tools)
    writer = Writer(rng.choice(SYSTEMS[lang]))
    makers, weights = zip(*KINDS, strict=True)
    special = rng.choices(makers, weights)[0]
    count = rng.randint(args.exchanges - 1, args.exchanges + 1)
    place = rng.randrange(count)
    for i in range(count):
        (special if i == place else add_plain)(writer, offered, lang, rng)
    bare = [{k: t[k] for k in ("name", "description", "parameters")} for t in offered]
    return {
        "messages": writer.messages,
        "tools": [{"type": "function", "function": tool} for tool in bare],
    }


def dump(value: object) -> str:
    """Return `value` as JSON on one line."""
    return json.dumps(value, ensure_ascii=False)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(__file__).resolve().parent.parent / "data"
    parser.add_argument("--catalog", type=Path, default=data / "tools" / "ecommerce.yaml")
    parser.add_argument("--out", type=Path, default=data / "raw" / "ecommerce")
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tools", type=int, default=4, help="tools offered in a row")
    parser.add_argument("--exchanges", type=int, default=4, help="exchanges in a row, +-1")
    parser.add_argument("--chinese", type=float, default=0.22, help="share of Chinese rows")
    return parser.parse_args()


def main() -> None:
    """Write the rows and the note on where they come from."""
    args = parse_args()
    tools = yaml.safe_load(args.catalog.read_text(encoding="utf-8"))["tools"]
    rng = random.Random(args.seed)
    text = "".join(dump(make_row(tools, args, rng)) + "\n" for _ in range(args.rows))
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "ecommerce_openai.jsonl").write_text(text, encoding="utf-8")
    (args.out / "SOURCE.txt").write_text(
        "made by: python scripts/make_ecommerce_raw.py"
        f" --rows {args.rows} --seed {args.seed} --tools {args.tools}"
        f" --exchanges {args.exchanges} --chinese {args.chinese}\n"
        "licence: Apache-2.0 (no outside text went into it; names and numbers are random)\n"
        f"file ecommerce_openai.jsonl: {args.rows} rows\n",
        encoding="utf-8",
    )
    print(f"{args.out}: {args.rows} rows, {len(text.encode())} bytes, seed {args.seed}")


if __name__ == "__main__":
    main()
