"""Cases: one for each model turn, prompts as the dataset writes them, no row lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fctune.errors import InputFault
from fctune.evaluation.cases.by_content import read_any_cases
from fctune.evaluation.cases.case_set import read_cases

from .evaluation_samples import CATALOG, TOOLS, call, sharegpt_row, write_split


def test_one_case_for_each_model_turn(tmp_path: Path) -> None:
    path = write_split(tmp_path / "test.jsonl", ["A1", "A2"])
    case_set = read_cases(path)
    assert len(case_set.cases) == 6
    first, second, third = case_set.cases[:3]
    assert [one.id.split("#")[1] for one in (first, second, third)] == ["1", "3", "5"]
    assert len({one.group for one in case_set.cases}) == 2
    assert first.calls == (call("track", id="A1"),)
    assert (first.mode, second.mode, second.text) == ("call", "no_call", "It is in Oslo.")
    assert [message["role"] for message in second.messages] == ["user", "function", "observation"]
    assert third.origin.line == 1
    assert first.catalog == CATALOG


def test_the_prompt_is_that_of_the_written_row(tmp_path: Path) -> None:
    row = sharegpt_row("A1")
    last = read_cases(write_split(tmp_path / "test.jsonl", ["A1"])).cases[-1]
    assert [m["content"] for m in last.messages] == [t["value"] for t in row["conversations"][:-1]]
    assert (last.system, last.tools) == (row["system"], row["tools"])


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    path = tmp_path / "test.jsonl"
    broken = {**sharegpt_row("A9"), "conversations": [{"from": "gpt", "value": "hello"}]}
    rows = [sharegpt_row("A1"), sharegpt_row("A1"), broken, sharegpt_row("A2")]
    text = "".join(f"{json.dumps(row)}\n" for row in rows) + "{half\n"
    path.write_text(text, encoding="utf-8")
    case_set = read_cases(path)
    account = case_set.account()
    assert (case_set.rows, case_set.conversations, case_set.duplicates) == (5, 2, 1)
    assert [str(row.origin) for row in case_set.rejected] == [f"{path}:3", f"{path}:5"]
    assert account["rejected_by_code"] == {"json-invalid": 1, "role-order": 1}


@pytest.mark.parametrize("text", ["", "{half\n", '{"conversations": []}\n'])
def test_a_split_without_a_case_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "test.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputFault) as caught:
        read_cases(path)
    assert str(path) in caught.value.where


def no_case(path: Path) -> tuple[str, str]:
    """Return what is told of a file that gives no case, and the hint."""
    with pytest.raises(InputFault) as caught:
        read_any_cases(path)
    return caught.value.message, caught.value.hint


def test_rows_that_share_one_trouble_get_its_hint_with_the_files_name(tmp_path: Path) -> None:
    path = tmp_path / "订单 1.jsonl"
    rows = [sharegpt_row("订单"), sharegpt_row("上海")]
    lines = [f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows]
    path.write_bytes("".join(lines).encode("gb18030"))
    message, hint = no_case(path)
    assert message.startswith("gives no case: 2 of 2 rows are rejected, the first with byte ")
    to = path.with_name("utf8_订单 1.jsonl")
    assert hint == f"iconv -f GB18030 -t UTF-8 '{path}' > '{to}'"
    bare = {**rows[0], "tools": "[]"}
    path.write_text("".join(f"{json.dumps(bare | {'id': key})}\n" for key in "abc") + "{half\n")
    assert no_case(path)[1] == "add --tools FILE, if their tools lie in another file"
    path.write_text("{half\n{half\n" + json.dumps(bare))
    assert no_case(path)[1] == "give a split that `fctune prepare` wrote"


def test_a_file_that_is_no_split_is_told_as_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "shop.manifest.json"
    files = {"shop_train": {"file": "shop_train.jsonl"}, "shop_test": {"file": "shop_test.jsonl"}}
    path.write_text(json.dumps({"fctune_version": "0.1.0", "files": files}))
    message, hint = no_case(path)
    assert message.startswith("gives no case: its only row is rejected with got the keys ")
    assert hint == f"that is a manifest; its test split is {tmp_path / 'shop_test.jsonl'}"
    path.write_text('{"name": "look"}')
    assert no_case(path)[1].endswith(f"fctune prepare {path} --explain")
    path.write_text("")
    assert no_case(path)[1] == "give a split that `fctune prepare` wrote"


def test_a_test_set_that_cannot_be_read_names_those_that_can(tmp_path: Path) -> None:
    path = tmp_path / "data_special_incomplete.jsonl"
    row = {"id": "special_incomplete_0", "question": "user: Book it.\n", "function": TOOLS}
    path.write_text(f"{json.dumps(row)}\n", encoding="utf-8")
    for read in (read_cases, read_any_cases):
        with pytest.raises(InputFault) as caught:
            read(path)
        assert "[test-set-row]" not in caught.value.message
        assert "[row-without-answer]" in caught.value.message
        for name in ("BFCL", "When2Call", "xLAM", "ACEBench", "group_by(.id)"):
            assert name in caught.value.hint


def test_samples_are_drawn_by_seed_half_with_calls_and_nested(tmp_path: Path) -> None:
    case_set = read_cases(write_split(tmp_path / "t.jsonl", [f"B{n}" for n in range(20)]))
    small, big = case_set.sample(10, 1), case_set.sample(30, 1)
    assert sum(bool(one.calls) for one in small.cases) == 5
    assert sum(bool(one.calls) for one in big.cases) == 15
    assert {one.id for one in small.cases} <= {one.id for one in big.cases}
    assert small.cases == case_set.sample(10, 1).cases
    assert small.cases != case_set.sample(10, 2).cases
    assert len(case_set.sample(55, 1).cases) == 55  # 20 calls are all there are
    assert case_set.sample(60, 1).cases == case_set.cases == case_set.sample(999, 1).cases
    assert [one.id for one in big.cases] == [one.id for one in case_set.cases if one in big.cases]
