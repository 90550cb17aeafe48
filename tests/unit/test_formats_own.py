"""Formats that users bring: a mapping file, and a package; the examples are those of the docs."""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.conversations.draft import Draft
from fctune.conversations.formats import FORMATS, RawFormat
from fctune.conversations.own_format.load import load_mapped
from fctune.conversations.own_format.mapped import MappedFormat
from fctune.conversations.own_format.paths import Decoder, find, parse_path
from fctune.conversations.own_format.spec import FormatFile
from fctune.conversations.read import read_conversation
from fctune.conversations.registered import choose, format_of, formats, label
from fctune.conversations.turns import Conversation, ModelTurn, ResultTurn, UserTurn
from fctune.dataset.explain import explain
from fctune.dataset.sources import Reading, data_files, read_file
from fctune.errors import InputFault, UsageFault
from fctune.issues import Accepted, Origin, Rejected, Severity
from fctune.jsonl import parse_yaml
from fctune.tools.spec import ToolCall
from tests.unit.conftest import WriteRows, call_row, chat_row

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "own-format.md").read_text(encoding="utf-8")
ORIGIN = Origin("logs.jsonl", 1)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


SHOP, PAIRS = blocks("yaml")
ROW = json.loads(blocks("json")[0])
CALL = ToolCall("check_order", {"order": "SO-1"})
TURNS = (
    UserTurn("订单 SO-1 到哪了？"),
    ModelTurn("", (CALL,)),
    ResultTurn(('{"state": "shipped"}',)),
    ModelTurn("已发货。"),
)


def own(tmp_path: Path, text: str, name: str = "my_format.yaml") -> Any:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return choose(str(path))


def told(row: Any, choice: Any) -> tuple[Conversation | None, dict[str, str]]:
    verdict = read_conversation(row, ORIGIN, format=choice)
    found = {one.code: one.where for one in reversed(verdict.issues)}
    found.pop("system-default", None)
    return (verdict.value if isinstance(verdict, Accepted) else None), found


def mistakes(tmp_path: Path, text: str) -> str:
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputFault) as caught:
        load_mapped(path)
    assert caught.value.hint
    return f"{caught.value}\n{caught.value.hint}".replace(str(path), "FILE")


def test_the_example_of_the_docs_is_read_as_it_says(tmp_path: Path) -> None:
    kept, codes = told(ROW, own(tmp_path, SHOP))
    assert kept is not None and kept.turns == TURNS
    assert kept.system == "You are the assistant of a shop."
    assert codes == {
        "result-encoded": "log.dialog[2].out",
        "format-part-unread": "log.dialog[0].mood",
    }
    verdict = read_conversation(ROW, ORIGIN, format=own(tmp_path, SHOP))
    assert str(verdict.issues[-1]) in PAGE


def test_pairs_in_columns_of_a_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    action = '"{""tool"": ""look"", ""input"": {""city"": ""奥斯陆""}}"'
    path.write_text(
        "Customer question,Action,Action result,Reply\n"
        f"[城市] 天气?,{action},7 度,7 度。\nHi,,,Ho\n",
        encoding="utf-8",
    )
    verdicts = list(read_file(path, Reading(format=own(tmp_path, PAIRS))))
    assert isinstance(verdicts[1], Accepted) and len(verdicts[1].value.turns) == 2
    # Text that begins with a bracket stays text; the call is refused only as no tools are given.
    assert isinstance(verdicts[0], Rejected)
    assert {i.code for i in verdicts[0].issues if i.severity is Severity.ERROR} == {
        "call-unknown-tool"
    }


def test_what_is_wrong_in_a_row_has_its_real_place(tmp_path: Path) -> None:
    choice = own(tmp_path, SHOP)
    assert told({"log": {}}, choice) == (None, {"format-path-missing": "log.dialog"})
    assert told({"log": {"dialog": 5}}, choice) == (None, {"format-path-missing": "log.dialog"})
    turns = [{"who": "robot", "say": "x"}, {"say": "x"}, 7, {"who": "bot"}, {"who": 3, "say": ""}]
    _, codes = told({"log": {"dialog": turns}}, choice)
    assert codes == {
        "role-unknown": "log.dialog[0].who",
        "turn-invalid": "log.dialog[1]",
        "turn-not-text": "log.dialog[3]",
        "format-part-unread": "log.dialog[2]",
    }
    calling = {"log": {"dialog": [
        {"who": "customer", "say": "?"},
        {"who": "bot", "do": [{"with": {}}, {"fn": "f", "with": '{"a": NaN}'},
                              {"fn": "f", "with": "{a"}]},
    ]}}  # fmt: skip
    _, codes = told(calling, choice)
    assert codes["call-shape"] == "log.dialog[1].do[0]"
    assert codes["json-nan"] == "log.dialog[1].do[1].with"
    assert codes["call-invalid-json"] == "log.dialog[1].do[2].with"


