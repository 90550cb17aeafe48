"""The run record: what is written is read back, and a living run is told from a dead one."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from fctune.engine.environment import Devices
from fctune.errors import InputFault
from fctune.recipe.load import load_recipe
from fctune.recipe.render import render
from fctune.run.datasets import DatasetFile
from fctune.run.record import RECORD_NAME, RecordBook, read_record
from fctune.run.start import first_record
from fctune.run.train import command_of

RECIPE = """\
schema_version: 1
name: shop
model_name_or_path: models/base
template: qwen
stages: {general: {preset: guide, dataset: a}}
"""


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE)
    recipe = load_recipe(path)
    rendered = render(recipe, "general", devices=Devices("cpu"))
    record = first_record(
        recipe,
        rendered,
        command_of(rendered),
        datasets=(
            DatasetFile("a", "data/a.jsonl", "0" * 64, "data/a.manifest.json", "1" * 64, "2" * 64),
        ),
        overrides=("seed=1",),
        resumed_from=None,
    )
    folder = tmp_path / "run"
    folder.mkdir()
    return RecordBook(folder, record)


def test_the_record_has_what_is_needed_to_repeat_the_run(book):
    value = json.loads((book.folder / RECORD_NAME).read_text())
    assert next(iter(value)) == "schema_version"
    assert value["status"] == "running"
    assert value["recipe"]["name"] == "shop"
    assert len(value["recipe"]["sha256"]) == len(value["config_sha256"]) == 64
    assert value["config"]["template"] == "qwen"
    assert value["datasets"]["a"]["manifest_sha256"] == "1" * 64
    assert value["datasets"]["a"]["tools_fingerprint"] == "2" * 64
    assert value["argv"][1:] == ["train", "saves/shop/general/train.yaml"]
    assert set(value["versions"]) >= {"fctune", "python", "llamafactory", "torch", "transformers"}
    assert value["started"].endswith("+00:00")


def test_a_record_is_read_back(book):
    book.change(status="done", exit_code=0, steps=12)
    assert read_record(book.folder) == book.record
    assert read_record(book.folder.parent) is None


def test_a_living_engine_is_told_from_a_dead_one(book):
    assert not book.record.is_alive
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    book.engine_started(process.pid)
    assert read_record(book.folder).is_alive
    book.change(engine_started=1.0)  # the id was given to another process since
    assert not read_record(book.folder).is_alive
    book.engine_started(process.pid)
    process.kill()
    process.wait()
    assert not read_record(book.folder).is_alive


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"schema_version": 2}', '{"schema_version": 1}', "{"]
)
def test_a_file_that_is_no_record_is_refused(tmp_path, text):
    (tmp_path / RECORD_NAME).write_text(text)
    with pytest.raises(InputFault) as caught:
        read_record(tmp_path)
    assert RECORD_NAME in caught.value.where
