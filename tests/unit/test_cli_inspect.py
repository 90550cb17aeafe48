"""`fctune inspect` as a user meets it: names, filters, rows, counts, faults in one sentence."""

from __future__ import annotations

import json
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fctune.cli.inspect import command
from fctune.cli.inspect_rows import View, print_row
from fctune.cli.output import out
from fctune.dataset.inspect.before import Sources
from fctune.dataset.inspect.place import find
from fctune.dataset.inspect.rows import Rows
from fctune.dataset.inspect.seen import Facts, seen_row
from fctune.dataset.inspect.select import Selection, searcher, selected
from fctune.dataset.registry import entry
from fctune.engine.rendered import Piece
from fctune.errors import InputFault, UsageFault
from fctune.jsonl import write_json
from fctune.jsonl.indexed import IndexedLines
from tests.unit.inspect_samples import HOSTILE, make_dataset


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_dataset(tmp_path)


Shown = Any


@pytest.fixture
def show(data: Path, capsys: pytest.CaptureFixture[str]) -> Shown:
    """Run the verb; return what it printed on stdout."""

    def run(dataset: str = "shop", **options: Any) -> str:
        command(dataset, folder=data, **options)
        return capsys.readouterr().out

    return run


def rows_of(text: str) -> list[str]:
    """Return the places of the rows in a JSON answer."""
    return [f"{row['split']}:{row['row']}" for row in json.loads(text)["rows"]]


# What is shown


def test_a_row_is_shown_with_roles_calls_and_results(show: Shown, data: Path) -> None:
    text = show(row="train:4")
    lines = text.splitlines()
    raw = data.parent / "raw" / "a.jsonl"
    assert lines == [
        f"train:4  from {raw}:4  parallel  [argument-ungrounded]  44 tokens",
        "  system  You help.",
        "  tools   look, 查询物流 (2; --tools shows them)",
        "  user    Oslo and Rome?",
        "  model   One moment.",
        '  call    look {"city": "Oslo"}',
        '  call    look {"city": "Rome"}',
        "  result  seven",
        "  result  eight",
        "  model   7 and 8.",
        "",
    ]


def test_tools_and_the_raw_row_on_request(show: Shown) -> None:
    text = show(row="train:1", tools=True, raw=True)
    assert '"description": "Look up a city."' in text
    assert "only in the raw row" in text
    assert "changed since" not in text


def test_hostile_marks_cannot_turn_the_terminal(show: Shown) -> None:
    text = show(row="train:5")
    assert HOSTILE in text
    assert "⟨U+202E⟩" in text
    assert not set(text) & {"\u202e", "\u200b", "\x1b"}


def test_rejected_rows_come_with_reason_and_hint(show: Shown) -> None:
    text = show(rejected=True, code="call-enum")
    assert "raw/a.jsonl:7  rejected  call-enum" in text
    assert "turns[1]: got" in text and "hint: Mend it." in text
    assert "call-type" not in text
    found = json.loads(show(rejected=True, json=True))["rejected"]
    assert [row["codes"] for row in found] == [["call-enum"], ["call-type"]]


def test_the_counts_are_the_default(show: Shown) -> None:
    text = show()
    assert text.startswith("shop: 8 rows (train 6, dev 1, test 1)\n")
    for part in (
        "12 rows read = 8 kept + 2 rejected + 2 exact duplicates; 2 of the kept were repaired",
        "grounding: 1 row has", "call-arguments-decoded", "查询物流", "near duplicates: ",
        "tokens per row, counted by the tokenizer",
    ):  # fmt: skip
        assert part in text, part
    value = json.loads(show(json=True))
    assert value["lessons"]["train"] == {"call": 3, "general": 2, "parallel": 1}
    assert value["codes"] == {
        "argument-ungrounded": {"train": 1}, "call-arguments-decoded": {"train": 1},
        "system-default": {"train": 1},
    }  # fmt: skip
    assert value["tokens"]["max"] == 46
    assert sum(bar["rows"] for bar in value["tools_per_row"]) == 8


