"""`fctune eval --dry-run`, and which rows it says would not be asked; no server runs here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from fctune.cli import eval as evaluate
from fctune.cli import variants
from fctune.errors import InputFault, UsageFault
from fctune.jsonl import read_rows, write_rows
from tests.unit.conftest import LOOK, call_row, chat_row
from tests.unit.evaluation_samples import write_split

pytest.importorskip("httpx")
APP = typer.Typer()
APP.command("eval")(evaluate.command)
APP.command("variants")(variants.command)
SERVER = ("--endpoint", "http://127.0.0.1:9", "--model", "tiny")
HINT = "hint: add --tools FILE, if their tools lie in another file"


def bare_row(city: str) -> dict[str, Any]:
    """Return a row that calls a tool which it does not list."""
    return {"messages": call_row(city)["messages"]}


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Write three rows, two of which bring no tools."""
    rows = [bare_row("Oslo"), call_row("Rom"), bare_row("上海"), {"nothing": "known"}]
    write_rows(tmp_path / "logs.jsonl", rows)
    return tmp_path / "logs.jsonl"


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    path = tmp_path / "tools.json"
    path.write_text(json.dumps([LOOK]))
    return path


def planned(data: Path, *more: str | Path) -> Any:
    words = ["eval", *SERVER, "--data", str(data), "--out", str(data.parent / "out"), "--dry-run"]
    done = CliRunner().invoke(APP, [*words, *map(str, more)])
    assert not (data.parent / "out").exists()
    return done


def test_a_plan_warns_of_rejected_rows_by_code(logs: Path) -> None:
    done = planned(logs)
    assert done.exit_code == 0, done.exception
    assert "would ask tiny at http://127.0.0.1:9" in done.stdout
    assert " 2 cases, 1 with a call, from 1 of 4 rows of " in done.stdout
    warning = "warning: 3 of 4 rows would not be asked: call-unknown-tool 2, format-unknown 1"
    assert f"{warning}\n{HINT}\n" in done.stderr
    told = planned(logs, "--json")
    assert warning in told.stderr
    assert json.loads(told.stdout)["data"]["rejected"] == 3


def test_a_plan_without_rejected_rows_warns_of_nothing(tmp_path: Path) -> None:
    done = planned(write_split(tmp_path / "test.jsonl", ["A1"]))
    assert (done.exit_code, done.stderr) == (0, "")


def test_tools_of_another_file_are_those_of_rows_that_bring_none(logs: Path, tools: Path) -> None:
    done = planned(logs, "--tools", tools)
    assert " 6 cases, 3 with a call, from 3 of 4 rows of " in done.stdout
    assert "1 of 4 rows would not be asked: format-unknown 1" in done.stderr
    assert "hint" not in done.stderr
    asked = json.loads(planned(logs, "--tools", tools, "--json", "--max-cases", "4").stdout)
    assert (asked["calls"], asked["no_calls"]) == (2, 2)
    words = ["variants", str(logs), "--out", str(logs.parent / "v.jsonl"), "--tools", str(tools)]
    assert CliRunner().invoke(APP, words).exit_code == 0
    rows = [raw.value for raw in read_rows(logs.parent / "v.jsonl")]
    assert sum("~" not in row["id"] for row in rows) == 6
    assert rows[0]["tools"][0]["function"]["name"] == "look"


def test_a_mapping_beside_the_tools_is_used_as_in_prepare(logs: Path, tmp_path: Path) -> None:
    both = tmp_path / "both.json"
    mapping = [{"tool": "look", "api": "look_up_v2", "parameters": {"city": "q"}}]
    both.write_text(json.dumps({"tools": [LOOK], "tool_mapping": mapping}))
    done = planned(logs, "--tools", both)
    assert "mapping: look = look_up_v2" in done.stderr, done.exception


def test_a_description_that_is_no_catalogue_and_other_test_sets_are_refused(
    logs: Path, tools: Path, tmp_path: Path
) -> None:
    spec = tmp_path / "api.json"
    spec.write_text('{"openapi": "3.0.0", "info": {"title": "x", "version": "1"}, "paths": {}}')
    fault = planned(logs, "--tools", spec).exception
    assert isinstance(fault, InputFault) and "fctune tools import" in fault.hint
    other = tmp_path / "other.jsonl"
    row = {"id": "simple_0", "question": [[chat_row("x")]], "function": [LOOK["function"]]}
    write_rows(other, [row])
    fault = planned(other, "--tools", tools).exception
    assert isinstance(fault, UsageFault) and "not for a public test set" in str(fault)
    fault = planned(logs, "--tools", tools, "--junit", tools).exception
    assert isinstance(fault, UsageFault) and "is the file that is read" in str(fault)


def test_cases_that_training_has_seen_are_told_before_they_are_asked(tmp_path: Path) -> None:
    split = write_split(tmp_path / "test.jsonl", ["A1", "B2"])
    done = planned(split, "--train", split)
    assert "warning: 6 of 6 cases have a prompt that stands in the training rows" in done.stderr
    other = write_split(tmp_path / "train.jsonl", ["C3"])
    assert "stands in the training" not in planned(split, "--train", other).stderr


def test_a_run_without_variants_does_not_load_what_makes_them() -> None:
    code = (
        "import sys, fctune.evaluation.robustness as r; print(r.__name__ + '.make' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_real_rows_are_asked_with_the_tools_of_another_file(shared: Path, tmp_path: Path) -> None:
    data = shared / "raw" / "openai_toolcalls_taubench" / "gpt-4o-airline.jsonl"
    named: dict[str, set[str]] = {}
    for raw in read_rows(data):
        for message in raw.value["traj"]:
            for call in message.get("tool_calls") or ():
                given = json.loads(call["function"]["arguments"])
                named.setdefault(call["function"]["name"], set()).update(given)
    made = [
        {"name": name, "parameters": {"type": "object", "properties": {key: {} for key in keys}}}
        for name, keys in named.items()
    ]
    file = tmp_path / "airline.json"
    file.write_text(json.dumps(made))
    words = ["eval", *SERVER, "--data", str(data), "--out", str(tmp_path / "out"), "--dry-run"]
    alone = CliRunner().invoke(APP, words)
    assert "from 11 of 104 rows" in alone.stdout and HINT in alone.stderr
    done = CliRunner().invoke(APP, [*words, "--tools", str(file)])
    assert "from 104 of 104 rows" in done.stdout, done.stderr
