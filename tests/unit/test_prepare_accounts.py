"""What `fctune prepare` prints: accounts in plain words, and what to do where nothing is left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fctune.cli.prepare import command
from fctune.errors import ProblemsFound
from tests.unit.conftest import WriteRows, call_row, chat_row


def refused(path: Path, **options: Any) -> ProblemsFound:
    """Run prepare on a file of which no row can be used; return the fault that ends it."""
    with pytest.raises(ProblemsFound) as fault:
        command([path], out_dir=path.parent / "data", **options)
    return fault.value


# Nothing kept


def test_where_nothing_is_kept_no_table_of_zeros_is_printed(
    tmp_path: Path, raw: WriteRows, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(raw("a.jsonl", [{"foo": 1}, {"foo": 2}]))
    said = capsys.readouterr().out
    assert said.startswith("2 rows read = 0 kept + 2 rejected + 0 deduplicated\n")
    assert "format-unknown" in said
    for word in ("split", "train", "tokens", "median", "repaired"):
        assert word not in said, word


def test_the_hint_is_that_of_the_commonest_code(tmp_path: Path, raw: WriteRows) -> None:
    unlisted = call_row("Oslo")
    unlisted["tools"] = []
    fault = refused(raw("a.jsonl", [{"foo": 1}, unlisted, unlisted | {"n": 1}]))
    assert fault.message == "none of 3 rows can be used; nothing was registered"
    assert fault.hint.startswith("call-unknown-tool rejects 2 rows: List the tool in the row or in")
    rejects = tmp_path / "data" / "a.rejects.jsonl"
    assert fault.hint.endswith(f"; all reasons: fctune inspect {rejects}")


def test_the_hint_names_the_file_that_was_read(tmp_path: Path, raw: WriteRows) -> None:
    path = tmp_path / "客服 1.jsonl"
    row = json.dumps(chat_row("订单在哪里"), ensure_ascii=False)
    path.write_bytes(row.encode("gb18030"))
    fault = refused(path, name="zh")
    assert fault.message.startswith("the only row cannot be used")
    assert f"iconv -f GB18030 -t UTF-8 '{path}' > NEW; all reasons" in fault.hint
    fault = refused(raw("b.jsonl", [{"foo": 1}]))
    assert f"`fctune prepare {tmp_path / 'b.jsonl'} --explain`" in fault.hint


def test_of_several_files_the_hint_names_none(tmp_path: Path, raw: WriteRows) -> None:
    files = [raw("a.jsonl", [{"foo": 1}]), raw("b.jsonl", [{"foo": 2}])]
    with pytest.raises(ProblemsFound) as fault:
        command(files, out_dir=tmp_path / "data")
    assert "`fctune prepare FILE --explain`" in fault.value.hint


def test_a_dry_run_fails_where_the_run_would(tmp_path: Path, raw: WriteRows) -> None:
    path = raw("a.jsonl", [{"foo": 1}])
    fault = refused(path, dry_run=True, max_reject_rate=1.0)
    assert "cannot be used" in fault.message
    assert fault.hint.endswith("all reasons: run it without --dry-run")
    assert "holds no rows" in refused(raw("b.jsonl", []), dry_run=True).message
    assert not (tmp_path / "data").exists()


def test_too_many_rejects_name_the_commonest_code(tmp_path: Path, raw: WriteRows) -> None:
    fault = refused(raw("a.jsonl", [chat_row("Hello"), {"foo": 1}, {"foo": 2}]))
    assert fault.message == "2 of 3 rows rejected, over the limit of 50%"
    assert fault.hint.startswith("format-unknown rejects 2 rows: See `fctune prepare")


def test_an_empty_file_is_named_with_a_command_that_shows_it(
    tmp_path: Path, raw: WriteRows, capsys: pytest.CaptureFixture[str]
) -> None:
    path = raw("a.jsonl", [])
    fault = refused(path)
    assert str(fault) == f"{path}: holds no rows; nothing was written"
    assert fault.hint == f"look at it: head -c 300 {path}"
    assert capsys.readouterr().out == ""


# Words


def test_one_row_is_told_in_the_singular(
    tmp_path: Path, raw: WriteRows, capsys: pytest.CaptureFixture[str]
) -> None:
    command([raw("a.jsonl", [chat_row("Hello")])], out_dir=tmp_path / "data")
    said = capsys.readouterr()
    assert said.out.startswith(
        "1 row read = 1 kept + 0 rejected + 0 deduplicated; 1 of the kept was repaired\n"
    )
    assert "from 1 row came out at none" in said.err


def test_codes_stand_by_how_many_rows_they_have(
    tmp_path: Path, raw: WriteRows, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [chat_row("Hello"), call_row("Oslo"), chat_row("Hi") | {"tools": "[["}]
    command([raw("a.jsonl", [*rows, {"foo": 1}, {"foo": 2}])], out_dir=tmp_path / "data",
            max_reject_rate=1.0)  # fmt: skip
    text = capsys.readouterr().out
    assert text.index("2  format-unknown") < text.index("1  tools-invalid")


def test_only_splits_that_were_asked_for_are_missed(
    tmp_path: Path, raw: WriteRows, capsys: pytest.CaptureFixture[str]
) -> None:
    path = raw("a.jsonl", [chat_row("Hello"), call_row("Oslo")])
    command([path], out_dir=tmp_path / "data", dev=0.0, test=0.0)
    assert "no rows in" not in capsys.readouterr().err
    command([path], out_dir=tmp_path / "data", dev=0.01, test=0.0)
    assert "no rows in dev: the draw of so small a share (dev 1%)" in capsys.readouterr().err


def test_a_large_group_is_named_where_it_takes_a_split(
    tmp_path: Path, raw: WriteRows, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [call_row(f"City{n}", question="Is it warm?") for n in range(4)]
    command([raw("a.jsonl", rows)], out_dir=tmp_path / "data")
    said = capsys.readouterr().err
    assert "the largest group of shared wordings holds 4 of 4 rows" in said


def test_a_file_of_which_nothing_was_kept_is_named(
    tmp_path: Path, raw: WriteRows, capsys: pytest.CaptureFixture[str]
) -> None:
    good, part = raw("a.jsonl", [chat_row("Hello")]), raw("b.jsonl", [chat_row("Hi"), {"foo": 1}])
    lost, empty = raw("客服.jsonl", [{"foo": 1}]), raw("c.jsonl", [])
    command([good, part, lost, empty], out_dir=tmp_path / "data", name="shop")
    said = capsys.readouterr().err
    assert f"warning: all rows of 1 file were rejected: {lost}\n" in said
    assert f"hint: fctune prepare '{lost}' --explain\n" in said


def test_explain_tells_rows_of_one_sign_together_and_what_rejects_most(
    tmp_path: Path, raw: WriteRows, capsys: pytest.CaptureFixture[str]
) -> None:
    path = raw("a.jsonl", [chat_row("Hello"), call_row("Oslo") | {"tools": []}, chat_row("Hi")])
    command([path], out_dir=tmp_path / "data", explain=True)
    said = capsys.readouterr().out
    assert f"\n{path}:1, :3: alpaca\n" in said
    assert "openai: 1 row with call-unknown-tool\n  next:    List the tool in the row" in said


def test_rows_that_may_be_cut_are_warned_of_where_there_are_many(
    tmp_path: Path, raw: WriteRows, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [chat_row("so " * 400), *(chat_row(f"Hello {n}") for n in range(8))]
    command([raw("a.jsonl", rows)], out_dir=tmp_path / "data", cutoff_len=200)
    assert "1 of 9 kept rows may be over the cutoff of 200 tokens" in capsys.readouterr().err
    rows += [chat_row(f"Good day {n}") for n in range(4)]
    command([raw("a.jsonl", rows)], out_dir=tmp_path / "data", cutoff_len=200)
    assert "over the cutoff" not in capsys.readouterr().err


def test_explain_tells_what_to_do_about_rows_that_cannot_be_read(
    tmp_path: Path, raw: WriteRows, capsys: pytest.CaptureFixture[str]
) -> None:
    path = raw("a.jsonl", [chat_row("Hello")])
    path.write_bytes(path.read_bytes() + "订单\n".encode("gb18030"))
    command([path], out_dir=tmp_path / "data", explain=True)
    said = capsys.readouterr().out
    assert f"{path}: 2 rows, 1 recognised, 0 not, 1 unreadable" in said
    assert f"unreadable: 1 row with file-not-utf8\n  first:   {path}:2: byte 0 is not UTF-8" in said
    assert f"iconv -f GB18030 -t UTF-8 {path} > NEW\n" in said
