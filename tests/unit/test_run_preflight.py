"""Preflight: all that can be known to fail is told at once, before the engine starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fctune.dataset.registry import register
from fctune.engine.environment import DeviceReport, Devices, PackageState
from fctune.jsonl import digest_of
from fctune.recipe.load import load_recipe
from fctune.recipe.overrides import parse_overrides
from fctune.recipe.render import render
from fctune.run import preflight as module
from fctune.run.datasets import check_datasets
from fctune.run.folder import look
from fctune.run.preflight import preflight
from fctune.run.record import RECORD_NAME

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
        digest = digest_of(Path(f"data/{name}.jsonl"))
        files[name] = {"file": f"{name}.jsonl", "rows": 1, "digest": digest}
    Path("data/shop.manifest.json").write_text(json.dumps({"schema_version": 1, "files": files}))
    register(Path("data"), {name: entry["file"] for name, entry in files.items()})
    Path("recipe.yaml").write_text(RECIPE)
    return tmp_path


def started(
    stage="general", *, status="failed", config=None, devices=1, checkpoint=5, weights=False
):
    """Leave what a run of ours leaves: its record, a checkpoint, perhaps weights."""
    recipe = load_recipe(Path("recipe.yaml"))
    rendered = render(recipe, stage, devices=Devices("cpu"))
    folder = rendered.output_dir
    folder.mkdir(parents=True)
    texts = dict.fromkeys(("stage", "model", "template", "config_sha256", "started"), "x")
    empty = {key: {} for key in ("recipe", "datasets", "environment", "versions")}
    value = {"schema_version": 1, **empty, **texts, "adapter": None, "status": status}
    value["config"] = {**rendered.keys, **(config or {})}
    value["devices"] = {"kind": "cpu", "count": devices}
    (folder / RECORD_NAME).write_text(json.dumps({**value, "overrides": [], "argv": []}))
    if checkpoint:
        (folder / f"checkpoint-{checkpoint}").mkdir()
        state = folder / f"checkpoint-{checkpoint}/trainer_state.json"
        state.write_text(json.dumps({"global_step": checkpoint}))
    if weights:
        (folder / "config.json").write_text("{}")
        (folder / "model.safetensors").touch()
    return folder


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
    assert found.datasets[0].as_dict()["tools_fingerprint"] is None  # a manifest without catalog
    assert found.datasets[0].as_dict()["thoughts"] is None


def test_the_fingerprint_of_the_tools_and_the_thoughts_come_from_the_manifest(project):
    path = Path("data/shop.manifest.json")
    manifest = json.loads(path.read_text())
    told = {"catalog": {"fingerprint": "9" * 64}, "settings": {"thoughts": "keep"}}
    path.write_text(json.dumps({**manifest, **told}))
    assert check().datasets[0].as_dict()["tools_fingerprint"] == "9" * 64
    assert check().datasets[0].as_dict()["thoughts"] == "keep"


def test_all_problems_are_told_at_once(project, monkeypatch):
    monkeypatch.setattr(module, "package_states", lambda: [PackageState("peft", "==1", "2")])
    Path("bin/llamafactory-cli").unlink()
    Path("models/base/config.json").unlink()
    Path("data/shop_general_train.jsonl").write_text("changed\n")
    started()
    shown = messages(check())
    assert "peft: got 2, expected ==1" in shown
    assert 'pip install -c scripts/constraints.txt -e ".[train]"' in shown
    assert "llamafactory-cli: not in" in shown
    assert "models/base: no config.json in it" in shown
    assert "shop_general_train.jsonl: changed since data/shop.manifest.json" in shown
    assert "the engine would continue from them silently" in shown


def test_a_checkpoint_needs_a_word(project):
    started()
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
    (started() / "checkpoint-5/trainer_state.json").unlink()
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


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("done", [False, True])
def test_a_run_of_somebody_else_is_neither_continued_nor_replaced(project, resume, done):
    folder = started(weights=done)
    (folder / RECORD_NAME).unlink()
    (folder / "train.log").write_text("theirs")
    if done:
        (folder / "trainer_state.json").write_text('{"global_step": 5}')
    (problem,) = check(resume=resume).problems
    assert "not a run of fctune" in problem.message
    assert "rm " not in problem.hint


@pytest.mark.parametrize("resume", [False, True])
def test_half_written_weights_are_not_a_trained_stage(project, resume):
    started(weights=True, checkpoint=0)
    (problem,) = check(resume=resume).problems
    assert "the weights in it are not whole" in problem.message
    assert problem.hint == "start afresh: rm -r saves/shop/general"


def test_stage_2_needs_the_end_of_stage_1(project):
    folder = started(weights=True)
    (problem,) = check("toolcall").problems
    assert problem.message == "the general stage in it is started, expected done"
    (folder / "trainer_state.json").write_text('{"global_step": 5}')
    assert check("toolcall").problems == ()


def test_a_finished_stage_is_never_to_be_removed_for_save_only_model(project):
    folder = started(status="done", weights=True, config={"save_only_model": True})
    words = ["save_only_model=true"]
    assert check(resume=True, words=words).problems == ()
    (folder / "model.safetensors").unlink()
    assert "no optimizer state" in messages(check(resume=True, words=words))


def test_a_resumed_run_keeps_its_batch(project):
    started()
    assert check(resume=True).problems == ()
    other = ["per_device_train_batch_size=2"]
    assert "got per_device_train_batch_size: 2" in messages(check(resume=True, words=other))
    smaller = messages(check(resume=True, words=["effective_batch_size=8"]))
    assert "got 8 rows per step, the run was started with 16" in smaller


def test_a_resumed_run_may_change_its_devices_where_the_batch_stays(project):
    started(config={"gradient_accumulation_steps": 4}, devices=4)
    assert check(resume=True).problems == ()


def test_a_relative_path_is_no_hub_id(project):
    shown = messages(check(words=["model_name_or_path=data/no-model"]))
    assert "no such model folder" in shown
    shown = messages(check(words=["model_name_or_path=quickstart/model"]))
    assert "python scripts/make_tiny_model.py --out quickstart/model --seed 42" in shown
