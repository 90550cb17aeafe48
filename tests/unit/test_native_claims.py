"""The compiled audits of claims and of calls in words against those of Python.

The library may be in doubt, which is null; where it answers, it finds what Python finds.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from fctune.conversations import claims, meant
from fctune.conversations.claim_words import CHINESE_NOUNS, CHINESE_VERBS, KINDS, PAST_FORMS
from fctune.conversations.grounding_text import words
from fctune.conversations.read import read_conversation
from fctune.conversations.turns import Conversation, Lesson, ModelTurn, ResultTurn, UserTurn
from fctune.issues import Accepted, Issue, Origin
from fctune.jsonl import RawRow, read_rows
from fctune.native.library import library, probe
from fctune.tools.spec import ToolCall, ToolCatalog, ToolSpec

pytestmark = pytest.mark.skipif(library() is None, reason="the native library was not built")

ROOT = Path(__file__).parents[2]
FILES = (
    *("data/raw/glaive/glaive_toolcall_en_demo.json", "data/raw/ecommerce/ecommerce_openai.jsonl"),
    "../shared/data/raw/sharegpt_glaive_lf/glaive_toolcall_zh_demo.json",
    "../shared/data/raw/when2call/test_llm_judge_120.jsonl",
    "../shared/data/raw/lf_v1_content_parts/reason_tool_use_demo_50.jsonl",
)
FINDS: dict[str, Callable[[Conversation], list[Issue]]] = {
    "claims.find": claims.find,
    "meant.find": meant.find,
}
Turn = list[Any]
Row = tuple[list[Turn], ToolCatalog]

LIGHT = ToolCatalog(
    (
        ToolSpec("turn_off_light", "Turns off the light in a room", {"type": "object"}),
        ToolSpec("search", "Searches hotels. 查询酒店并预订房间", {"type": "object"}),
        ToolSpec("send_email", "", {"type": "object"}),
    )
)
SIGNS = (*[". ", "! ", "? ", "\n", ", ", "; ", " ", "。", "，", "！", ": ", "… ", "^"], "", "")
ADVERBS = ("just ", "now ", "already ", "also ", "successfully ", "gone ahead and ", "really ")
UNSURE = ("if ", "Once ", "not ", "never ", "that you ", "as soon as ", "WHETHER ", "as so ")
PERSONS = ("I have ", "I've ", "I’ve ", "I ", "I Have ", "we have ", "xI have ")
OPENINGS = ("Calling ", "invoking ", "I'll use ", "I will now call ", "I’m going to run ")
MORE_OPENINGS = ("Let me execute ", "I have just used ", "I called ", "We call ", "let me have ")
CHINESE_OPENINGS = (
    "调用", "使用了", "执行函数", "运行工具：", "调用了名为 ", "用", "执行\n：函数工具",
)  # fmt: skip
TOLD_AS = ("", "the ", "following ", "tool called ", "function: ", "the following API ", "api")
LABELS = ("Action: ", "tool call:", "Function：", "Reaction: ", "Tool :", "ACTION: ", "action:\n")
QUOTES = ("", "", "`", "'", '"', "**", "“", "「", "````")
ARGUMENTS = (
    *("()", '(city="Oslo")', "( city = 1", '(  {"a": 1})', "('Oslo')", '("a", b)', "(x", ""),
    *("(a b=1)", "(\n a=1\n)", '(城市="北京")', "(a=(1))", " ()", "(     a=1)", "( )", "('a'"),
    *(f"(_={'y' * 199})", f"(_={'y' * 201})", f"({'w' * 64}=1)", f"({'w' * 65}=1)"),
    *(f"('{'z' * 199}')", f"('{'z' * 200}')"),
)
OTHERS = (
    "?", "please tell me", "Could you", "I need", "beyonce", "once", "请提供", "如果", "```", "ok",
    "“x”", "é", "\\", "'", '"', "\u017f", "\u212a", "\x07", "\u0301", "𠀀", "it's",
    'it\'s "q"', "\u200b", "°", "😀",
)  # fmt: skip
ASKED = (
    *("What tools do you have?", "list the\nfunctions", "how does the api work", "write a script"),
    *("有哪些功能", "写一段代码", "What is the weather", "帮我写", "capability, show it", "Oslo"),
)


def conversation(turns: Sequence[Turn], catalog: ToolCatalog) -> Conversation:
    """The turns as Python's audits take them."""
    made: list[UserTurn | ModelTurn | ResultTurn] = []
    for kind, said in turns:
        if kind == "u":
            made.append(UserTurn(said))
        elif kind == "r":
            made.append(ResultTurn((said,)))
        elif kind == "m":
            made.append(ModelTurn(said))
        else:
            made.append(ModelTurn("", (ToolCall(said["name"], said["arguments"]),)))
    return Conversation("0", "", catalog, tuple(made), Lesson.GENERAL, Origin("x", 1))


