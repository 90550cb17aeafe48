"""`fctune train` and `fctune doctor` as a user meets them, without starting the engine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fctune.cli import train as train_verb
from fctune.engine import dialect, environment

RECIPE = """\
schema_version: 1
name: shop
model_name_or_path: models/base
template: qwen
stages:
  general: {preset: guide, dataset: a}
  toolcall: {preset: guide, dataset: b}
"""


def fctune(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from fctune.cli.main import run; run()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    return tmp_path


def train(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return fctune("train", "--recipe", "recipe.yaml", *words, cwd=folder)


def test_dry_run_prints_the_yaml_and_the_command_and_writes_nothing(folder):
    done = train(folder, "--stage", "general", "--devices", "0", "--dry-run", "learning_rate=1e-3")
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()[:2]
    assert first == "# save as: saves/shop/general/train.yaml"
    assert second.endswith("llamafactory-cli train saves/shop/general/train.yaml")
    keys = dialect.parse(done.stdout)
    assert keys["learning_rate"] == 0.001
    assert keys["gradient_accumulation_steps"] == 16
    assert keys["use_cpu"] is True
    assert done.stderr == ""
    assert [path.name for path in folder.iterdir()] == ["recipe.yaml"]


def test_dry_run_of_both_stages_is_a_stream_of_two_documents(folder):
    done = train(folder, "--stage", "all", "--devices", "2", "--dry-run")
    general, tool = done.stdout.split("---\n")
    assert dialect.parse(general)["gradient_accumulation_steps"] == 8
    assert "# command: FORCE_TORCHRUN=1 NPROC_PER_NODE=2 llamafactory-cli train" in tool
    assert dialect.parse(tool)["model_name_or_path"] == "saves/shop/general"


def test_a_path_with_spaces_is_kept_from_torchrun(folder):
    words = ("--stage", "general", "--devices", "2", "--dry-run", "--saves", "my runs")
    done = train(folder, *words)
    assert done.stdout.startswith("# save as: shop-general.yaml\n")
    assert dialect.parse(done.stdout)["output_dir"] == "my runs/shop/general"


@pytest.mark.parametrize(
    ("words", "code", "shown"),
    [
        (["--stage", "general", "learning_rat=1"], 3, "did you mean learning_rate?"),
        (["--stage", "general", "nonsense"], 2, "nonsense is no override"),
        (["--stage", "tool"], 2, "tool"),
        (["--stage", "general", "--devices", "3", "--dry-run"], 3, "try effective_batch_size=18"),
        (["--stage", "general", "--devices", "0"], 3, "no such model folder"),
        (["--stage", "general", "--dry-run", "--resume", "--devices", "0"], 3, "no checkpoint"),
    ],
)
def test_bad_input_ends_with_its_exit_code_and_no_traceback(folder, words, code, shown):
    done = train(folder, *words)
    assert done.returncode == code, done.stderr
    assert shown in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_doctor_prints_one_object_and_its_exit_code_fits(folder):
    done = fctune("doctor", "--json", cwd=folder)
    value = json.loads(done.stdout)
    states = {check["name"]: check["state"] for check in value["checks"]}
    assert states["fctune"] == "ok"
    assert {"python", "llamafactory", "torch", "bitsandbytes", "disk", "model hub"} <= set(states)
    assert done.returncode == (0 if value["ok"] else 4), done.stderr
    for check in value["checks"]:
        assert check["state"] != "fault" or check["hint"], f"{check['name']} has no remedy"


@pytest.mark.parametrize(("devices", "warned"), [(None, True), (0, False)])
def test_a_cpu_that_was_not_asked_for_is_told(folder, monkeypatch, capsys, devices, warned):
    monkeypatch.chdir(folder)
    monkeypatch.setattr(environment, "probe_devices", environment.DeviceReport)
    stage = train_verb.StageChoice.general
    train_verb.command(recipe=Path("recipe.yaml"), stage=stage, devices=devices, dry_run=True)
    assert ("training is for the CPU" in capsys.readouterr().err) is warned
