"""The dataset layer: accounts, splits by wording, stage mix, lengths, registry, faults."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fctune.conversations.hashes import wording
from fctune.conversations.turns import Conversation, UserTurn
from fctune.dataset.build import BuildOptions, build
from fctune.dataset.lengths import OverLong
from fctune.dataset.manifest import load_manifest
from fctune.dataset.mix import parse_ratio
from fctune.dataset.registry import entry, register
from fctune.dataset.split import Shares
from fctune.dataset.write import write
from fctune.errors import InputFault, ProblemsFound, UsageFault
from tests.unit.conftest import WriteRows, call_row, chat_row

CITIES = [f"City{i}" for i in range(120)] + ["北京", "上海", "奥斯陆"]


def options(tmp_path: Path, *sources: Path, **changes: Any) -> BuildOptions:
    plain = BuildOptions("shop", tmp_path / "data", tuple(sources), template="qwen3_nothink")
    return replace(plain, **changes)


def test_every_row_is_accounted_for(tmp_path: Path, raw: WriteRows) -> None:
    bad = call_row("Rome")
    bad["messages"][2]["tool_calls"][0]["function"]["name"] = "lok"
    path = raw("a.jsonl", [call_row("Oslo"), "{broken", bad, call_row("Oslo"), chat_row("Hi you")])
    dataset = build(options(tmp_path, path))
    manifest = write(dataset, tmp_path / "data")
    assert (manifest.read, manifest.kept, manifest.rejected, manifest.deduplicated) == (5, 2, 2, 1)
    assert manifest.rejects_by_code == {"call-unknown-tool": 1, "json-invalid": 1}
    assert sum(manifest.splits.values()) == manifest.kept
    rejects = (tmp_path / "data" / "shop.rejects.jsonl").read_text().splitlines()
    assert [json.loads(line)["origin"] for line in rejects] == [f"{path}:2", f"{path}:3"]
    assert json.loads(rejects[1])["row"] == bad


def test_key_order_does_not_hide_a_duplicate(tmp_path: Path, raw: WriteRows) -> None:
    row = call_row("Oslo")
    turned = {key: row[key] for key in reversed(row)}
    manifest = build(options(tmp_path, raw("a.jsonl", [row, turned]))).manifest
    assert manifest.deduplicated == 1


def test_same_input_and_seed_give_the_same_bytes(tmp_path: Path, raw: WriteRows) -> None:
    path = raw("a.jsonl", [call_row(city) for city in CITIES] + [chat_row(c) for c in CITIES])
    for folder in ("one", "two"):
        write(build(options(tmp_path, path)), tmp_path / folder)
    names = sorted(p.name for p in (tmp_path / "one").iterdir() if not p.name.startswith("."))
    assert len(names) == 10
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_wording_never_stands_on_both_sides(tmp_path: Path, raw: WriteRows) -> None:
    same = [
        call_row(city, question=f"Weather  in Berlin, {i % 40}?") for i, city in enumerate(CITIES)
    ]
    dataset = build(options(tmp_path, raw("a.jsonl", same), shares=Shares(dev=0.2, test=0.3)))
    seen: dict[str, str] = {}
    for split in ("train", "dev", "test"):
        for row in dataset.rows[f"shop_{split}"]:
            words = wording(row["conversations"][0]["value"])
            assert seen.setdefault(words, split) == split
    assert set(seen.values()) == {"train", "dev", "test"}
    assert dataset.manifest.largest_group == 4


def test_the_split_does_not_depend_on_the_order(tmp_path: Path, raw: WriteRows) -> None:
    rows = [call_row(city) for city in CITIES]
    one = build(options(tmp_path, raw("a.jsonl", rows)))
    two = build(options(tmp_path, raw("b.jsonl", rows[::-1])))
    for split in ("train", "dev", "test"):
        texts = [
            {json.dumps(row) for row in dataset.rows[f"shop_{split}"]} for dataset in (one, two)
        ]
        assert texts[0] == texts[1]


@pytest.mark.parametrize(("ratio", "general"), [(0.0, 0), (1.0, 10), (2.0, 20), (3.0, 25)])
def test_the_stage_two_mix(tmp_path: Path, raw: WriteRows, ratio: float, general: int) -> None:
    quiet = call_row("Nowhere")
    quiet["messages"] = [*quiet["messages"][:2], quiet["messages"][4]]
    rows = [call_row(city) for city in CITIES[:10]] + [chat_row(city) for city in CITIES[:24]]
    shares = Shares(dev=0.0, test=0.0)
    dataset = build(options(tmp_path, raw("a.jsonl", [*rows, quiet]), ratio=ratio, shares=shares))
    stage2 = dataset.rows["shop_toolcall_train"]
    calls = [r for r in stage2 if any(t["from"] == "function_call" for t in r["conversations"])]
    assert (len(calls), len(stage2) - len(calls)) == (10, general)
    assert len(dataset.rows["shop_general_train"]) == 25
    assert dataset.manifest.mix["reached"] == pytest.approx(min(ratio, 2.5))
    if general:  # the row that lists tools and calls none is drawn first
        assert any(r["tools"] and r not in calls for r in stage2)


def test_ratios_are_read_or_refused() -> None:
    assert parse_ratio("3:1") == 3.0
    for text in ("1", "a:b", "1:0", "-1:1", "nan:1"):
        with pytest.raises(UsageFault):
            parse_ratio(text)


def tokens(conversation: Conversation) -> int:
    return sum(len(turn.text) for turn in conversation.turns if isinstance(turn, UserTurn))


def test_long_rows_are_dropped_or_windowed_never_cut(tmp_path: Path, raw: WriteRows) -> None:
    long = call_row("Oslo", question="a" * 30)
    for letter in "bcd":
        more = call_row("Rome", question=letter * 30)["messages"][1:]
        long["messages"] += more
    path = raw("a.jsonl", [long, call_row("Rome", question="x" * 101), call_row("Bonn")])
    plain = options(tmp_path, path, cutoff_len=100, shares=Shares(0, 0))
    dropped = build(plain, measure=tokens).manifest
    assert (dropped.kept, dropped.rejects_by_code) == (1, {"row-too-long": 2})
    dataset = build(replace(plain, over_long=OverLong.WINDOW, carry=0), measure=tokens)
    windowed = dataset.manifest
    assert (windowed.read, windowed.kept, windowed.rejected) == (3, 2, 1)
    assert windowed.repairs_by_code == {"row-windowed": 1}
    assert windowed.rows_added_by_windows == 1
    said = [t["value"] for r in dataset.rows["shop_train"] for t in r["conversations"]
            if t["from"] == "human"]  # fmt: skip
    assert sorted(said)[-4:] == ["a" * 30, "b" * 30, "c" * 30, "d" * 30]
    assert windowed.lengths is not None and windowed.lengths["max"] <= 100


def test_rows_have_all_columns_and_tools_is_text(tmp_path: Path, raw: WriteRows) -> None:
    path = raw("a.jsonl", [call_row("北京"), chat_row("你好，在吗")])
    dataset = build(options(tmp_path, path, shares=Shares(0, 0)))
    for row in dataset.rows["shop_train"]:
        assert list(row) == ["conversations", "system", "tools"]
        assert isinstance(row["tools"], str)
        assert row["system"].strip()


def test_registry_entries_are_complete_and_ascii(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "dataset_info.json").write_text('{"别人的": {"file_name": "x.json"}}', "utf-8")
    register(folder, {"店_train": "店_train.jsonl"})
    text = (folder / "dataset_info.json").read_text()
    assert text.isascii()
    assert json.loads(text) == {
        "别人的": {"file_name": "x.json"},
        "店_train": entry("店_train.jsonl"),
    }
    golden = Path(__file__).parent / "golden" / "dataset_info.json"
    assert {"shop_train": entry("shop_train.jsonl")} == json.loads(golden.read_text())


def test_a_damaged_registry_stops_the_write_and_is_left_alone(
    tmp_path: Path, raw: WriteRows
) -> None:
    folder = tmp_path / "data"
    write(build(options(tmp_path, raw("a.jsonl", [call_row("Oslo")]))), folder)
    before = {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "dataset_info.json"}
    (folder / "dataset_info.json").write_text("{broken")
    with pytest.raises(InputFault, match=r"dataset_info\.json"):
        write(build(options(tmp_path, raw("a.jsonl", [call_row("Rome")]))), folder)
    assert (folder / "dataset_info.json").read_text() == "{broken"
    after = {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "dataset_info.json"}
    assert after == before


def test_a_rebuild_takes_its_old_files_away(tmp_path: Path, raw: WriteRows) -> None:
    folder = tmp_path / "data"
    rows = [call_row(city) for city in CITIES] + [chat_row(city) for city in CITIES]
    write(build(options(tmp_path, raw("a.jsonl", rows))), folder)
    register(folder, {"other": "other.jsonl"})
    no_test = options(tmp_path, raw("a.jsonl", rows), shares=Shares(0.1, 0.0))
    write(build(no_test), folder)
    names = json.loads((folder / "dataset_info.json").read_text())
    assert "shop_test" not in names and "other" in names
    assert not (folder / "shop_test.jsonl").exists()


def test_no_row_left_keeps_the_old_dataset(tmp_path: Path, raw: WriteRows) -> None:
    folder = tmp_path / "data"
    write(build(options(tmp_path, raw("a.jsonl", [call_row("Oslo")]))), folder)
    before = (folder / "shop.manifest.json").read_bytes()
    with pytest.raises(ProblemsFound, match="only row cannot be used"):
        write(build(options(tmp_path, raw("b.jsonl", ["{"]))), folder)
    assert (folder / "shop.manifest.json").read_bytes() == before
    assert "json-invalid" in (folder / "shop.failed.rejects.jsonl").read_text()


def test_a_later_manifest_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text('{"schema_version": 99}')
    with pytest.raises(InputFault, match="99"):
        load_manifest(path)


def prepare(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from fctune.cli.main import run; run()", "prepare"]
    return subprocess.Popen(
        [*command, *arguments], cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_two_prepares_at_once_are_both_registered(tmp_path: Path, raw: WriteRows) -> None:
    raw("a.jsonl", [call_row(city) for city in CITIES])
    runs = [prepare("a.jsonl", "--name", name, cwd=tmp_path) for name in ("one", "two", "three")]
    assert [run.wait(timeout=120) for run in runs] == [0, 0, 0]
    names = json.loads((tmp_path / "data" / "dataset_info.json").read_text())
    assert {"one_train", "two_train", "three_train"} <= set(names)


@pytest.mark.parametrize("delay_s", [0.15, 0.3, 0.45, 0.6, 0.9])
def test_kill_in_the_middle_leaves_a_whole_dataset(
    tmp_path: Path, raw: WriteRows, delay_s: float
) -> None:
    raw("a.jsonl", [call_row(city) for city in CITIES])
    assert prepare("a.jsonl", "--name", "shop", cwd=tmp_path).wait(timeout=60) == 0
    more = [call_row(f"{city}{i}") for city in CITIES for i in range(40)]
    raw("a.jsonl", more)
    run = prepare("a.jsonl", "--name", "shop", cwd=tmp_path)
    time.sleep(delay_s)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate(timeout=60)
    data = tmp_path / "data"
    manifest = load_manifest(data / "shop.manifest.json")
    registry = json.loads((data / "dataset_info.json").read_text())
    for name, written in manifest["files"].items():
        assert name in registry
        lines = (data / written["file"]).read_text().splitlines()
        assert len([json.loads(line) for line in lines]) == written["rows"]
    assert prepare("a.jsonl", "--name", "shop", cwd=tmp_path).wait(timeout=60) == 0
    assert not list(data.glob(".shop.staging"))


def test_prepare_json_is_one_object_for_scripts(tmp_path: Path, raw: WriteRows) -> None:
    raw("客服.jsonl", [call_row("北京"), "{"])
    run = prepare("客服.jsonl", "--name", "kefu", "--json", cwd=tmp_path)
    stdout, _ = run.communicate(timeout=60)
    value = json.loads(stdout)
    expected = {"read": 2, "kept": 1, "rejected": 1, "deduplicated": 0, "repaired": 0}
    assert {key: value[key] for key in expected} == expected
    assert value["splits"] == {"train": 1, "dev": 0, "test": 0}
    assert value["rejects_by_code"] == {"json-invalid": 1}
    assert run.returncode == 0


def test_dry_run_writes_nothing(tmp_path: Path, raw: WriteRows) -> None:
    raw("a.jsonl", [call_row("Oslo")])
    run = prepare("a.jsonl", "--dry-run", cwd=tmp_path)
    stdout, _ = run.communicate(timeout=60)
    assert "1 row read = 1 kept" in stdout
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.jsonl"]


def test_too_many_rejects_exit_1_with_everything_written(tmp_path: Path, raw: WriteRows) -> None:
    raw("a.jsonl", [call_row("Oslo"), "{", "{"])
    run = prepare("a.jsonl", cwd=tmp_path)
    _, stderr = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "2 of 3 rows rejected, over the limit of 50%" in stderr
    assert (tmp_path / "data" / "a_train.jsonl").exists()


def test_rows_are_those_of_the_golden_file(tmp_path: Path, raw: WriteRows) -> None:
    """The golden file is changed by hand and reviewed: it is what the engine trains on."""
    beside = call_row("上海")
    beside["messages"][2]["content"] = "我来查。"
    twice = call_row("Oslo", question="Oslo and Rome?")
    call = {"name": "look", "arguments": '{"city": "Rome"}'}
    twice["messages"][2]["tool_calls"].append({"id": "c2", "type": "function", "function": call})
    twice["messages"].insert(4, {"role": "tool", "tool_call_id": "c2", "content": '{"t": 19}'})
    path = raw("a.jsonl", [call_row("北京"), beside, twice, chat_row("Say hello to Bob")])
    write(build(options(tmp_path, path, shares=Shares(0, 0))), tmp_path / "data")
    golden = Path(__file__).parent / "golden" / "rows.jsonl"
    assert (tmp_path / "data" / "shop_train.jsonl").read_text("utf-8") == golden.read_text("utf-8")
