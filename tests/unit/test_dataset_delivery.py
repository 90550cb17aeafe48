"""What stands beside the rows of a dataset: the tools that it shows, where each row came from."""

from __future__ import annotations

import gc
import hashlib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctune.dataset import build as build_module
from fctune.dataset import trail
from fctune.dataset.build import BuildOptions, build
from fctune.dataset.tools_listed import listed
from fctune.dataset.tools_used import ShownList, tools_used
from fctune.errors import InputFault
from fctune.tools.spec import ToolCatalog, ToolSpec
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
    texts = [json.dumps([one]), json.dumps([other]), json.dumps([other, _tool()], indent=1)]
    calls = [{"look": 1}, {}, {"look": 4}]
    versions = tools_used(_shown(texts, [2, 3, 4], calls))["tools"]["look"]
    specs = [_spec(tool) for tool in (one, other, _tool())]
    assert versions == [
        {"fingerprint": spec.fingerprint, "rows": rows, "calls": calls}
        for spec, rows, calls in zip(specs, (2, 7, 4), (1, 4, 4), strict=True)
    ]


def _spec(tool: Mapping[str, Any]) -> ToolSpec:
    return ToolSpec(tool["name"], tool["description"], tool["parameters"])


def _shown(
    texts: Sequence[str], rows: Sequence[int], calls: Sequence[Mapping[str, int]]
) -> list[ShownList]:
    found = listed(texts)
    return [
        ShownList(found.of(number), lambda text=text: text, rows[number], calls[number])
        for number, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    "text", ["", "Wie kalt? 几度？", '\x7f\x80\u2028😀\t\x00"\\/', "v1.05, e-3"]
)
@pytest.mark.parametrize("limit", [7, -1, 2**64, 1.5, 1e-7])
def test_the_fingerprint_of_a_listed_tool_is_its_own(text: str, limit: float) -> None:
    tools = [{**_tool(title=text, maximum=limit), "name": f"look{n}"} for n in range(3)]
    found = listed([json.dumps(tools[:2]), "[]", json.dumps(tools[1:], ensure_ascii=False)])
    own = [(tool["name"], bytes.fromhex(_spec(tool).fingerprint)) for tool in tools]
    assert [[*found.of(index)] for index in range(3)] == [own[:2], [], own[1:]]


@given(st.lists(st.text(), min_size=1, max_size=70))
def test_fingerprints_are_the_same_for_any_text(texts: list[str]) -> None:
    tools = [{**_tool(), "description": text} for text in texts]
    found = listed([json.dumps([tool], ensure_ascii=False) for tool in tools])
    prints = [fingerprint for n in range(len(tools)) for _, fingerprint in found.of(n)]
    assert prints == [bytes.fromhex(_spec(tool).fingerprint) for tool in tools]


def test_the_union_of_tools_with_one_version_each_is_a_catalogue() -> None:
    look, now = _tool(), {**_tool(), "name": "now"}
    texts = [json.dumps(tools) for tools in ([now], [now, look], [look])]
    account = tools_used(_shown(texts, [1, 1, 1], [{}, {}, {}]))
    assert account["fingerprint"] == ToolCatalog((_spec(now), _spec(look))).fingerprint
    assert account["lists"] == 3
    other = json.dumps([{**look, "description": "Sees."}])
    known = [_spec(tool).fingerprint for tool in (now, look, {**look, "description": "Sees."})]
    several = tools_used(_shown([*texts, other], [1] * 4, [{}] * 4))["fingerprint"]
    assert several == hashlib.sha256("\n".join(known).encode()).hexdigest()


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


def test_a_stage_that_vanishes_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, left = tmp_path / "raw.jsonl", list[object]()
    source.write_text(json.dumps(call_row("Oslo")) + "\n")

    def without_heads(options: BuildOptions, crew: Any, spool: Any, *others: Any) -> Any:
        for heads in tmp_path.rglob("heads.bin"):
            heads.unlink()
        return deliver(options, crew, spool, *others)

    deliver = build_module._deliver
    monkeypatch.setattr(build_module, "_deliver", without_heads)
    monkeypatch.setattr(sys, "unraisablehook", left.append)
    with pytest.raises(InputFault, match="cannot be written"):
        build(BuildOptions("b", tmp_path / "out", (source,)), beside=tmp_path)
    gc.collect()
    assert left == []
