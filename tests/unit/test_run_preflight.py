"""Preflight: all that can be known to fail is told at once, before the engine starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fctune.dataset.registry import register
from fctune.engine.environment import DeviceReport, Devices, PackageState
from fctune.jsonl import sha256_of
from fctune.recipe.load import load_recipe
from fctune.recipe.overrides import parse_overrides
from fctune.recipe.render import render
from fctune.run import preflight as module
from fctune.run.datasets import check_datasets
from fctune.run.folder import look
from fctune.run.preflight import preflight

RECIPE = """\
schema_version: 1
name: shop
model_name_or_path: models/base
template: qwen
stages:
  general: {preset: guide, dataset: shop_general_train}
  toolcall: {preset: guide, dataset: shop_toolcall_train}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Make a folder in which the general stage can be trained."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("USE_RAY", raising=False)
    monkeypatch.setattr(module, "package_states", lambda: [PackageState("torch", "==1", "1")])
    monkeypatch.setattr(module, "scripts_dir", lambda: tmp_path / "bin")
    Path("bin").mkdir()
    Path("bin/llamafactory-cli").touch()
    Path("models/base").mkdir(parents=True)
    Path("models/base/config.json").write_text("{}")
    files = {}
    for stage in ("general", "toolcall"):
        name = f"shop_{stage}_train"
        Path("data").mkdir(exist_ok=True)
        Path(f"data/{name}.jsonl").write_text("{}\n")
        sha256 = sha256_of(Path(f"data/{name}.jsonl"))
        files[name] = {"file": f"{name}.jsonl", "rows": 1, "sha256": sha256}
    Path("data/shop.manifest.json").write_text(json.dumps({"schema_version": 1, "files": files}))
    register(Path("data"), {name: entry["file"] for name, entry in files.items()})
    Path("recipe.yaml").write_text(RECIPE)
    return tmp_path


def check(stage="general", *, words=(), resume=False, devices=None, after=""):
    recipe = load_recipe(Path("recipe.yaml"), parse_overrides(words, stage=stage))
    rendered = render(recipe, stage, devices=devices or Devices("cpu"))
    state = look(rendered.output_dir)
    return preflight(rendered, state, resume=resume, again="fctune train X", after=after)


def messages(found) -> str:
    return "\n".join(str(problem) for problem in found.problems)


def test_a_good_project_has_no_problems(project):
    found = check()
    assert found.problems == ()
    assert found.warnings == ()
    assert [dataset.name for dataset in found.datasets] == ["shop_general_train"]


def test_all_problems_are_told_at_once(project, monkeypatch):
    monkeypatch.setattr(module, "package_states", lambda: [PackageState("peft", "==1", "2")])
    Path("bin/llamafactory-cli").unlink()
    Path("models/base/config.json").unlink()
    Path("data/shop_general_train.jsonl").write_text("changed\n")
    Path("saves/shop/general/checkpoint-5").mkdir(parents=True)
    shown = messages(check())
    assert "peft: got 2, expected ==1" in shown
    assert 'uv pip install -c scripts/constraints.txt -e ".[train]"' in shown
    assert "llamafactory-cli: not in" in shown
    assert "models/base: no config.json in it" in shown
    assert "shop_general_train.jsonl: changed since data/shop.manifest.json" in shown
    assert "the engine would continue from them silently" in shown


def test_a_checkpoint_needs_a_word(project):
    folder = Path("saves/shop/general")
    (folder / "checkpoint-5").mkdir(parents=True)
    (folder / "checkpoint-5/trainer_state.json").write_text('{"global_step": 5}')
    (problem,) = check().problems
    hint = "continue: fctune train X --resume; or start afresh: rm -r saves/shop/general"
    assert problem.hint == hint
    assert check(resume=True).problems == ()


def test_resume_needs_a_whole_checkpoint(project):
    (problem,) = check(resume=True).problems
    assert (problem.message, problem.hint) == (
        "no checkpoint to resume from",
        "start: fctune train X",
    )
    Path("saves/shop/general/checkpoint-5").mkdir(parents=True)
    assert "no checkpoint in it is whole" in messages(check(resume=True))


def test_files_of_somebody_else_are_left_alone(project):
    Path("saves/shop/general").mkdir(parents=True)
    Path("saves/shop/general/thesis.tex").touch()
    assert "not empty, and not of a run: thesis.tex" in messages(check())


def test_the_model_is_a_folder_or_looks_like_a_hub_id(project, monkeypatch):
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    assert "no such model folder" in messages(check(words=["model_name_or_path=./nowhere"]))
    hub = check(words=["model_name_or_path=Qwen/No-Such-Model"])
    assert hub.problems == ()
    assert hub.warnings == ("Qwen/No-Such-Model will be downloaded from the model hub",)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "switched off" in check(words=["model_name_or_path=Qwen/No-Such-Model"]).warnings[0]


def test_stage_2_waits_for_stage_1(project):
    (problem,) = check("toolcall").problems
    assert problem.where == "saves/shop/general"
    assert "--stage general" in problem.hint
    assert check("toolcall", after="general").problems == ()


def test_devices_that_are_not_there_are_told(project, monkeypatch):
    monkeypatch.setattr(module, "probe_devices", lambda: DeviceReport("cuda", 1, bf16=False))
    shown = messages(check(devices=Devices("cuda", 2)))
    assert "devices: got 1 accelerators, expected 2" in shown
    assert "bf16=false fp16=true" in messages(check(devices=Devices("cuda"), words=["bf16=true"]))


def test_ray_on_a_cpu_is_refused(project, monkeypatch):
    monkeypatch.setenv("USE_RAY", "1")
    assert "Ray without an accelerator never starts" in messages(check())


def test_an_unregistered_dataset_is_told_with_the_nearest_name(project):
    shown = messages(check(words=["dataset=shop_general_trian"]))
    assert "dataset shop_general_trian is not registered" in shown
    assert "did you mean shop_general_train?" in shown


def test_datasets_without_manifest_or_file(project):
    register(Path("data"), {"own": "own.jsonl"})
    Path("data/own.jsonl").write_text("{}\n")
    assert check(words=["dataset=own"]).warnings == (
        "data/own.jsonl has no manifest: it was not made by fctune prepare",
    )
    Path("data/own.jsonl").unlink()
    assert "no such file, dataset own needs it" in messages(check(words=["dataset=own"]))
    online = check_datasets({"dataset_dir": "ONLINE", "dataset": "somebody/rows"})
    assert "cannot be checked" in online.warnings[0]
