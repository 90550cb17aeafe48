"""`fctune tools grammar` as a user and a script meet it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from .conftest import Run

TOOLS = [
    {
        "name": "查天气",
        "description": "The weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "enum": ["北京", "Oslo"]}},
            "required": ["city"],
        },
    }
]


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    path = tmp_path / "tools.yaml"
    path.write_text(yaml.safe_dump(TOOLS, allow_unicode=True), encoding="utf-8")
    return path


def test_the_schema_takes_lawful_calls_alone(fctune: Run, tools: Path, tmp_path: Path) -> None:
    target = tmp_path / "schema.json"
    done = fctune("tools", "grammar", str(tools), "--to", "json-schema", "--out", str(target))
    assert done.returncode == 0, done.stderr
    schema = json.loads(target.read_text(encoding="utf-8"))
    lawful = [{"name": "查天气", "arguments": {"city": "北京"}}]
    wrong = [{"name": "查天气", "arguments": {"city": "Rome"}}]
    valid = jsonschema_rs.validator_for(schema).is_valid
    assert valid(lawful) and not valid(wrong)
    assert not valid([{"name": "nobody", "arguments": {}}])


def test_gbnf_goes_to_stdout(fctune: Run, tools: Path) -> None:
    done = fctune("tools", "grammar", str(tools))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("root ::= ") and "查天气" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--call-format", "lfm2"], 2, "lfm2"),
        (["--to", "lark"], 2, "lark"),
    ],
)
def test_faults(fctune: Run, tools: Path, words: list[str], code: int, said: str) -> None:
    done = fctune("tools", "grammar", str(tools), *words)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