def test_nothing_is_left_out_without_a_word(tmp_path: Path) -> None:
    choice = own(
        tmp_path,
        "turns: t\nrole: r\ntext: [a, b]\ncalls: {path: c, name: f}\nthought: z\n"
        "result: {text: o}\nroles: {u: user, m: model, o: result}\nignore: [id]\n",
    )
    turns = [
        {"r": "u", "a": "Hi", "b": "Ho", "c": [{"f": "x"}]},
        {"r": "m", "a": "Yes", "b": "Yes", "z": "hm", "extra": None, "more": []},
        {"r": "u", "a": "Hi", "b": "Ho"},
        {"r": "m", "a": "No"},
    ]
    verdict = read_conversation({"t": turns, "id": 7, "v.1": 2}, ORIGIN, format=choice)
    assert isinstance(verdict, Accepted)
    unread = {i.where: i.message for i in verdict.issues if i.code == "format-part-unread"}
    assert unread == {
        "t[0].b": "no path of my_format reads t[*].b, 2 times in this row",
        "t[0].c": "no path of my_format reads t[*].c",
        '["v.1"]': 'no path of my_format reads ["v.1"]',
    }
    assert [i.where for i in verdict.issues if i.code == "thought-removed"] == ["t[1].z"]


@pytest.mark.parametrize(
    ("text", "turn"),
    [
        ("calls: {name: fn, arguments: with}",
         {"who": "c", "fn": "look", "with": {"city": "北京"}}),
        ("", {"who": "c", "say": '{"name": "look", "arguments": {"city": "北京"}}'}),
        ("calls: do", {"who": "m", "do": {"name": "look", "parameters": {"city": "北京"}}}),
        ("calls: do.list[*]", {"who": "m", "do": {"list": ['{"name": "look", "arguments": "{'
            '\\"city\\": \\"北京\\"}"}']}}),
        ("calls: {path: do, name: api.name, arguments: api.args}",
         {"who": "m", "do": '[{"api": {"name": "look", "args": {"city": "北京"}}}]'}),
        ("calls: {path: do, result: out}",
         {"who": "m", "do": {"name": "look", "arguments": {"city": "北京"}, "out": "7"}}),
    ],
)  # fmt: skip
def test_calls_stand_where_the_file_says(tmp_path: Path, text: str, turn: dict[str, Any]) -> None:
    head = "turns: t\nrole: who\ntext: say\nroles: {u: user, m: model, c: call, r: result}\n"
    choice = own(tmp_path, f"{head}tools: tools\n{text}\n")
    row = {"t": [{"who": "u", "say": "天气?"}, turn], "tools": call_row("x")["tools"]}
    if "result" not in text:
        row["t"].append({"who": "r", "say": "7"})
    row["t"].append({"who": "m", "say": "7 度。"})
    kept, codes = told(row, choice)
    assert kept is not None, codes
    assert kept.turns[1:] == (
        ModelTurn("", (ToolCall("look", {"city": "北京"}),)),
        ResultTurn(("7",)),
        ModelTurn("7 度。"),
    )
    assert "format-part-unread" not in codes and "call-arguments-decoded" not in codes


