"""`fctune tools diff` as a user and a script meet it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.conftest import Run

OLD: list[dict[str, Any]] = [
    {
        "name": "check_logistics",
        "description": "Track a parcel.",
        "parameters": {
            "type": "object",
            "properties": {"order_id": {"type": "string"}, "语言": {"type": "string"}},
            "required": ["order_id"],
        },
    },
    {
        "name": "查询天气",
        "description": "查询城市天气",
        "parameters": {"type": "object", "properties": {"城市": {"type": "string"}}},
    },
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "old.json").write_text(json.dumps(OLD), encoding="utf-8")
    text = json.dumps(OLD, ensure_ascii=False)
    more = text.replace('"城市": {', '"单位": {"type": "string"}, "城市": {')
    (tmp_path / "more.json").write_text(more, encoding="utf-8")
    renamed = text.replace("order_id", "order_no").replace("查询城市天气", "查询城市的天气")
    (tmp_path / "renamed.json").write_text(renamed, encoding="utf-8")
    return tmp_path


def test_breaking_changes_are_shown_mapped_and_exit_1(fctune: Run, folder: Path) -> None:
    done = fctune("tools", "diff", "old.json", "renamed.json")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["class", "tool", "parameter", "change"]
    assert lines[2].split("  ")[0] == "breaking" and "looks renamed to order_no" in lines[2]
    assert lines[3].startswith("compatible  查询天气")
    start = lines.index("tool_mapping:")
    entry = yaml.safe_load("\n".join(lines[start : start + 6]))["tool_mapping"][0]
    assert entry["parameters"] == {"order_id": "order_no"}
    assert lines[-1] == (
        "old.json to renamed.json: 1 breaking, 0 retrain, 1 compatible; 0 of 2 tools unchanged"
    )
    assert done.stderr.splitlines()[0] == (
        "renamed.json: 1 change is breaking for a model of old.json"
    )
    assert done.stderr.splitlines()[1].startswith("hint: write the mapping above into the recipe")


def test_json_is_one_document_with_the_meaning_of_each_change(fctune: Run, folder: Path) -> None:
    done = fctune("tools", "diff", "old.json", "more.json", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    value = json.loads(done.stdout)
    assert value["impact"] == "retrain"
    assert value["counts"] == {"breaking": 0, "retrain": 1, "compatible": 0}
    (change,) = value["changes"]
    assert (change["kind"], change["tool"], change["place"]) == (
        "parameter-added", "查询天气", "单位",
    )  # fmt: skip
    assert change["meaning"].endswith("will leave it out.")
    assert value["unchanged"] == ["check_logistics"]
    assert len(value["old"]["fingerprint"]) == 64


def test_fail_on_chooses_what_fails(fctune: Run, folder: Path) -> None:
    for limit, other, code in (
        ("retrain", "more.json", 1),
        ("none", "renamed.json", 0),
        ("never", "more.json", 2),
    ):
        done = fctune("tools", "diff", "old.json", other, "--fail-on", limit)
        assert done.returncode == code, done.stderr
    assert "expected breaking, retrain or none" in done.stderr


def test_equal_catalogues_and_unusable_ones(fctune: Run, folder: Path) -> None:
    done = fctune("tools", "diff", "old.json", "old.json")
    assert done.returncode == 0
    assert done.stdout == (
        "old.json to old.json: 0 breaking, 0 retrain, 0 compatible; 2 of 2 tools unchanged\n"
    )
    bad = {"name": "bad", "parameters": {"type": "object", "properties": {"a": {"pattern": "("}}}}
    (folder / "new.json").write_text(json.dumps([*OLD, bad]), encoding="utf-8")
    done = fctune("tools", "diff", "old.json", "new.json")
    assert done.returncode == 0
    assert "new.json: tools[2].parameters" in done.stderr
    assert "new.json: 1 tool is left out" in done.stderr
    wrong = {"input": "x", "call": {"arguments": {"other": 1}}}
    only = [{**OLD[0], "examples": [wrong, wrong]}, OLD[1]]
    (folder / "new.json").write_text(json.dumps(only), encoding="utf-8")
    done = fctune("tools", "diff", "old.json", "new.json")
    assert "new.json: 2 examples are left out" in done.stderr
    assert "2 of 2 tools unchanged" in done.stdout
    (folder / "new.json").write_text(json.dumps([*only, bad]), encoding="utf-8")
    done = fctune("tools", "diff", "old.json", "new.json")
    assert "new.json: 1 tool and 2 examples are left out" in done.stderr
    done = fctune("tools", "diff", "old.json", "absent.json")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_versions_of_the_registry_are_sides(fctune: Run, folder: Path) -> None:
    for file in ("old.json", "renamed.json"):
        assert fctune("tools", "registry", "add", file).returncode == 0
    one = "registry:check_logistics"
    done = fctune("tools", "diff", f"{one}@1", f"{one}@2", "--json")
    assert done.returncode == 1
    assert [c["kind"] for c in json.loads(done.stdout)["changes"]] == ["parameter-renamed"]
    done = fctune("tools", "diff", f"{one}@1", "renamed.json", "--json")
    assert [c["tool"] for c in json.loads(done.stdout)["changes"]] == ["check_logistics"]
    done = fctune("tools", "diff", "registry:", "renamed.json")
    assert "2 of 2 tools unchanged" in done.stdout
    done = fctune("tools", "diff", f"{one}@9", "old.json")
    assert (done.returncode, "has no version 9" in done.stderr) == (3, True)


def test_a_name_with_half_a_character_is_shown_escaped(fctune: Run, folder: Path) -> None:
    versions = [{"fingerprint": "0" * 64, "rows": 2, "calls": 1}]
    manifest = {"schema_version": 1, "files": {}, "catalog": {"tools": {"half\ud83d": versions}}}
    (folder / "a.manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    for extra in ((), ("--json",)):
        command = [sys.executable, "-c", "from fctune.cli.main import run; run()", "tools", "diff"]
        done = subprocess.run(
            [*command, "a.manifest.json", "old.json", *extra],
            capture_output=True, text=True, check=False, cwd=folder, encoding="utf-8",
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        assert "half\\ud83d" in done.stdout
        assert not extra or json.loads(done.stdout)["changes"][0]["tool"] == "half\ud83d"


def test_a_script_meets_the_same(folder: Path) -> None:
    command = [sys.executable, "-c", "from fctune.cli.main import run; run()", "tools", "diff"]
    done = subprocess.run(
        [*command, "old.json", "renamed.json"],
        capture_output=True, text=True, check=False, cwd=folder,
    )  # fmt: skip
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 2)
    assert "sqlalchemy" not in done.stderr
