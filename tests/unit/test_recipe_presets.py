"""Presets: the numbers that their sources say."""

from __future__ import annotations

import pytest

from fctune.engine.arguments import check_value, engine_keys
from fctune.recipe.presets import DEFAULTS, PRESETS
from fctune.recipe.spec import OWN_KEYS, STAGE_NAMES


def test_guide_is_the_tutorials_recipe():
    general, tool = PRESETS["guide"]["general"], PRESETS["guide"]["toolcall"]
    assert (general["finetuning_type"], general["learning_rate"]) == ("full", 3e-5)
    assert 1 <= general["num_train_epochs"] <= 2
    assert (tool["lora_target"], tool["lora_rank"], tool["learning_rate"]) == ("q_proj", 16, 5e-6)
    assert (tool["quantization_bit"], tool["effective_batch_size"]) == (4, 16)
    assert 3 <= tool["num_train_epochs"] <= 5


def test_robust_trains_all_linear_layers():
    tool = PRESETS["robust"]["toolcall"]
    assert (tool["lora_target"], tool["lora_rank"]) == ("all", 32)
    assert 1e-4 <= tool["learning_rate"] <= 2e-4


def test_small_is_for_one_small_device():
    for stage in STAGE_NAMES:
        keys = PRESETS["small"][stage]
        expected = {
            "lora_rank": 16,
            "lora_alpha": 32,
            "lora_dropout": 0.05,
            "lora_target": "all",
            "learning_rate": 2e-4,
            "num_train_epochs": 3.0,
            "per_device_train_batch_size": 1,
            "effective_batch_size": 8,
            "warmup_ratio": 0.03,
            "max_grad_norm": 0.3,
        }
        assert {key: keys[key] for key in expected} == expected


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_every_value_is_one_that_the_engine_takes(preset, stage):
    for key, value in {**DEFAULTS, **PRESETS[preset][stage]}.items():
        if key not in OWN_KEYS:
            assert check_value(engine_keys()[key], value) is None