def test_several_conversations_in_a_row_have_their_own_places(
    tmp_path: Path, raw: WriteRows
) -> None:
    choice = own(
        tmp_path,
        "expand: days[*].talks\nturns: t\nrole: w\ntext: s\nsystem: prompt\n"
        "roles: {u: user, m: model}\n",
    )
    talk = {"t": [{"w": "u", "s": "Hi"}, {"w": "m", "s": "Ho"}]}
    bad = {"t": [{"w": "u", "s": "Hi"}, {"w": "x", "s": "Ho"}], "note": 1}
    row = {"days": [{"talks": [talk]}, {"talks": [bad, 5]}], "prompt": "你好", "shop": 7}
    verdicts = list(read_file(raw("a.jsonl", [row, talk]), Reading(format=choice)))
    assert [isinstance(one, Accepted) for one in verdicts] == [True, False, False, True]
    assert isinstance(verdicts[0], Accepted) and verdicts[0].value.system == "你好"
    assert [i.where for i in verdicts[0].issues] == ["shop"]
    places = {i.code: i.where for i in verdicts[1].issues}
    assert places["role-unknown"] == "days[1].talks[0].t[1].w"
    assert places["format-part-unread"] == "days[1].talks[0].note"
    assert isinstance(verdicts[1], Rejected) and json.loads(json.dumps(verdicts[1].raw)) == bad
    assert verdicts[2].issues[0].code == "json-not-object"


def test_rows_are_told_apart_by_when(tmp_path: Path) -> None:
    text = f"{SHOP}when: {{equals: {{source: shop, beta: true}}, exists: log.dialog}}\n"
    choice = own(tmp_path, text)
    assert isinstance(choice, tuple)
    for row, name in [
        ({**ROW, "beta": True}, "shop_bot"),
        ({**ROW, "beta": 1}, None),
        ({"source": "shop", "beta": True, "messages": call_row("Oslo")["messages"]}, "openai"),
        (chat_row("Hi"), "alpaca"),
    ]:
        found = format_of(row, choice)
        assert (found.name if found else None) == name
    assert label(choice).startswith("shop_bot@") and label(choice).endswith("+auto")
    assert label(choice) != label(own(tmp_path, text.replace("text: say", "text: said")))


def test_explain_tells_what_is_read_and_what_is_not(tmp_path: Path, raw: WriteRows) -> None:
    path = raw("logs.jsonl", [ROW, {"log": {}}, ROW])
    said = explain(path, Reading(format=own(tmp_path, SHOP)))
    assert (said.formats["shop_bot"].rows, said.formats["shop_bot"].kept) == (3, 2)
    assert said.formats["shop_bot"].codes == {"format-path-missing": 1}
    assert said.formats["shop_bot"].unread == {"log.dialog[*].mood": 2}
    assert said.samples[0].decided == {"log": {"dialog": []}} and said.samples[1].decided is None
    assert said.signs["shop_bot"] == f"what {tmp_path / 'my_format.yaml'} says"
    mixed = own(tmp_path, f"{SHOP}when: {{exists: [log]}}\n")
    said = explain(raw("mixed.jsonl", [chat_row("Hi"), ROW]), Reading(format=mixed))
    assert list(said.formats) == ["alpaca", "shop_bot"]
    assert said.samples[0].tried[0] == "shop_bot"


def test_every_mistake_of_a_file_is_told_with_its_line(tmp_path: Path) -> None:
    text = mistakes(
        tmp_path,
        """\
name: 我的
turns: log..dialog
rle: who
roles:
  customer: usr
text: [say, 3]
calls: {path: do, nme: fn}
system: You are a bot.
when: {equals: {a: [1]}}
""",
    )
    for line in (
        'FILE:1: got name: "我的", expected letters',
        "FILE:2: turns: got 'log..dialog', expected a path such as",
        "FILE:3: unknown key rle\n    hint: did you mean role?",
        'FILE:5: got roles.customer: "usr", expected user, model',
        "hint: did you mean user?",
        "FILE:6: text[1]: expected a path as text",
        "FILE:7: unknown key calls.nme\n    hint: did you mean name?",
        "FILE:8: system: got a sentence, expected a path; write {text: 'You are a bot.'}",
        "FILE:9: when.equals.a: expected text, a number, true or false",
        "docs/own-format.md",
    ):
        assert line in text, text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "got no mapping"),
        ("[1]", "got no mapping"),
        ("{}", "no turns and no pairs"),
        ("turns: t", "turns without role"),
        ("turns: t\nrole: r", "turns without text"),
        ("turns: t\nrole: r\ntext: s\nroles: {a: user}", "FILE:4: no role is model or call"),
        ("pairs: {user: q}\ntext: s", "FILE:2: text beside pairs is never read"),
        ("pairs: {answer: q}", "no pairs.user"),
        ("pairs: {user: q, answer: a}\ncalls: {name: f}", "calls without path"),
        ("turns: t\nturns: s", "key 'turns' a second time"),
        ("turns: !!python/name:os.system\nrole: r\ntext: s", "expected plain values"),
        ("turns: [", "not valid YAML"),
    ],
)
def test_files_that_cannot_be_meant(tmp_path: Path, text: str, message: str) -> None:
    assert message in mistakes(tmp_path, text)