def compare(turns: Sequence[Turn], catalog: ToolCatalog) -> Counter[str]:
    """Compare both, and count doubts and findings of each audit."""
    given = json.dumps({"system": "", "turns": turns, "tools": catalog.json}).encode()
    exact, said = conversation(turns, catalog), Counter[str]()
    for name, find in FINDS.items():
        wanted = [[found.code, found.where, found.message] for found in find(exact)]
        answer = probe(name, given)
        assert answer is None or json.loads(answer) == wanted, (name, turns, catalog.json)
        said[f"{name} rows"] += 1
        said[f"{name} doubts"] += answer is None
        said[f"{name} found"] += bool(wanted)
        said[f"{name} found in Chinese"] += any(sign >= "\u4e00" for sign in str(wanted))
    return said


def shape(verdict: Conversation) -> list[Turn]:
    """The turns of a conversation as the library takes them: one call, one result a turn."""
    turns: list[Turn] = []
    for turn in verdict.turns:
        if isinstance(turn, UserTurn):
            turns.append(["u", turn.text])
        elif isinstance(turn, ResultTurn):
            turns += [["r", text] for text in turn.results]
        else:
            turns += [["m", turn.text]] if turn.text or not turn.calls else []
            turns += [["c", {"name": c.name, "arguments": dict(c.arguments)}] for c in turn.calls]
    return turns


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """The rows of the samples; those shared are read where they are."""
    paths = [path for path in (ROOT / name for name in FILES) if path.is_file()]
    read = (raw for path in paths for raw in read_rows(path) if isinstance(raw, RawRow))
    verdicts = (read_conversation(raw.value, raw.origin) for raw in read)
    return [(shape(v.value), v.value.catalog) for v in verdicts if isinstance(v, Accepted)]


class Writer:
    """Writes what a model might say of the tools of a row."""

    def __init__(self, chance: random.Random, catalog: ToolCatalog) -> None:
        self.chance, self.catalog = chance, catalog
        self.pick = chance.choice

    def thing(self) -> str:
        spec = self.pick(self.catalog.specs)
        return self.pick((words(spec.name) or ["thing"]) + spec.description.split()[:8])

    def some(self, texts: Sequence[str], most: int) -> str:
        return "".join(self.pick(texts) for _ in range(self.chance.randint(0, most)))

    def english(self) -> str:
        verb, adverbs = self.pick(list(PAST_FORMS)), self.some(ADVERBS, self.pick((0, 0, 1, 4)))
        things = " ".join(self.thing() for _ in range(self.chance.randint(1, 4)))
        before = self.some(UNSURE, self.pick((0, 0, 0, 0, 2))) + self.pick(
            ("", "", "", "x" * 38 + " ")
        )
        if self.chance.random() < 0.5:
            return f"{before}{self.pick(PERSONS)}{adverbs}{verb} the {things}"
        been = self.pick((" has been ", " have been ", " had been ", " has been has been "))
        return f"{before}{things}{been}{adverbs}{verb}{self.pick(('', '', 's', ' ' + things))}"

    def chinese(self) -> str:
        marks = ("已经", "已", "成功", "刚刚", "为您", "帮你", "将", "把", "我", "我在", "在")
        other = (
            "如果",
            "等",
            "请",
            "吗",
            "不",
            "会议",
            "会",
            "想",
            "的",
            "您的",
            "，",
            "\n",
            "x" * 9,
        )
        verbs = [
            verb + done for verb, done in product(CHINESE_VERBS, ("", "", "好了", "了", "成功"))
        ]
        kinds = (marks, marks, verbs, verbs, list(CHINESE_NOUNS), other, [self.thing()])
        return "".join(self.pick(self.pick(kinds)) for _ in range(self.chance.randint(2, 8)))

    def call(self) -> str:
        name, quote = self.pick(self.catalog.names), self.pick(QUOTES)
        named = f"{quote}{name}{self.pick(ARGUMENTS)}{quote}"
        before = self.pick(("", "", "", "not ", "don't ", "can’t ", "无法", "not " + "y" * 38))
        mark = self.pick(('"', "'"))
        between = self.pick((", ", "," + " " * self.chance.randint(36, 41), "\n", " 'arguments', "))
        key = self.pick(("name", "tool", "function_name", "api", "names"))
        forms = (
            named,
            self.pick((*OPENINGS, *MORE_OPENINGS)) + self.some(TOLD_AS, 2) + named,
            self.pick(CHINESE_OPENINGS) + named,
            self.pick(LABELS) + named,
            f"{{{mark}{key}{mark} : {mark}{name}{mark}{between}{mark}arguments{mark}: {{}}",
        )
        return before + self.pick(forms)

    def text(self) -> str:
        pieces = (
            self.english,
            self.english,
            self.chinese,
            self.call,
            self.call,
            lambda: self.pick(OTHERS),
        )
        return "".join(
            self.pick(pieces)() + self.pick(SIGNS) for _ in range(self.pick((1, 1, 2, 3, 6)))
        )

    def row(self, turns: Sequence[Turn]) -> list[Turn]:
        """The turns with other words of the model, and with calls left out."""
        new: list[Turn] = []
        for kind, said in turns:
            if kind in "cr" and self.chance.random() < 0.4:
                continue
            if kind == "u" and self.chance.random() < 0.2:
                said = self.pick(ASKED)
            if kind == "m" and self.chance.random() < 0.8:
                at = self.chance.randint(0, len(said))
                said = self.pick((self.text(), said[:at] + self.text() + said[at:]))
            new.append([kind, said])
        return [*new, ["m", self.text()]]


