"""Write general conversations without tools: the raw data of the first training stage.

Role: a tiny model must learn to copy values, to write JSON and to answer briefly before it can
learn to call tools; a large model would bring that along. No row here knows a tool, a tool call
or the e-commerce scenario.
Input: none. Output: `data/raw/general/general_alpaca.jsonl`, one Alpaca row
{"instruction", "input", "output"} per line, and `SOURCE.txt`.
Command: python scripts/make_general_raw.py --rows 4800 --seed 0

Longer than other modules, because its tables of words and phrases are most of it.
"""

import argparse
import json
import random
from collections.abc import Callable
from pathlib import Path

from words import FIRST, LAST, STREETS

Row = tuple[str, str, str]

PLACES = [
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
]
THINGS = [
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
    "map",
    "notebook",
    "pencil",
    "ruler",
    "helmet",
    "scarf",
    "jacket",
    "glove",
    "boot",
    "sweater",
    "shirt",
    "towel",
    "brush",
    "mug",
    "plate",
    "spoon",
    "pan",
]
COLOURS = [
    "red",
    "blue",
    "green",
    "black",
    "white",
    "yellow",
    "brown",
    "grey",
    "purple",
    "orange",
    "pink",
    "silver",
]
TOPICS = [
    "music",
    "garden",
    "history",
    "weather",
    "cooking",
    "travel",
    "chess",
    "painting",
    "sport",
    "reading",
    "maths",
]
HAN_PLACES = [
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
    "厦门",
]
HAN_NAMES = [
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
HAN_THINGS = [
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
]
ROOMS = {
    "atlas": "maps and far countries",
    "greenhouse": "plants and flowers",
    "workshop": "wood and metal work",
    "kitchen": "meals and recipes",
    "studio": "painting and drawing",
    "archive": "old letters and papers",
    "stable": "horses and carts",
    "harbour": "boats and fishing",
    "observatory": "stars and planets",
    "laundry": "washing clothes",
    "theatre": "plays and actors",
    "bakery": "bread and cakes",
}
CHAT = (
    ("Hello!", "Hello! How can I help you today?"),
    ("Good morning.", "Good morning! What can I do for you?"),
    ("Thank you very much.", "You are welcome!"),
    ("Thanks, that is all.", "You are welcome. Have a nice day!"),
    ("How are you?", "I am fine, thank you. How can I help?"),
    ("Who are you?", "I am a small assistant."),
    ("Tell me a joke.", "Why did the book go to the doctor? It hurt its spine."),
    ("What colour is the sky?", "The sky is blue."),
    ("Goodbye.", "Goodbye!"),
    ("你好！", "你好！有什么可以帮您？"),
    ("谢谢你。", "不客气！"),
    ("再见。", "再见，祝您愉快！"),
    ("你是谁？", "我是一个小助手。"),
)


def digits(rng: random.Random, low: int = 3, high: int = 6) -> str:
    """Return a random number as text, without a leading zero.

    No digit comes twice: a tiny model copies by what stood after the same token before.
    """
    first = rng.choice("123456789")
    rest = rng.sample([d for d in "0123456789" if d != first], rng.randint(low, high) - 1)
    return first + "".join(rest)


def label(rng: random.Random) -> str:
    """Return a random label: one to three capitals, then digits."""
    letters = "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(rng.randint(1, 3)))
    return letters + rng.choice(("", "", "-")) + digits(rng)


def person(rng: random.Random) -> str:
    """Return a first name and a last name."""
    return f"{rng.choice(FIRST)} {rng.choice(LAST)}"


FIELDS: dict[str, Callable[[random.Random], str | int]] = {
    "code": label,
    "number": lambda rng: int(digits(rng, 2, 5)),
    "owner": person,
    "place": lambda rng: rng.choice(PLACES),
    "thing": lambda rng: f"{rng.choice(COLOURS)} {rng.choice(THINGS)}",
    "colour": lambda rng: rng.choice(COLOURS),
    "topic": lambda rng: rng.choice(TOPICS),
    "street": lambda rng: f"{rng.randint(1, 99)} {rng.choice(STREETS)} Street",
    "key": label,
    "guest": lambda rng: rng.choice(FIRST),
    "room": lambda rng: int(digits(rng, 2, 3)),
}
HAN_FIELDS: dict[str, Callable[[random.Random], str | int]] = {
    "编号": label,
    "数量": lambda rng: int(digits(rng, 1, 3)),
    "姓名": lambda rng: rng.choice(HAN_NAMES),
    "城市": lambda rng: rng.choice(HAN_PLACES),
    "物品": lambda rng: rng.choice(HAN_THINGS),
    "门牌": label,
}


def facts(rng: random.Random, count: int, han: bool = False) -> dict[str, str | int]:
    """Return `count` random named values."""
    fields = HAN_FIELDS if han else FIELDS
    return {name: fields[name](rng) for name in rng.sample(sorted(fields), count)}


def dump(value: object) -> str:
    """Return `value` as JSON on one line."""
    return json.dumps(value, ensure_ascii=False)


def as_json(rng: random.Random) -> Row:
    """Facts in words, all of them wanted as JSON."""
    known = facts(rng, rng.randint(2, 5))
    link = rng.choice((" is ", ": ", " = "))
    text = rng.choice(("; ", ", ", "\n")).join(f"{k}{link}{v}" for k, v in known.items())
    ask = rng.choice(("Write these facts as JSON.", "Turn this into JSON.", "Give this as JSON."))
    return ask, text, dump(known)


def pick_json(rng: random.Random) -> Row:
    """Facts in words, some of them wanted as JSON in the order asked for."""
    known = facts(rng, rng.randint(4, 6))
    wanted = rng.sample(list(known), rng.randint(2, 3))
    text = ", ".join(f"{k} {v}" for k, v in known.items())
    return f"Write only {' and '.join(wanted)} as JSON.", text, dump({k: known[k] for k in wanted})


def han_json(rng: random.Random) -> Row:
    """The same in Chinese."""
    known = facts(rng, rng.randint(2, 4), han=True)
    text = "，".join(f"{k}是{v}" for k, v in known.items()) + "。"
    return "把这些内容写成JSON。", text, dump(known)


def answer(rng: random.Random) -> Row:
    """Facts in words and two questions, answered in full sentences."""
    known = facts(rng, rng.randint(3, 5))
    wanted = rng.sample(list(known), 2)
    text = " ".join(f"The {k} is {v}." for k, v in known.items())
    ask = " ".join(f"What is the {k}?" for k in wanted)
    return ask, text, " ".join(f"The {k} is {known[k]}." for k in wanted)


def han_answer(rng: random.Random) -> Row:
    """Facts in Chinese and one question."""
    known = facts(rng, 3, han=True)
    wanted = rng.choice(list(known))
    text = "".join(f"{k}是{v}。" for k, v in known.items())
    return f"{wanted}是什么？", text, f"{wanted}是{known[wanted]}。"


def repeat(rng: random.Random) -> Row:
    """A line of words, labels and numbers, to be repeated as it stands."""
    makers = [FIELDS[name] for name in ("code", "number", "owner", "place", "thing", "street")]
    parts = [str(rng.choice(makers)(rng)) for _ in range(rng.randint(3, 6))]
    text = ", ".join(parts)
    return rng.choice(("Repeat this.", "Copy this line.", "Say this again.")), text, text


def look_up(rng: random.Random) -> Row:
    """A table of names and labels; the labels of two names are wanted."""
    names = rng.sample(FIRST, rng.randint(4, 6))
    table = {name: label(rng) for name in names}
    wanted = rng.sample(names, 2)
    text = "\n".join(f"{name}: {value}" for name, value in table.items())
    ask = f"Which labels do {wanted[0]} and {wanted[1]} have?"
    return ask, text, " ".join(f"{name} has {table[name]}." for name in wanted)


# Everyday wishes by kind: what a sentence asks for has to be told from its words.
WISHES: dict[str, tuple[str, ...]] = {
    "keep": ("Please keep room {room} for {guest}.", "{guest} would like to have room {room}."),
    "leave": (
        "{guest} leaves {place} on day {day}.",
        "On day {day} {guest} goes away from {place}.",
    ),
    "tell": ("Tell {guest} that the {thing} is ready.", "Let {guest} know about the {thing}."),
    "bring": ("Bring the {thing} {code} to {place}.", "Carry {code}, the {thing}, to {place}."),
    "borrow": ("Can {guest} borrow the {thing} for {day} days?", "Lend the {thing} to {guest}."),
    "lost": ("I lost my {thing} in {place}.", "My {thing} with label {code} is gone."),
    "free": ("Is room {room} still free?", "Does anybody sleep in {room}?"),
    "paint": ("Paint the {thing} {colour}.", "Make {code} {colour}, please."),
    "mend": ("Mend the {thing} of {guest}.", "The {thing} {code} is broken again."),
    "teach": ("I want to learn {topic}.", "Who can teach {guest} some {topic}?"),
    "visit": ("{guest} visits {place} next week.", "Show {place} to {guest}."),
    "clean": ("Room {room} is dirty.", "Wash the {thing} in {room}."),
    "read": ("Read chapter {day} to me.", "What is on page {day} of {code}?"),
    "wake": ("Wake {guest} at {day}.", "{guest} wants to get up at {day}."),
    "move": ("房间{room}换到{place}。", "把{code}搬到{place}。"),
    "lend": ("{han_guest}想借{han_thing}。", "把{han_thing}借给{han_guest}。"),
    "go": ("{han_guest}要去{han_place}。", "去{han_place}的有{han_guest}。"),
    "seek": ("我的{han_thing}不见了。", "在{han_place}丢了{han_thing}。"),
}
SLOTS: dict[str, Callable[[random.Random], str | int]] = {
    **FIELDS,
    "room": label,
    "day": lambda rng: rng.randint(1, 99),
    "thing": lambda rng: rng.choice(THINGS),
    "han_guest": lambda rng: rng.choice(HAN_NAMES),
    "han_place": lambda rng: rng.choice(HAN_PLACES),
    "han_thing": lambda rng: rng.choice(HAN_THINGS),
}


def wish(rng: random.Random, kind: str) -> tuple[str, str]:
    """Return a wish of `kind` and its note in JSON."""
    text = rng.choice(WISHES[kind])
    names = [part.split("}")[0] for part in text.split("{")[1:]]
    values = {name: SLOTS[name](rng) for name in names}
    note = {name.removeprefix("han_"): value for name, value in values.items()}
    return text.format(**values), dump({"kind": kind, **note})


def from_sentence(rng: random.Random) -> Row:
    """One to three wishes in everyday words, each written as a JSON note."""
    pairs = [wish(rng, kind) for kind in rng.sample(sorted(WISHES), rng.randint(1, 3))]
    text, notes = zip(*pairs, strict=True)
    return "Write a JSON note of each wish.", "\n".join(text), "\n".join(notes)


def last_wish(rng: random.Random) -> Row:
    """A log of wishes with their notes; the note of the last wish is missing."""
    pairs = [wish(rng, rng.choice(sorted(WISHES))) for _ in range(rng.randint(2, 4))]
    log = "\n".join(f"{text}\n{note}" for text, note in pairs[:-1])
    return "Go on with the last wish.", f"{log}\n{pairs[-1][0]}", pairs[-1][1]


def choose_room(rng: random.Random) -> Row:
    """Rooms and what they are for; the one that fits is wanted, as JSON with the visitor."""
    names = rng.sample(sorted(ROOMS), 4)
    chosen, who, number = rng.choice(names), rng.choice(FIRST), digits(rng, 3, 4)
    text = "\n".join(dump({"room": name, "about": ROOMS[name]}) for name in names)
    word = rng.choice([w for w in ROOMS[chosen].split() if w != "and"])
    ask = f"{who}, ticket {number}, asks about {word}. Which room?"
    return ask, text, dump({"room": chosen, "guest": who, "ticket": number})


def chat(rng: random.Random) -> Row:
    """A short exchange of courtesies, with a name in half of the rows."""
    asked, answered = rng.choice(CHAT)
    if rng.random() < 0.5:
        return asked, "", answered
    who = rng.choice(FIRST)
    return f"My name is {who} from {rng.choice(PLACES)}.", "", f"Nice to meet you, {who}!"


KINDS: tuple[tuple[Callable[[random.Random], Row], int], ...] = (
    (as_json, 14),
    (pick_json, 12),
    (han_json, 6),
    (answer, 8),
    (han_answer, 3),
    (repeat, 10),
    (look_up, 4),
    (from_sentence, 16),
    (last_wish, 20),
    (choose_room, 4),
    (chat, 3),
)


def make_rows(count: int, seed: int) -> list[dict[str, str]]:
    """Return `count` distinct rows; the same seed gives the same rows."""
    rng = random.Random(seed)
    makers, weights = zip(*KINDS, strict=True)
    seen: set[Row] = set()
    rows: list[dict[str, str]] = []
    while len(rows) < count:
        row = rng.choices(makers, weights)[0](rng)
        # Courtesies are few and may come twice; anything else must be new.
        if row in seen and row[1]:
            continue
        seen.add(row)
        rows.append(dict(zip(("instruction", "input", "output"), row, strict=True)))
    return rows


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--out", type=Path, default=root / "data" / "raw" / "general")
    parser.add_argument("--rows", type=int, default=4800)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    """Write the rows and the note on where they come from."""
    args = parse_args()
    rows = make_rows(args.rows, args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    text = "".join(dump(row) + "\n" for row in rows)
    (args.out / "general_alpaca.jsonl").write_text(text, encoding="utf-8")
    (args.out / "SOURCE.txt").write_text(
        f"made by: python scripts/make_general_raw.py --rows {args.rows} --seed {args.seed}\n"
        "licence: Apache-2.0 (no outside text went into it)\n"
        f"file general_alpaca.jsonl: {args.rows} rows\n",
        encoding="utf-8",
    )
    print(f"{args.out}: {args.rows} rows, {len(text.encode())} bytes, seed {args.seed}")


if __name__ == "__main__":
    main()
