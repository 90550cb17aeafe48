"""Rendering: the whole YAML of both stages, the batch, the devices, the start of stage 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from fctune.engine import dialect
from fctune.engine.environment import Devices
from fctune.errors import InputFault
from fctune.recipe.load import load_recipe
from fctune.recipe.overrides import parse_overrides
from fctune.recipe.render import render

GOLDEN = Path(__file__).parent / "golden"
CONFIGS = sorted((Path(__file__).resolve().parents[2] / "configs").glob("*.yaml"))
RECIPE = """\
schema_version: 1
name: shop
model_name_or_path: models/base
template: qwen
bf16: true
stages:
  general:
    preset: guide
    dataset: shop_general_train
  toolcall:
    preset: small
    dataset: shop_toolcall_train
    save_strategy: "no"
    run_name: 1e-4_中文
    neftune_noise_alpha: 5
"""


@pytest.fixture
def recipe(tmp_path):
    def _recipe(*words: str, stage: str = "all", text: str = RECIPE):
        path = tmp_path / "recipe.yaml"
        path.write_text(text, encoding="utf-8")
        return load_recipe(path, parse_overrides(words, stage=stage))

    return _recipe


@pytest.mark.parametrize("stage", ["general", "toolcall"])
def test_the_whole_yaml_is_as_it_was_reviewed(recipe, stage):
    rendered = render(recipe(), stage, devices=Devices("cpu"))
    golden = GOLDEN / f"recipe_{stage}.yaml"
    assert rendered.text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("stage", ["general", "toolcall"])
def test_what_is_rendered_is_read_back_as_it_was_meant(recipe, stage):
    rendered = render(recipe(), stage, devices=Devices("cuda", 2))
    assert dialect.parse(rendered.text) == rendered.keys
    assert render(recipe(), stage, devices=Devices("cuda", 2)).sha256 == rendered.sha256


@pytest.mark.parametrize(
    ("devices", "each", "steps"), [(1, 1, 16), (2, 1, 8), (4, 2, 2), (16, 1, 1), (1, 16, 1)]
)
def test_the_effective_batch_is_kept_over_devices(recipe, devices, each, steps):
    loaded = recipe(f"per_device_train_batch_size={each}")
    rendered = render(loaded, "general", devices=Devices("cuda", devices))
    assert rendered.keys["gradient_accumulation_steps"] == steps
    assert "effective_batch_size" not in rendered.keys


@pytest.mark.parametrize(
    ("devices", "each", "hint"),
    [
        (3, 1, "try effective_batch_size=18"),
        (1, 3, "try per_device_train_batch_size=1 or 2 or 4 or 8 or 16"),
        (1, 32, "try per_device_train_batch_size=1 or 2 or 4 or 8 or 16"),
    ],
)
def test_a_batch_that_does_not_divide_is_refused(recipe, devices, each, hint):
    loaded = recipe(f"per_device_train_batch_size={each}")
    with pytest.raises(InputFault) as caught:
        render(loaded, "general", devices=Devices("cuda", devices))
    assert caught.value.hint == hint


def test_a_cpu_is_said_to_the_engine_and_an_accelerator_is_not(recipe):
    assert render(recipe(), "general", devices=Devices("cpu")).keys["use_cpu"] is True
    assert "use_cpu" not in render(recipe(), "general", devices=Devices("cuda")).keys


def test_evaluation_during_quantised_training_is_refused_on_a_cpu_alone(recipe):
    loaded = recipe("val_size=0.1", "eval_strategy=epoch")
    with pytest.raises(InputFault, match="corrupts the gradients"):
        render(loaded, "toolcall", devices=Devices("cpu"))
    render(loaded, "toolcall", devices=Devices("cuda"))
    render(loaded, "general", devices=Devices("cpu"))


def test_fp16_is_refused_on_a_cpu_alone(recipe):
    loaded = recipe("bf16=false", "fp16=true")
    with pytest.raises(InputFault, match="fp16 on a CPU"):
        render(loaded, "general", devices=Devices("cpu"))
    render(loaded, "general", devices=Devices("cuda"))


def test_stage_2_starts_from_stage_1(recipe):
    tool = render(recipe(), "toolcall", devices=Devices("cpu"), saves=Path("out"))
    assert tool.keys["model_name_or_path"] == str(Path("out/shop/general"))
    moved = render(recipe("general.output_dir=else"), "toolcall", devices=Devices("cpu"))
    assert moved.keys["model_name_or_path"] == "else"


def test_stage_2_starts_elsewhere_where_it_is_told(recipe):
    base = render(recipe("toolcall.start_from=model"), "toolcall", devices=Devices("cpu"))
    assert base.keys["model_name_or_path"] == "models/base"
    own = recipe("model_name_or_path=x", stage="toolcall")
    assert render(own, "toolcall", devices=Devices("cpu")).keys["model_name_or_path"] == "x"
    # with both stages chosen, the override is the base of the first
    both = recipe("model_name_or_path=x", stage="all")
    assert render(both, "general", devices=Devices("cpu")).keys["model_name_or_path"] == "x"
    tool = render(both, "toolcall", devices=Devices("cpu"))
    assert tool.keys["model_name_or_path"] == str(Path("saves/shop/general"))


def test_an_adapter_of_stage_1_is_trained_on(recipe):
    loaded = recipe("general.preset=small", stage="all")
    tool = render(loaded, "toolcall", devices=Devices("cpu"))
    assert tool.keys["model_name_or_path"] == "models/base"
    assert tool.keys["adapter_name_or_path"] == str(Path("saves/shop/general"))


def test_runs_are_saved_at_epochs_unless_steps_are_given(recipe):
    general = render(recipe(), "general", devices=Devices("cpu"))
    assert general.keys["save_strategy"] == "epoch"
    stepped = render(recipe("general.save_steps=5"), "general", devices=Devices("cpu"))
    assert stepped.keys["save_strategy"] == "steps"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
@pytest.mark.parametrize("devices", [Devices("cpu"), Devices("cuda"), Devices("cuda", 4)])
def test_every_config_is_good_and_renders_both_stages(path, devices):
    recipe = load_recipe(path)
    assert list(recipe.stages) == ["general", "toolcall"]
    if path.stem == "tiny" and devices.count > 1:
        pytest.skip("the tiny recipe is for one device")
    for stage in recipe.stages:
        rendered = render(recipe, stage, devices=devices)
        assert dialect.parse(rendered.text) == rendered.keys
        assert rendered.keys["overwrite_output_dir"] is False
        assert "tokenized_path" not in rendered.keys


def test_there_is_a_config_for_each_model():
    names = {path.stem for path in CONFIGS}
    assert names >= {
        "tiny",
        "qwen2.5-1.5b",
        "qwen2.5-7b",
        "qwen3-4b-2507",
        "llama3.1-8b",
        "gemma3-1b",
    }
