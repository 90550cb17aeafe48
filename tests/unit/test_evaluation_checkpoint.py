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
from fctune.errors import UsageFault
from fctune.evaluation.local.template_of import template_of, thinking_of
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
    assert isinstance(fault, UsageFault) and "--thinking belongs to a local" in str(fault)
