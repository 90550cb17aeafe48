"""Output folders: each thing that an earlier run can leave, and what it means."""

from __future__ import annotations

import json

import pytest

from fctune.run.folder import Stand, clear_leftovers, look
from fctune.run.record import RECORD_NAME


def record(status: str) -> str:
    mappings = ("recipe", "config", "datasets", "devices", "environment", "versions")
    empty = {key: {} for key in mappings}
    texts = dict.fromkeys(("stage", "model", "template", "config_sha256", "started"), "x")
    value = {"schema_version": 1, **empty, **texts, "adapter": None, "overrides": [], "argv": []}
    return json.dumps({**value, "status": status})


def state(step: int) -> str:
    return json.dumps({"global_step": step})


CASES = [
    ({}, Stand.FRESH),
    ({"certificate.json": "{}"}, Stand.FRESH),
    ({"notes.txt": "mine"}, Stand.FOREIGN),
    ({RECORD_NAME: record("failed"), "train.log": "", "runs/x": ""}, Stand.FRESH),
    ({RECORD_NAME: record("running"), "train.yaml": ""}, Stand.FRESH),
    ({"checkpoint-5/trainer_state.json": state(5)}, Stand.STARTED),
    ({"checkpoint-5/model.safetensors": ""}, Stand.STARTED),
    ({RECORD_NAME: record("interrupted"), "checkpoint-5/x": ""}, Stand.STARTED),
    ({"model.safetensors": ""}, Stand.BROKEN),
    ({"model.safetensors": "", "trainer_state.json": state(5)}, Stand.DONE),
    ({RECORD_NAME: record("failed"), "model.safetensors": ""}, Stand.BROKEN),
    ({RECORD_NAME: record("running"), "adapter_model.safetensors": ""}, Stand.BROKEN),
    (
        {
            RECORD_NAME: record("running"),
            "model.safetensors": "",
            "trainer_state.json": state(5),
        },
        Stand.DONE,
    ),
    ({RECORD_NAME: record("done"), "adapter_model.safetensors": ""}, Stand.DONE),
    (
        {
            RECORD_NAME: record("failed"),
            "model.safetensors": "",
            "checkpoint-5/trainer_state.json": state(5),
        },
        Stand.STARTED,
    ),
]


@pytest.mark.parametrize(("files", "stand"), CASES)
def test_a_folder_is_judged_by_what_is_in_it(tmp_path, files, stand):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert look(tmp_path).stand is stand


def test_an_absent_folder_is_fresh(tmp_path):
    assert look(tmp_path / "absent").stand is Stand.FRESH


def test_the_newest_whole_checkpoint_is_found(tmp_path):
    for step in (5, 10):
        (tmp_path / f"checkpoint-{step}").mkdir()
    (tmp_path / "checkpoint-5" / "trainer_state.json").write_text(state(5))
    found = look(tmp_path)
    assert found.checkpoint == tmp_path / "checkpoint-5"
    assert found.steps == 5


def test_a_new_run_does_not_go_on_with_old_logs(tmp_path):
    names = ("trainer_log.jsonl", "train.log", "trainer_state.json", "certificate.json")
    for name in names:
        (tmp_path / name).touch()
    clear_leftovers(tmp_path, resumed=True)
    assert {path.name for path in tmp_path.iterdir()} == set(names) - {"trainer_state.json"}
    clear_leftovers(tmp_path, resumed=False)
    assert {path.name for path in tmp_path.iterdir()} == {"certificate.json"}