def test_a_name_that_is_taken_or_unknown(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="that of another format") as fault:
        own(tmp_path, SHOP.replace("shop_bot", "alpaca"))
    assert fault.value.hint == "write name: my_alpaca"
    with pytest.raises(UsageFault, match="alpca") as fault:
        choose("alpca")
    assert fault.value.hint == "--format alpaca"
    with pytest.raises(InputFault, match="no such file"):
        choose(str(tmp_path / "absent.yaml"))
    json_file = own(tmp_path, json.dumps({"turns": "t", "role": "r", "text": "s"}), "我 a.json")
    assert isinstance(json_file, RawFormat) and json_file.name == "a"
    with pytest.raises(InputFault, match="no name can be made") as named:
        own(tmp_path, SHOP.replace("name: shop_bot\n", ""), "1.yaml")
    assert named.value.hint == "add: name: my_format"


def test_built_in_formats_alone_cost_nothing() -> None:
    assert choose(None) is None
    assert formats() == FORMATS
    assert choose("openai") is next(one for one in FORMATS if one.name == "openai")


def test_an_own_format_goes_to_other_processes(tmp_path: Path) -> None:
    choice = pickle.loads(pickle.dumps(own(tmp_path, SHOP)))
    kept, _ = told(ROW, choice)
    assert kept is not None and kept.turns == TURNS


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("a.b[1]", {"a": {"b": [1, 2]}}, [("a.b[1]", 2)]),
        ("a[*].b", {"a": [{"b": 1}, {}, {"b": None}, {"b": 2}]}, [("a[0].b", 1), ("a[3].b", 2)]),
        ('["x.y"].客户', {"x.y": {"客户": "张"}}, [('["x.y"].客户', "张")]),
        ("a b", {"a b": 1}, [('["a b"]', 1)]),
        ("a.b", {"a": '{"b": 5}'}, [("a.b", 5)]),
        ("a.b", {"a": '{"b": 5'}, []),
        ("a[0]", {"a": "text"}, []),
        (".", 5, [("", 5)]),
    ],
)
def test_paths(path: str, value: Any, found: list[tuple[str, Any]]) -> None:
    assert [(f.where, f.value) for f in find(parse_path(path), value, "", Decoder())] == found


@pytest.mark.parametrize("path", ["", "a.", ".a", "a..b", "a[", "a[-1]", "a[x]", "[*]a", "a.[0]",
                                  "a*", "a.b" * 20, "x[99999999]"])  # fmt: skip
def test_paths_that_are_none(path: str) -> None:
    with pytest.raises(ValueError, match="expected a path"):
        parse_path(path)


