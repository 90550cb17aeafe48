"""Fixtures of the unit tests: small raw rows in the shapes that users have."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fctune.cli import main

LOOK = {
    "type": "function",
    "function": {
        "name": "look",
        "description": "Look up a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "description": "where"}},
            "required": ["city"],
        },
    },
}


def call_row(city: str, *, question: str | None = None) -> dict[str, Any]:
    """Return an OpenAI row: question, call, result, answer."""
    call = {"name": "look", "arguments": json.dumps({"city": city}, ensure_ascii=False)}
    return {
        "messages": [
            {"role": "system", "content": "You help."},
            {"role": "user", "content": question or f"How is the weather in {city}?"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "c1", "type": "function", "function": call}],
            },
            {"role": "tool", "tool_call_id": "c1", "content": '{"t": 7}'},
            {"role": "assistant", "content": f"It is 7 degrees in {city}."},
        ],
        "tools": [LOOK],
    }


def chat_row(text: str) -> dict[str, Any]:
    """Return an Alpaca row of general chat."""
    return {"instruction": text, "input": "", "output": f"An answer to: {text}"}


WriteRows = Callable[[str, list[Any]], Path]


@pytest.fixture
def raw(tmp_path: Path) -> WriteRows:
    """Write raw rows, or raw text, as a JSON Lines file and return its path."""

    def write(name: str, rows: list[Any]) -> Path:
        path = tmp_path / name
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return write


@dataclass
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def fctune(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run the whole command line within this process, in tmp_path."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, env: dict[str, str] | None = None) -> Done:
        monkeypatch.setattr(sys, "argv", ["fctune", *arguments])
        for name, value in (env or {}).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main.run()
        out, err = capsys.readouterr()
        return Done(int(ended.value.code or 0), out, err)

    return run
