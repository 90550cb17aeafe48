"""Tables: figures stand right, words and paths left, Chinese in its double width."""

from __future__ import annotations

import json

import pytest

from fctune.cli.output import out
from fctune.issues import issue


def test_paths_stand_left_and_figures_right(capsys: pytest.CaptureFixture[str]) -> None:
    out.table(("file", "rows", "gain"), [("../a.jsonl", "5", "+0.4"), ("./客服.json", "120", "-")])
    assert capsys.readouterr().out.splitlines()[2:] == [
        "../a.jsonl      5  +0.4",
        "./客服.json   120     -",
    ]


HOSTILE = "get\x1b[2J\x9b1m\x00\x7f\r完"
SHOWN = "get\\x1b[2J\\x9b1m\\x00\\x7f\\x0d完"


def test_control_characters_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    out.data(f"{HOSTILE}\n\tnext")
    out.table(("tool", "n"), [(HOSTILE, "1")], title=HOSTILE)
    out.note(HOSTILE)
    out.warn(HOSTILE, hint=HOSTILE)
    out.error(HOSTILE, hint=HOSTILE)
    out.issue(issue("tool-name-missing", HOSTILE, HOSTILE), HOSTILE)
    told = capsys.readouterr()
    assert told.out.startswith(f"{SHOWN}\n\tnext\n{SHOWN}\n")
    assert told.err.splitlines()[:3] == [SHOWN, f"warning: {SHOWN}", f"hint: {SHOWN}"]
    assert told.err.count(SHOWN) == 8
    left = {char for char in told.out + told.err if not char.isprintable()}
    assert left == {"\n", "\t"}


def test_a_table_counts_escaped_characters_as_shown(capsys: pytest.CaptureFixture[str]) -> None:
    out.table(("tool", "n"), [("a\x1b", "1"), ("b", "2")])
    assert capsys.readouterr().out.splitlines()[2:] == ["a\\x1b  1", "b      2"]


def test_json_keeps_its_text_and_holds_no_control_characters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out.json({"name": HOSTILE})
    text = capsys.readouterr().out
    assert json.loads(text) == {"name": HOSTILE}
    assert all(char.isprintable() or char == "\n" for char in text)