# Filters


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"lesson": "parallel"}, ["train:4"]),
        ({"tool": "查询物流"}, ["train:3", "train:4", "test:1"]),
        ({"code": "system-default"}, ["train:5"]),
        ({"code": "system-*"}, ["train:5"]),
        ({"grep": "快递"}, ["train:3", "test:1"]),
        ({"grep": "OSLO AND"}, ["train:4"]),
        ({"grep": r"SF-\d+|^Hello", "regex": True}, ["train:2", "train:3", "dev:1", "test:1"]),
        ({"grep": "运输中", "split": "test"}, ["test:1"]),
        ({"split": "dev"}, ["dev:1"]),
        ({"lesson": "call", "tool": "look", "code": "system-default"}, ["train:5"]),
        ({"grep": "nowhere"}, []),
        ({"row": "test:1"}, ["test:1"]),
        ({"row": "2"}, ["train:2"]),
    ],
)
def test_filters(show: Shown, options: dict[str, Any], expected: list[str]) -> None:
    assert rows_of(show(json=True, **options)) == expected


@pytest.mark.parametrize(
    "words", ["快递", "Oslo", "a/b", 'say "hi"', "line one\nline two", "ﬁn", "é"]
)
@pytest.mark.parametrize("ascii_only", [False, True])
def test_words_are_found_however_json_writes_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: str, ascii_only: bool
) -> None:
    rows = [{"conversations": [{"from": "human", "value": text}, {"from": "gpt", "value": "x"}]}
            for text in ("other", f"so {words} so")]  # fmt: skip
    text = "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in rows)
    path = tmp_path / "a.jsonl"
    path.write_text(text.replace("/", r"\/"), encoding="utf-8")
    command(str(path), grep=words.upper(), json=True)
    assert rows_of(capsys.readouterr().out) == ["a:2"]


def test_a_sample_is_seeded_and_keeps_the_order(show: Shown) -> None:
    one = rows_of(show(sample=4, seed=1, json=True))
    assert one == rows_of(show(sample=4, seed=1, json=True))
    assert len(one) == 4
    every = rows_of(show(limit=0, raw=True, json=True))
    assert len(every) == 8
    assert one == [place for place in every if place in one]
    draws = {tuple(rows_of(show(sample=2, seed=seed, json=True))) for seed in range(20)}
    assert len(draws) > 5
    filtered = rows_of(show(sample=2, seed=3, tool="look", json=True))
    assert len(filtered) == 2
    assert set(filtered) <= {"train:1", "train:4", "train:5"}


