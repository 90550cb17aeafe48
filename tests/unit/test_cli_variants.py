"""`fctune variants`: the file that it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from fctune.cli import variants
from fctune.errors import InputFault, UsageFault
from fctune.evaluation.robustness import NAMES
from fctune.jsonl import read_rows
from tests.unit.evaluation_samples import write_split

APP = typer.Typer()
APP.command()(variants.command)


def test_all_variants_of_a_split_are_written_with_their_origins(tmp_path: Path) -> None:
    split = write_split(tmp_path / "split.jsonl", ["A1", "B2"])
    file = tmp_path / "asked.jsonl"
    done = CliRunner().invoke(APP, [str(split), "--out", str(file), "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    rows = [raw.value for raw in read_rows(file)]
    assert told["rows"] == len(rows) == told["cases"] + sum(told[name] for name in NAMES)
    assert told["cases"] == 6
    assert {row["id"].partition("~")[2] for row in rows} >= {"", "typos", "renamed_tools"}
    again = tmp_path / "again.jsonl"
    CliRunner().invoke(APP, [str(split), "--out", str(again)])
    assert again.read_bytes() == file.read_bytes()


@pytest.mark.parametrize("how", ["same", "symlink", "hardlink", "dotted"])
def test_the_split_is_not_written_over(tmp_path: Path, how: str) -> None:
    split = write_split(tmp_path / "split.jsonl", ["A1"])
    before = split.read_bytes()
    target = tmp_path / "link.jsonl"
    if how == "symlink":
        target.symlink_to(split)
    elif how == "hardlink":
        target.hardlink_to(split)
    else:
        target = split if how == "same" else tmp_path / ".." / tmp_path.name / "split.jsonl"
    done = CliRunner().invoke(APP, [str(split), "--out", str(target)])
    assert isinstance(done.exception, UsageFault)
    assert "--out is the file that is read" in str(done.exception)
    assert split.read_bytes() == before


def test_a_template_that_is_none_is_refused(tmp_path: Path) -> None:
    split = write_split(tmp_path / "split.jsonl", ["A1"])
    file = tmp_path / "asked.jsonl"
    done = CliRunner().invoke(APP, [str(split), "--out", str(file), "--template", "nix"])
    assert isinstance(done.exception, InputFault)
    assert "'nix'" in str(done.exception) and "--template qwen" in done.exception.hint
    assert not file.exists()


def test_named_variants_alone_are_written(tmp_path: Path) -> None:
    split = write_split(tmp_path / "split.jsonl", ["A1"])
    file = tmp_path / "asked.jsonl"
    arguments = [str(split), "--out", str(file), "--variants", "shuffled_tools"]
    done = CliRunner().invoke(APP, arguments)
    assert done.exit_code == 0, done.output
    names = [raw.value["id"].partition("~")[2] for raw in read_rows(file)]
    assert set(names) == {"", "shuffled_tools"}
    assert "shuffled_tools" in done.stdout
