"""`fctune variants`: the file that it writes."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from typer.testing import CliRunner

from fctune.cli import variants
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


def test_named_variants_alone_are_written(tmp_path: Path) -> None:
    split = write_split(tmp_path / "split.jsonl", ["A1"])
    file = tmp_path / "asked.jsonl"
    arguments = [str(split), "--out", str(file), "--variants", "shuffled_tools"]
    done = CliRunner().invoke(APP, arguments)
    assert done.exit_code == 0, done.output
    names = [raw.value["id"].partition("~")[2] for raw in read_rows(file)]
    assert set(names) == {"", "shuffled_tools"}
    assert "shuffled_tools" in done.stdout