def test_a_limit_says_that_there_is_more(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command("shop", folder=data, split="train", limit=6)
    assert "there are more" not in capsys.readouterr().err
    command("shop", folder=data, split="train", limit=5)
    said = capsys.readouterr()
    assert "5 rows shown, there are more" in said.err
    assert said.out.count("train:") == 5


def test_no_pattern_can_hang_the_search() -> None:
    search = searcher(r"(a+)+$", regex=True)
    begun = time.monotonic()
    assert not search("a" * 200_000 + "!")
    assert time.monotonic() - begun < 2
    for pattern in ("(", r"(a)\1", "(?=a)", "a{9999}{9999}"):
        with pytest.raises(UsageFault, match="bounded time"):
            searcher(pattern, regex=True)


# What is named


def test_a_manifest_a_file_and_a_registered_name(show: Shown, data: Path) -> None:
    whole = rows_of(show(sample=99, json=True))
    assert rows_of(show(str(data / "shop.manifest.json"), sample=99, json=True)) == whole
    for name in (str(data / "shop_train.jsonl"), "shop_train"):
        text = show(name, sample=99, json=True)
        assert rows_of(text) == [place for place in whole if place.startswith("train")]
        assert json.loads(text)["rows"][0]["codes"] == ["call-arguments-decoded"]
    assert show("shop_dev").startswith("shop: 1 row (dev 1)\nof the whole dataset: 12 rows read")


def test_any_sharegpt_or_alpaca_dataset_of_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chat = {"messages": [
        {"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello, 你好"}]}  # fmt: skip
    pair = {"instruction": "Add", "input": "1 2", "output": "3", "history": [["a", "b"]]}
    (tmp_path / "chat.json").write_text(json.dumps([chat, chat]))
    (tmp_path / "pairs.jsonl").write_text(json.dumps(pair) + "\n\nno json\n")
    tags = {"role_tag": "role", "content_tag": "content", "user_tag": "user",
            "assistant_tag": "assistant", "system_tag": "system"}  # fmt: skip
    columns = {"messages": "messages"}
    write_json(
        tmp_path / "dataset_info.json",
        {
            "chat": {"file_name": "chat.json", "formatting": "sharegpt", "columns": columns,
                     "tags": tags},
            "pairs": {"file_name": "pairs.jsonl"},
            "hub": {"hf_hub_url": "x/y"},
        },
    )  # fmt: skip
    command("chat", folder=tmp_path, row="2")
    text = capsys.readouterr().out
    assert "chat:2  general\n  system  Be kind.\n  user    Hi\n  model   Hello, 你好" in text
    command("pairs", folder=tmp_path, sample=9)
    text = capsys.readouterr().out
    assert "user    Add\n          1 2\n  model   3" in text
    assert "pairs:3" in text and "fault   not valid JSON" not in text
    assert "json-invalid" in text
    command("chat", folder=tmp_path)
    said = capsys.readouterr()
    assert "no manifest" in said.out
    assert "grounding" not in said.out
    with pytest.raises(InputFault, match="no local file"):
        command("hub", folder=tmp_path)


def test_without_a_sidecar_codes_are_unknown_and_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = make_dataset(tmp_path, sidecar=False)
    command("shop", folder=data, lesson="parallel", json=True)
    row = json.loads(capsys.readouterr().out)["rows"][0]
    assert (row["row"], row["origin"], row["codes"]) == (4, None, None)
    with pytest.raises(InputFault, match="codes of its rows are not known"):
        command("shop", folder=data, code="system-default")


# Faults


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"lesson": "cal"}, "--lesson 'cal'"),
        ({"split": "valid"}, "--split 'valid'"),
        ({"code": "sytem-default"}, "--code"),
        ({"code": "sytem-*"}, "--code"),
        ({"row": "train:x"}, "--row"),
        ({"row": "valid:1"}, "--row"),
        ({"regex": True}, "--regex without --grep"),
        ({"template": "qwen"}, "without --model"),
        ({"lang": "fr"}, "--lang"),
    ],
)
def test_words_that_no_row_has_are_usage(data: Path, options: dict[str, Any], found: str) -> None:
    with pytest.raises(UsageFault, match=found):
        command("shop", folder=data, **options)


def test_a_wrong_name_tells_the_nearest(data: Path) -> None:
    with pytest.raises(InputFault, match="expected a dataset's name") as fault:
        command("shp", folder=data)
    assert fault.value.hint == f"fctune inspect shop --dir {data}"
    with pytest.raises(InputFault, match="no row train:99; train has 6 lines"):
        command("shop", folder=data, row="train:99")


def test_a_damaged_sidecar_is_one_sentence(data: Path) -> None:
    for text in ("[1]\n", '{"a": 1}\n', "no\n"):
        (data / "shop.rows.jsonl").write_text(text)
        with pytest.raises(InputFault, match="not a sidecar of rows"):
            command("shop", folder=data)


# The parts


def test_lines_are_found_by_number(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes("一\n\r\n三".encode())
    index = IndexedLines(path)
    assert len(index) == 3
    assert list(index.lines([3, 0, 1, 9])) == [(3, "三".encode()), (1, "一\n".encode())]
    path.write_bytes(b"")
    assert len(IndexedLines(path)) == 0
    with pytest.raises(InputFault, match="no such file"):
        IndexedLines(tmp_path / "absent")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(0, 90_000) | st.sampled_from([0, 1, 65_534, 65_535, 65_536])),
    st.booleans(),
    st.randoms(),
)
def test_every_line_is_found_wherever_pieces_end(
    tmp_path: Path, lengths: list[int], ended: bool, random: Random
) -> None:
    lines = [bytes([97 + at % 26]) * length for at, length in enumerate(lengths)]
    whole = b"".join(line + b"\n" for line in lines)
    if not ended and lines:
        whole = whole[:-1] if lengths[-1] else whole
    path = tmp_path / "a.jsonl"
    path.write_bytes(whole)
    expected = whole.splitlines(keepends=True)
    numbers = list(range(1, len(expected) + 1))
    random.shuffle(numbers)
    index = IndexedLines(path)
    assert len(index) == len(expected)
    assert list(index.lines(numbers)) == [(n, expected[n - 1]) for n in numbers]