def many_deeds(chance: random.Random) -> ToolCatalog:
    """Tools that do many things to many things, so that many claims fit one."""
    specs: list[ToolSpec] = []
    told = ("", "Does it", "Sends the mail", "发送邮件并创建日程", "查询机票的工具。", "lists APIs")
    for number in range(chance.randint(1, 3)):
        verbs = chance.sample(sorted(KINDS), chance.randint(1, 25))
        things = chance.sample(("light", "hotel", "email", "flight", "order", "list", "news"), 3)
        name = "_".join([*verbs, *things, str(number)])
        name = chance.choice((name, name, f"search{number}", f"getThing{number}", f"预订{number}"))
        specs.append(ToolSpec(name, chance.choice(told), {"type": "object"}))
    return ToolCatalog((*specs, ToolSpec(chance.choice(("Search", "query")), "", {})))


def test_the_rows_of_the_samples_are_judged_without_a_doubt(rows: list[Row]) -> None:
    said = sum((compare(*row) for row in rows), Counter[str]())
    assert said["claims.find rows"] > 300
    assert said["claims.find doubts"] == said["meant.find doubts"] == 0


def test_changed_rows_are_judged_as_python_does(rows: list[Row]) -> None:
    chance, said = random.Random(5), Counter[str]()
    with_tools = [row for row in rows if 0 < len(row[1].names) < 9]
    for number in range(3000):
        turns, catalog = chance.choice(with_tools)
        if number % 2:
            catalog, turns = many_deeds(chance), [["u", chance.choice(ASKED)], ["m", "Yes"]]
        said += compare(Writer(chance, catalog).row(turns), catalog)
    for name in FINDS:
        assert said[f"{name} found"] > 200
        assert said[f"{name} found in Chinese"] > 20
        assert said[f"{name} doubts"] < said[f"{name} rows"] / 5


def each_text() -> Iterator[str]:
    """Texts at the edges of what the patterns take."""
    claim = "I have turned off the light"
    yield from (f"{claim}{chr(code)}" for code in range(1, 0x2FFF, 23))
    yield from (
        f"turn_off_light(a={chr(code)}" for code in (*range(1, 256), 0x3000, 0xFF1A, 0x4E00)
    )
    for size in (*range(36, 44), *range(56, 64), *range(76, 84)):
        yield f"if {'x' * size} {claim}"
        yield f"if{'.' * (size % 3)} {'x ' * (size // 2)}the light has been turned off{'y' * size}"
        yield f"not {'x' * size}turn_off_light()"
        yield f"the light {'x' * size} has been shut and light is has been just turned off now"
        yield f"{claim}{'y' * (2 * size)} 。"
        yield f"if{' x' * (size % 2)} {'x' * size}\n{claim}"
        yield f"the light has been paid {'x' * size} has been shut"
        yield f"I have turned off {'x' * (size + 50)} light"
        yield f'"name": "search"{" " * size}"arguments"'
        yield f"我在{'的' * (size % 20)}打开{'的' * (size % 16)}灯了"
    yield "I have paid I have turned off the light"
    yield "not Calling `search` not search() search()"
    yield "not Action: search() if only"
    for size in range(3900, 4010, 7):
        yield "x" * size + claim
        yield "字" * size + "。已为您关闭灯"
        yield "x" * (2 * size) + " turn_off_light()"
    for size in range(30):
        yield f"{'字' * size}已经成功{'房' * (size % 18)}预订了{'间' * size}酒店"
        yield f"我在{'的' * size}查询酒店{'了' * (size % 2)}已{'x' * size}"


@pytest.mark.parametrize("ending", ["", "\n", "?"])
def test_texts_at_the_edges_are_judged_as_python_does(ending: str) -> None:
    said = Counter[str]()
    for text in each_text():
        said += compare([["u", "Oslo"], ["m", text + ending]], LIGHT)
    assert said["claims.find found"] > 300 and said["meant.find found"] > 150


def test_a_long_text_of_many_marks_is_judged_as_python_does() -> None:
    for part in (
        "I have ",
        "x has been set ",
        "已经成功我在",
        "search(",
        "Calling search ",
        "search",
    ):
        said = compare([["u", "x"], ["m", part * 30_000]], LIGHT)
        assert said["claims.find doubts"] == said["meant.find doubts"] == 0, part
