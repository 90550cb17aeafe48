"""One of a thing is told in the singular, on the way of one row through the verbs."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.unit.test_cli_score import ROWS, fctune, write

PLURAL_OF_ONE = re.compile(
    r"\b1 (?:rows|cases|tools|calls|functions|operations|entries|answers|predictions|variants)\b"
)


def test_one_row_is_not_rows(tmp_path: Path) -> None:
    one = write(tmp_path / "p.jsonl", ROWS[:1])
    tool = tmp_path / "tools.json"
    tool.write_text(json.dumps([{"name": "look", "description": "Looks.", "parameters": {}}]))
    module = tmp_path / "shop.py"
    module.write_text('def look(city: str) -> str:\n    """Look at a city."""\n    return city\n')
    registry = ("--db", tmp_path / "r.db")
    out = (tmp_path / "out.yaml",)
    told = []
    for words in (
        ("score", one, "--out", tmp_path / "a", "--template", "qwen"),
        ("score", one, "--out", tmp_path / "b", "--template", "qwen"),
        ("compare", tmp_path / "a", tmp_path / "b"),
        ("tools", "check", tool),
        ("tools", "confusions", tool),
        ("tools", "diff", tool, tool),
        ("tools", "docs", tool, "--out", tmp_path / "t.md"),
        ("tools", "import", module, "--out", *out),
        ("tools", "registry", "add", tool, *registry),
        ("tools", "registry", "list", *registry),
        ("tools", "registry", "export", "--out", tmp_path / "e.yaml", *registry),
    ):
        done = fctune(*words)
        assert done.returncode == 0, (words, done.stderr)
        told.append(done.stdout + done.stderr)
    assert [text for text in told if PLURAL_OF_ONE.search(text)] == []
    assert "1 case = 1 correct" in told[0] and "1 tool" in told[4]
    assert "1 function (python): 1 tool, 0 skipped" in told[7]