def test_damaged_rows_are_shown_as_they_are() -> None:
    default = entry("")
    call = {"from": "function_call", "value": "{no"}
    for value in (
        [],
        "text",
        {},
        {"conversations": [1, {"from": "critic"}]},
        {"conversations": [call], "tools": "{no"},
    ):
        row = seen_row(value, Facts("train", 1), default)
        assert row.fault or row.turns
        list(row.texts())
        assert isinstance(row.lesson, str)
        print_row(row, View())


def test_one_of_several_raw_rows_of_a_line_is_told_by_its_words(tmp_path: Path) -> None:
    data = make_dataset(tmp_path)
    raw = tmp_path / "raw" / "a.json"
    raw.write_text('[{"u": "How is Oslo?"}, {"u": "Hello there"}, {"u": "Hello there"}]')
    trail = data / "shop.rows.jsonl"
    lines = [json.loads(line) for line in trail.read_text().splitlines()]
    trail.write_text("".join(json.dumps({**one, "origin": f"{raw}:1"}) + "\n" for one in lines))
    place = find("shop", data)
    rows = list(selected(Rows(place), Selection(split="train")))
    found = Sources(place, verified=True).before(rows)
    assert found["train", 1].value == {"u": "How is Oslo?"}
    assert found["train", 2].missing == "several"


def test_the_mask_is_seen_with_and_without_colours(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = [Piece("user?", False, False, 2), Piece("Yes", True, False, 1),
              Piece("<end>", True, True, 1), Piece("\x1b[2J", False, False, 1)]  # fmt: skip
    row = next(selected(Rows(find("shop", data)), Selection()))
    view = View(render=lambda _: pieces)
    print_row(row, view)
    plain = capsys.readouterr().out
    assert "user?⟦Yes<end>⟧\\x1b[2J" in plain
    assert "-- 5 tokens, 2 trained; stop token <end> trained 1 time" in plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert out.coloured
    print_row(row, view)
    assert "\x1b[1;32mYes\x1b[0m\x1b[1;7;32m<end>\x1b[0m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    assert not out.coloured


def test_rows_as_the_engine_trains_them(
    data: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command("shop", folder=data, row="train:3", model=str(tiny_model))
    text = capsys.readouterr().out
    assert "<|im_start|>user\n我的快递 SF-100 到哪了？<|im_end|>" in text
    assert '⟦<tool_call>\n{"name": "查询物流", "arguments": {"单号": "SF-100"}}' in text
    assert "⟦您的快递正在运输中。<|im_end|>" in text
    assert "stop token <|im_end|> trained 2 times" in text
    command("shop", folder=data, row="train:3", model=str(tiny_model), mask_history=True, json=True)
    row = json.loads(capsys.readouterr().out)["rows"][0]
    assert [piece["trained"] for piece in row["rendered"]].count(True) == 3
    assert 0 < row["trained_tokens"] < row["tokens"]


def test_html_is_written_and_nothing_else_printed(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command("shop", folder=data, html=tmp_path / "out" / "p.html", lang="zh")
    said = capsys.readouterr()
    assert said.out == ""
    assert 'lang="zh"' in (tmp_path / "out" / "p.html").read_text()


def test_a_dataset_made_by_prepare_is_shown_whole(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from fctune.cli.prepare import command as prepare

    prepare([shared / "raw" / "sharegpt_glaive_lf"], name="real", out_dir=tmp_path / "data")
    capsys.readouterr()
    command("real", folder=tmp_path / "data", json=True)
    value = json.loads(capsys.readouterr().out)
    assert value["kept"] == sum(value["rows"].values()) > 400
    assert value["damaged"] == 0
    command("real", folder=tmp_path / "data", split="test", json=True, limit=0, raw=True)
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert rows and all(row["origin"] and row["lesson"] for row in rows)
    shown = [row for row in rows if row["raw"] is not None]
    assert len(shown) == len(rows)
    for row in shown:
        first = next(turn["text"] for turn in row["turns"] if turn["role"] == "user")
        assert first in [turn.get("value") for turn in row["raw"]["conversations"]]
