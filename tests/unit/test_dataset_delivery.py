"""What stands beside the rows of a dataset: the tools that it shows, where each row came from."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from fctune.dataset import trail
from fctune.dataset.build import BuildOptions, build
from fctune.dataset.tools_used import ShownList, tools_used
from fctune.tools.spec import ToolSpec
from tests.unit.conftest import call_row


def _tool(**schema: Any) -> dict[str, Any]:
    return {
        "name": "look",
        "description": "Looks.",
        "parameters": {"type": "object", "properties": {"n": {"type": "integer", **schema}}},
    }


def _deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"type": "integer"}
    for _ in range(levels):
        value = {"type": "object", "properties": {"n": value}}
    return {"name": "look", "description": "Looks.", "parameters": value}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_tool(maximum=10**20), _tool(maximum=10**20 + 1)),  # equal as floats
        (_tool(minimum=-(10**20)), _tool(minimum=-(10**20) - 1)),
        (_tool(maximum=1), _tool(maximum=1.0)),
        (_tool(title="\ud800"), _tool(title="\ud801")),  # halves of pairs, which no UTF-8 holds
        (_deep(140), _deep(141)),
    ],
)
def test_tools_that_differ_are_versions_however_they_are_written(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    lists = [ShownList(json.dumps([one]), 2, {"look": 1}), ShownList(json.dumps([other]), 3, {})]
    again = ShownList(json.dumps([other, _tool()], indent=1), 4, {"look": 4})
    versions = tools_used([*lists, again])["tools"]["look"]
    specs = [ToolSpec(t["name"], t["description"], t["parameters"]) for t in (one, other, _tool())]
    assert versions == [
        {"fingerprint": spec.fingerprint, "rows": rows, "calls": calls}
        for spec, rows, calls in zip(specs, (2, 7, 4), (1, 4, 4), strict=True)
    ]


@pytest.mark.parametrize("at_once", [1, 3, 1024])
def test_the_trail_names_the_line_of_every_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(trail, "_LINES_AT_ONCE", at_once)
    names = ['100%d "客服" %b.jsonl', "b.jsonl"]
    for file, name in enumerate(names):
        rows = [json.dumps(call_row(f"City{file}x{n}")) for n in range(20)]
        (tmp_path / name).write_text("\n".join([*rows[:7], "{", *rows[7:]]), encoding="utf-8")
    sources = tuple(tmp_path / name for name in names)
    with build(BuildOptions(name="t", folder=tmp_path / "out", sources=sources)) as made:
        told = [json.loads(line) for line in (made.staged / "t.rows.jsonl").open()]
        written = {
            split: [json.loads(line) for line in (made.staged / f"t_{split}.jsonl").open()]
            for split in dict.fromkeys(row["split"] for row in told)
        }
    assert sum(map(len, written.values())) == len(told) == 40
    for split, rows in written.items():
        own = [row for row in told if row["split"] == split]
        assert [row["row"] for row in own] == list(range(1, len(rows) + 1))
        for row, line in zip(own, rows, strict=True):
            path, _, number = row["origin"].rpartition(":")
            source = Path(path).read_text(encoding="utf-8").split("\n")[int(number) - 1]
            (city,) = set(re.findall(r"City\dx\d+", source))
            assert set(re.findall(r"City\dx\d+", json.dumps(line))) == {city}
            assert isinstance(row["tokens"], int)
            assert set(row) >= {"part", "id", "lesson", "codes"}
