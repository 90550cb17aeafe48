"""`fctune prepare` on the mistakes that people make: one sentence, before any work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fctune.cli.prepare import command
from fctune.errors import InputFault, ProblemsFound, UsageFault
from tests.unit.conftest import WriteRows, call_row, chat_row


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"over_long": "window"}, "without --model"),
        ({"template": "qwen3_nothnk"}, "--template"),
        ({"max_reject_rate": 1.5}, "--max-reject-rate"),
        ({"max_reject_rate": float("nan")}, "--max-reject-rate"),
        ({"dev": float("nan")}, "got dev nan"),
        ({"test": float("nan")}, "test nan"),
        ({"name": "shop\n"}, "dataset name"),
    ],
)
def test_options_that_cannot_be_meant_are_usage(
    tmp_path: Path, raw: WriteRows, options: dict[str, Any], found: str
) -> None:
    path = raw("a.jsonl", [call_row("Oslo")])
    with pytest.raises(UsageFault, match=found):
        command([path], out_dir=tmp_path / "data", **options)
    assert not (tmp_path / "data").exists()


def test_an_unknown_template_is_told_the_nearest(tmp_path: Path, raw: WriteRows) -> None:
    with pytest.raises(UsageFault) as fault:
        command([raw("a.jsonl", [])], out_dir=tmp_path / "data", template="qwen3_nothnk")
    assert fault.value.hint == "--template qwen3_nothink"


def test_an_unusable_out_is_told_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputFault, match="cannot be made"):
        command([tmp_path / "absent.jsonl"], out_dir=tmp_path / "file")


def test_a_chinese_file_name_gives_the_name_dataset(tmp_path: Path, raw: WriteRows) -> None:
    command([raw("客服.jsonl", [call_row("Oslo")])], out_dir=tmp_path / "data")
    assert (tmp_path / "data" / "dataset_train.jsonl").exists()


def test_warnings_stand_on_stderr_beside_json(
    tmp_path: Path, raw: WriteRows, capsys: pytest.CaptureFixture[str]
) -> None:
    command([raw("a.jsonl", [chat_row("Hello there")])], out_dir=tmp_path / "data", json=True)
    printed = capsys.readouterr()
    assert json.loads(printed.out)["kept"] == 1
    assert "warning: no row in train has a call" in printed.err
    assert "warning: no rows in " in printed.err


def test_nothing_kept_gives_no_advice_on_groups(
    tmp_path: Path, raw: WriteRows, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ProblemsFound, match="holds no rows"):
        command([raw("a.jsonl", [])], out_dir=tmp_path / "data")
    with pytest.raises(ProblemsFound) as fault:
        command([raw("b.jsonl", ["{"])], out_dir=tmp_path / "data", dry_run=True)
    assert "without --dry-run" in fault.value.hint
    assert "largest group" not in capsys.readouterr().err


def test_a_file_name_that_is_no_text_is_printed(
    tmp_path: Path, raw: WriteRows, capsys: pytest.CaptureFixture[str]
) -> None:
    path = raw("a.jsonl", [call_row("Oslo")]).rename(tmp_path / "b\udcff.jsonl")
    command([path], out_dir=tmp_path / "data")
    assert "b\\udcff.jsonl" in capsys.readouterr().out


def test_tools_of_another_shape_are_refused_with_the_command_that_imports_them(
    tmp_path: Path, raw: WriteRows
) -> None:
    tools = tmp_path / "apis.json"
    tools.write_text(json.dumps([{"name": "Now", "input_parameters": {"tz": {"type": "str"}}}]))
    with pytest.raises(InputFault, match="no catalogue yet") as fault:
        command([raw("a.jsonl", [call_row("Oslo")])], out_dir=tmp_path / "data", tools=tools)
    assert fault.value.hint.startswith(f"fctune tools import {tools} --out")
