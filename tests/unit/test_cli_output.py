"""Tables: figures stand right, words and paths left, Chinese in its double width."""

from __future__ import annotations

import pytest

from fctune.cli.output import out


def test_paths_stand_left_and_figures_right(capsys: pytest.CaptureFixture[str]) -> None:
    out.table(("file", "rows", "gain"), [("../a.jsonl", "5", "+0.4"), ("./客服.json", "120", "-")])
    assert capsys.readouterr().out.splitlines()[2:] == [
        "../a.jsonl      5  +0.4",
        "./客服.json   120     -",
    ]