KEYS = st.sampled_from(["t", "w", "s", "c", "f", "a", "o", "n", "p", "u", "m", "r", "k", "x.y", ""])
WORDS = st.sampled_from(
    ["u", "m", "r", "k", "s", "", "你好", '{"f": "x"}', "[1", '[{"w": "m"}]', "\ud83d"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
TURN = st.fixed_dictionaries({"w": WORDS}, optional=dict.fromkeys("scfaon", VALUES))
ROWS = st.dictionaries(KEYS, VALUES, max_size=5) | st.fixed_dictionaries(
    {"t": st.lists(TURN, max_size=6)}, optional={"p": VALUES, "k": VALUES}
)
FILES = [
    "turns: t\nrole: w\ntext: [s, a]\nroles: {u: user, m: model, r: result, k: call, s: system}\n"
    "calls: {path: c, name: f, arguments: a, id: n, result: o}\nresult: {text: o, id: n}\n"
    "tools: p\nthought: n\nsystem: {path: k, text: Hi}\n",
    "expand: t\nturns: c\nrole: w\ntext: s[*].a\ncalls: c[*].f\nsystem: p\ntools: x\n",
    "pairs: {user: s, answer: a}\nturns: t\ncalls: {path: c, result: o}\nresult: o\nignore: [k]\n",
    "pairs:\n  user: p[0]\n  answer: t[*].s\n"
    "when: {exists: [t], equals: {k: true}}\nresult: o[*]\n",
    "turns: .\nrole: w\ntext: .\nroles: {u: user, m: call}\ncalls: {name: f}\n",
]


@cache
def fuzzed(text: str) -> MappedFormat:
    return MappedFormat("fuzzed", FormatFile.model_validate(parse_yaml(text, "fuzzed.yaml")))


@given(ROWS, st.sampled_from(FILES))
@settings(deadline=None, max_examples=300)
def test_no_row_raises_and_all_of_it_is_accounted_for(row: dict[str, Any], text: str) -> None:
    known = fuzzed(text)
    assert known.detect(row) in (True, False)
    one_format = RawFormat("fuzzed", known.detect, known.read)
    for part in known.expand(row):
        verdict = read_conversation(part, ORIGIN, format=one_format)
        for found in verdict.issues:
            assert json.dumps(found.as_dict())
        if isinstance(verdict, Rejected):
            assert any(found.severity is Severity.ERROR for found in verdict.issues)


@given(st.text(max_size=30) | st.text("ab.[]*0\"'", max_size=12))
def test_no_text_of_a_path_raises_another_fault(text: str) -> None:
    try:
        path = parse_path(text)
    except ValueError:
        return
    found = find(path, {"a": {"b": [{"a": 1}]}}, "", Decoder())
    assert all(parse_path(one.where) for one in found if one.where and "*" not in text)


PACKAGE = blocks("python")[0]
BROKEN = "from fctune.conversations.formats import RawFormat\n"


def install(folder: Path, name: str, code: str, target: str | None = None) -> None:
    """Lay a package out as an installer does: its module, and the metadata beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}_format.py").write_text(code, encoding="utf-8")
    info = folder / f"{name}_format-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-format\nVersion: 1.0\n")
    entry = target or f"{name}_format:FORMAT"
    (info / "entry_points.txt").write_text(f"[fctune.formats]\n{name} = {entry}\n")


def fctune(folder: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.path.insert(0, {str(folder)!r})\n"
    code += "from fctune.cli.main import run; run()"
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


PROBE = """
import json, pickle, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from fctune.conversations.registered import choose, formats
from fctune.dataset.explain import explain
from fctune.dataset.sources import Reading, read_file
from fctune.errors import FctuneError
try:
    choice = choose(sys.argv[3] or None)
except FctuneError as fault:
    print(json.dumps([type(fault).__name__, str(fault), fault.hint]))
    raise SystemExit
choice = pickle.loads(pickle.dumps(choice))
reading = Reading(format=choice)
verdicts = list(read_file(Path(sys.argv[2]), reading))
told = explain(Path(sys.argv[2]), reading)
print(json.dumps({
    "names": [one.name for one in formats()][:2],
    "kept": [type(one).__name__ for one in verdicts],
    "issues": [[f"{i.code}: {i.message}" for i in one.issues] for one in verdicts],
    "formats": {name: taken.rows for name, taken in told.formats.items()},
}))
"""


def probe(folder: Path, data: Path, name: str = "") -> Any:
    command = [sys.executable, "-c", PROBE, str(folder), str(data), name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_package_of_the_docs_is_asked_first(tmp_path: Path, raw: WriteRows) -> None:
    folder = tmp_path / "site"
    install(folder, "shop_bot", PACKAGE)
    turns = [{"who": "customer", "say": "你好"}, {"who": "bot", "say": "Hello!"}]
    data = raw("a.jsonl", [{"dialog": turns}, chat_row("Hi"), {"dialog": [{"say": "x"}]}])
    found = probe(folder, data)
    assert found["names"][0] == "shop_bot"
    assert found["kept"] == ["Accepted", "Accepted", "Rejected"]
    assert found["formats"] == {"shop_bot": 2, "alpaca": 1}
    assert found["issues"][2][0] == (
        "format-plugin-failed: read of the format shop_bot (package shop_bot-format) raised "
        "KeyError: 'who'"
    )
    assert probe(folder, data, "shop_bot")["kept"] == ["Accepted", "Rejected", "Rejected"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def FORMAT_(): pass\ndef detect(row): return row['x']\ndef read(row): 1 / 0\n",
         "detect of the format bad (package bad-format) raised KeyError: 'x'"),
        ("def detect(row): return True\ndef read(row): return {'turns': []}\n",
         "read of the format bad (package bad-format) raised TypeError: got dict, "
         "expected a Draft"),
        ("def detect(row): return True\ndef read(row): raise SystemExit(3)\n", "SystemExit: 3"),
        ("from fctune.conversations.draft import Draft, DraftTurn\n"
         "def detect(row): return True\n"
         "def read(row): return Draft(turns=[DraftTurn('me', '', 5)])\n",
         "expected a DraftTurn of text"),
        ("def detect(row): return True\ndef read(row): return read(row)\n", "RecursionError"),
        ("class Odd(Exception):\n    def __str__(self): raise ValueError\n"
         "def detect(row): raise Odd\ndef read(row): pass\n", "raised Odd: "),
    ],
)  # fmt: skip
def test_what_raises_on_a_row_rejects_it(
    tmp_path: Path, raw: WriteRows, code: str, message: str
) -> None:
    install(tmp_path / "site", "bad", BROKEN + code + "FORMAT = RawFormat('bad', detect, read)\n")
    found = probe(tmp_path / "site", raw("a.jsonl", [chat_row("Hi"), chat_row("Ho")]))
    assert found["kept"] == ["Rejected", "Rejected"]
    assert all(message in issues[0] for issues in found["issues"]), found["issues"]


def test_an_expand_that_raises_rejects_the_row(tmp_path: Path, raw: WriteRows) -> None:
    code = f"{PACKAGE}\ndef expand(row): return row['absent']\n"
    code += "FORMAT = RawFormat('shop_bot', detect, read, expand)\n"
    install(tmp_path / "site", "shop_bot", code)
    turns = [{"who": "customer", "say": "Hi"}, {"who": "bot", "say": "Hello!"}]
    found = probe(tmp_path / "site", raw("a.jsonl", [{"dialog": turns}]))
    assert found["kept"] == ["Rejected"] and "expand of the format" in found["issues"][0][0]


@pytest.mark.parametrize(
    ("code", "target", "message"),
    [
        ("import absent_package\n", None,
         "cannot be loaded from bad_format:FORMAT: ModuleNotFound"),
        ("FORMAT = 5\n", None, "has int at bad_format:FORMAT, expected a RawFormat"),
        ("raise SystemExit\n", None, "cannot be loaded"),
        ("", "bad_format:ABSENT", "AttributeError"),
        (BROKEN + "FORMAT = RawFormat('openai', id, id)\n", None,
         "brings a format named openai, as fctune does"),
        (BROKEN + "FORMAT = RawFormat('a.yaml', id, id)\n", None, "has no usable RawFormat"),
        (BROKEN + "FORMAT = RawFormat('ok', 5, id)\n", None, "has no usable RawFormat"),
    ],
)  # fmt: skip
def test_a_broken_package_is_named(
    tmp_path: Path, raw: WriteRows, code: str, target: str | None, message: str
) -> None:
    install(tmp_path / "site", "bad", code, target)
    kind, said, hint = probe(tmp_path / "site", raw("a.jsonl", [chat_row("Hi")]))
    assert kind == "EnvironmentFault"
    assert "the package bad-format" in said and message in said
    assert hint == "pip install --upgrade bad-format, or pip uninstall bad-format"


def test_two_packages_with_one_name(tmp_path: Path, raw: WriteRows) -> None:
    for name in ("one", "two"):
        code = BROKEN + "FORMAT = RawFormat('same', lambda row: False, lambda row: None)\n"
        install(tmp_path / "site", name, code)
    kind, said, _ = probe(tmp_path / "site", raw("a.jsonl", [chat_row("Hi")]))
    assert kind == "EnvironmentFault" and "named same, as one-format does" in said


def test_the_command_takes_a_format_file(tmp_path: Path, raw: WriteRows) -> None:
    (tmp_path / "my_format.yaml").write_text(SHOP, encoding="utf-8")
    rows = [json.loads(json.dumps(ROW).replace("SO-1", f"SO-{n}")) for n in range(40)]
    raw("logs.jsonl", [*rows, {"log": {}}])
    words = ["prepare", "logs.jsonl", "--format", "my_format.yaml"]
    done = fctune(tmp_path, *words, "--name", "shop", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "data" / "shop.manifest.json").read_text())
    assert (manifest["read"], manifest["kept"], manifest["rejected"]) == (41, 40, 1)
    assert manifest["rejects_by_code"] == {"format-path-missing": 1}
    assert manifest["warnings_by_code"]["format-part-unread"] == 40
    assert re.fullmatch(r"shop_bot@[0-9a-f]{12}", manifest["settings"]["format"])
    refused = fctune(tmp_path, *words, "--switch", "format-part-unread=reject", cwd=tmp_path)
    assert refused.returncode in (1, 3) and "Traceback" not in refused.stderr
    done = fctune(tmp_path, *words, "--explain", cwd=tmp_path)
    assert "shop_bot: no path reads\n  log.dialog[*].mood: in 40 rows" in done.stdout
    (tmp_path / "my_format.yaml").write_text(SHOP.replace("turns:", "turn:"), encoding="utf-8")
    done = fctune(tmp_path, *words, "--explain", cwd=tmp_path)
    assert done.returncode == 3
    assert "my_format.yaml:2: unknown key turn" in done.stderr
    assert "hint: did you mean turns?" in done.stderr


def test_a_broken_package_stops_the_command(tmp_path: Path, raw: WriteRows) -> None:
    install(tmp_path / "site", "bad", "raise RuntimeError('gone')\n")
    raw("a.jsonl", [chat_row("Hi")])
    done = fctune(tmp_path / "site", "prepare", "a.jsonl", cwd=tmp_path)
    assert done.returncode == 4 and "Traceback" not in done.stderr
    assert "the package bad-format cannot be loaded" in done.stderr
    assert "pip uninstall bad-format" in done.stderr


def test_a_package_costs_other_verbs_nothing(tmp_path: Path) -> None:
    install(tmp_path / "site", "bad", "raise RuntimeError\n")
    done = fctune(tmp_path / "site", "prepare", "--help", cwd=tmp_path)
    assert done.returncode == 0 and "RuntimeError" not in done.stderr


def test_a_draft_of_a_built_in_kind_is_unchanged() -> None:
    assert Draft().turns == [] and label(None) == "auto" and label("openai") == "openai"


LISTS = {
    "sharegpt_glaive_lf": (
        "turns: conversations\nrole: from\ntext: value\ntools: tools\n"
        "roles: {human: user, gpt: model, function_call: call, observation: result}\n",
        591,
    ),
    "openai_toolcalls_taubench": (
        "turns: traj\nrole: role\ntext: content\n"
        "roles: {user: user, assistant: model, tool: result, system: system}\n"
        "calls:\n  path: tool_calls\n  name: function.name\n  arguments: function.arguments\n"
        "  id: id\nresult: {text: content, id: tool_call_id}\n"
        "ignore: [task_id, reward, info, trial]\n",
        0,
    ),
}


@pytest.mark.parametrize("folder", LISTS)
def test_real_rows_are_read_as_the_built_in_readers_do(
    tmp_path: Path, shared: Path, folder: str
) -> None:
    text, least = LISTS[folder]
    choice, kept = own(tmp_path, text), 0
    for path in data_files([shared / "raw" / folder]):
        pairs = zip(
            read_file(path, Reading()), read_file(path, Reading(format=choice)), strict=True
        )
        for built_in, ours in pairs:
            assert type(built_in) is type(ours)
            if isinstance(built_in, Accepted) and isinstance(ours, Accepted):
                assert built_in.value == ours.value
                kept += 1
            else:
                assert errors_of(built_in) == errors_of(ours)
    assert kept >= least


def errors_of(verdict: Any) -> set[str]:
    return {one.code for one in verdict.issues if one.severity is Severity.ERROR}


def test_an_own_format_reads_thousands_of_rows_a_second(tmp_path: Path) -> None:
    known = own(tmp_path, SHOP)
    start = time.perf_counter()
    for _ in range(500):
        known.read(ROW)
    assert (time.perf_counter() - start) / 500 < 0.005
