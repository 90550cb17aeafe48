"""What a checkpoint's folder tells of its training: template, and whether the model may think."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from fctune.cli import eval as evaluate
from fctune.engine.prompts import Thinking
from fctune.errors import InputFault, UsageFault
from fctune.evaluation.local.predict_model import base_of
from fctune.evaluation.local.template_of import template_of, thinking_of, unread_manifest
from fctune.jsonl import sha256_of
from tests.unit.evaluation_samples import write_split


def run(folder: Path, *, thoughts: str = "keep", **config: Any) -> Path:
    """Write a checkpoint folder with the record of its run, and the manifest of its dataset."""
    checkpoint = folder / "run" / "checkpoint-8"
    checkpoint.mkdir(parents=True)
    (checkpoint / "config.json").write_text("{}")
    manifest = folder / "shop.manifest.json"
    manifest.write_text(json.dumps({"settings": {"thoughts": thoughts}}))
    datasets = {"general": {"manifest": None}, "shop": {"manifest": str(manifest)}}
    record = {"template": "qwen3", "config": {"lora_rank": 8, **config}, "datasets": datasets}
    (folder / "run" / "fctune_run.json").write_text(json.dumps(record))
    return checkpoint


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({}, Thinking(asked=True, in_history=True)),
        ({"thoughts": "remove"}, Thinking(asked=False, in_history=True)),
        ({"mask_history": True}, Thinking(asked=True, in_history=False)),
        ({"mask_history": True, "preserve_thinking": True}, Thinking(asked=True, in_history=True)),
        ({"enable_thinking": False}, Thinking(asked=False, in_history=True)),
    ],
)
def test_a_run_tells_how_its_model_thinks(
    tmp_path: Path, config: dict[str, Any], told: Thinking
) -> None:
    checkpoint = run(tmp_path, **config)
    assert template_of(checkpoint) == "qwen3"
    assert thinking_of(checkpoint) == told


def test_a_model_of_which_nothing_is_told_does_not_think(tmp_path: Path) -> None:
    assert thinking_of(tmp_path) == Thinking()
    checkpoint = run(tmp_path)
    (tmp_path / "shop.manifest.json").unlink()  # moved since
    assert thinking_of(checkpoint) == Thinking(asked=False, in_history=True)
    (tmp_path / "shop.manifest.json").write_text("[")
    assert not thinking_of(checkpoint).asked
    assert unread_manifest(checkpoint) == str(tmp_path / "shop.manifest.json")


def with_dataset(checkpoint: Path, **entry: Any) -> Path:
    """Write one dataset into the record of a run."""
    record = checkpoint.parent / "fctune_run.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"datasets": {"shop": entry}}))
    return checkpoint


def test_whether_a_model_thinks_does_not_depend_on_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = run(tmp_path / "项目")
    (elsewhere := tmp_path / "else").mkdir()
    for folder in (tmp_path / "项目", elsewhere):
        monkeypatch.chdir(folder)
        with_dataset(checkpoint, manifest="shop.manifest.json")  # of an earlier version
        assert thinking_of(checkpoint).asked, folder
        with_dataset(checkpoint, manifest="gone.json", thoughts="keep")
        assert thinking_of(checkpoint).asked, folder
        assert unread_manifest(checkpoint) == ""
        with_dataset(checkpoint, manifest="shop.manifest.json", thoughts="remove")
        assert not thinking_of(checkpoint).asked, folder


def test_a_manifest_that_is_not_what_was_trained_on_tells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = run(tmp_path)
    manifest = tmp_path / "shop.manifest.json"
    with_dataset(checkpoint, manifest=manifest.name, manifest_sha256=sha256_of(manifest))
    assert thinking_of(checkpoint).asked
    (other := tmp_path / "other").mkdir()
    monkeypatch.chdir(other)
    (other / manifest.name).write_text('{"settings": {"thoughts": "remove"}}')
    assert thinking_of(checkpoint).asked, "the one here is another one"
    manifest.write_text('{"settings": {"thoughts": "remove"}}')
    assert not thinking_of(checkpoint).asked
    assert unread_manifest(checkpoint) == manifest.name


def test_a_run_of_which_nobody_knows_whether_it_thinks_is_warned_of(tmp_path: Path) -> None:
    checkpoint = with_dataset(run(tmp_path), manifest="gone.manifest.json")
    split = write_split(tmp_path / "test.jsonl", ["A1"])
    app = typer.Typer()
    app.command()(evaluate.command)
    words = [str(checkpoint), "--data", str(split), "--out", str(tmp_path / "out"), "--dry-run"]
    told = CliRunner().invoke(app, words).stderr
    assert "gone.manifest.json, which tells whether the model was trained to think" in told
    assert "hint: add --thinking or --no-thinking" in told
    for more in (["--no-thinking"], ["--thinking"], ["--template", "qwen"]):
        assert "gone.manifest" not in CliRunner().invoke(app, [*words, *more]).stderr, more


def test_the_plan_says_whether_the_model_thinks_and_the_user_may_say_otherwise(
    tmp_path: Path,
) -> None:
    checkpoint = run(tmp_path)
    split = write_split(tmp_path / "test.jsonl", ["A1"])
    app = typer.Typer()
    app.command()(evaluate.command)
    words = [str(checkpoint), "--data", str(split), "--out", str(tmp_path / "out")]

    def planned(*more: str) -> Any:
        return CliRunner().invoke(app, [*words, "--dry-run", "--json", *more])

    assert json.loads(planned().stdout)["thinking"] is True
    assert json.loads(planned("--no-thinking").stdout)["thinking"] is False
    assert json.loads(planned("--template", "qwen", "--no-thinking").stdout)["thinking"] is False
    fault = planned("--template", "qwen", "--thinking").exception
    assert isinstance(fault, UsageFault) and "has no form for a thought" in str(fault)
    server = ["--endpoint", "http://127.0.0.1:9", "--model", "m", "--no-thinking"]
    fault = CliRunner().invoke(app, [*words[1:], *server]).exception
    assert isinstance(fault, UsageFault) and "--no-thinking belongs to a local" in str(fault)


def no_checkpoint(path: str | Path) -> tuple[str, str]:
    """Return message and hint."""
    with pytest.raises(InputFault) as met:
        base_of(Path(path))
    return met.value.message, met.value.hint


def test_what_is_no_checkpoint_is_told_with_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert no_checkpoint("nomodel") == (
        "no such folder, expected a checkpoint",
        "give the folder in which training saved the model, or --endpoint URL --model NAME",
    )
    (tmp_path / "saves" / "甲 乙").mkdir(parents=True)
    assert no_checkpoint("nomodel")[1] == "ls saves"
    assert no_checkpoint("saves/甲 乙/x")[1] == "ls 'saves/甲 乙'"
    Path("file").write_text("x")
    assert no_checkpoint("file") == (
        "is a file, expected the folder of a checkpoint",
        "give the folder in which training saved the model: ls .",
    )
    for name in ("checkpoint-8", "checkpoint-9"):
        (tmp_path / "saves" / name).mkdir()
        (tmp_path / "saves" / name / "adapter_config.json").write_text("{}")
    message, hint = no_checkpoint("saves")
    assert message.startswith("holds neither config.json nor adapter_config.json")
    assert hint == "a folder of it holds one: fctune eval saves/checkpoint-9 ..."


def test_an_id_of_a_hub_is_told_from_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    message, hint = no_checkpoint("Qwen/Qwen3-0.6B")
    assert message == "no such folder; got a hub id, expected a folder"
    assert hint == (
        "hf download Qwen/Qwen3-0.6B --local-dir models/Qwen3-0.6B, "
        "then fctune eval models/Qwen3-0.6B ..."
    )
    kept = tmp_path / "hub" / "models--Qwen--Qwen3-0.6B" / "snapshots" / "ab12"
    kept.mkdir(parents=True)
    (kept / "config.json").write_text("{}")
    assert no_checkpoint("Qwen/Qwen3-0.6B")[1] == (
        f"it was downloaded before: fctune eval {kept} ..."
    )
    for path in ("saves/toolcall", "a/b/c", "../a", "/no/x"):
        assert no_checkpoint(path)[0] == "no such folder, expected a checkpoint", path
    (tmp_path / "Qwen").mkdir()
    assert no_checkpoint("Qwen/Qwen3-0.6B") == ("no such folder, expected a checkpoint", "ls Qwen")
