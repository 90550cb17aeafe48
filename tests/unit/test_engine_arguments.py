"""The engine's keys: types are strict, and every refusal says how to write it."""

from __future__ import annotations

import pytest

from fctune.engine.arguments import (
    check_value,
    engine_keys,
    engine_templates,
    nearest,
    table_versions,
)

GOOD = [
    ("learning_rate", 1e-4),
    ("learning_rate", 1),
    ("num_train_epochs", 3),
    ("lora_rank", 8),
    ("bf16", True),
    ("quantization_bit", None),
    ("save_strategy", "no"),
    ("lr_scheduler_kwargs", {"num_cycles": 2}),
    ("report_to", ["tensorboard"]),
    ("val_size", 0.1),
]
BAD = [
    ("learning_rate", "1e-4", "write it without quotes: learning_rate: 1e-4"),
    ("lora_rank", "8", "write it without quotes: lora_rank: 8"),
    ("do_train", "false", "write it without quotes: do_train: false"),
    ("save_strategy", False, 'YAML reads a bare no as false; quote it: save_strategy: "no"'),
    ("dataset", 123, 'quote it: dataset: "123"'),
    ("dataset", ["a", "b"], "separate by commas on one line: dataset: a,b"),
    ("finetuning_type", "loar", "did you mean finetuning_type: lora?"),
    ("lora_rank", 8.5, ""),
    ("lora_rank", "[8", ""),
    ("lora_rank", "<<", ""),
    ("lora_rank", True, ""),
    ("bf16", 1, ""),
    ("run_name", "${now}", "the engine's YAML reader expands ${...}; write the value itself"),
]


@pytest.mark.parametrize(("key", "value"), GOOD)
def test_good_values_pass(key, value):
    assert check_value(engine_keys()[key], value) is None


@pytest.mark.parametrize(("key", "value", "hint"), BAD)
def test_bad_values_are_refused_with_a_hint(key, value, hint):
    fault = check_value(engine_keys()[key], value)
    assert fault is not None
    assert fault.hint == hint
    assert key in fault.message
    assert "expected" in fault.message


def test_the_table_is_of_the_pinned_engine():
    assert table_versions() == {"llamafactory": "0.9.5", "transformers": "4.57.6"}
    assert {"qwen", "qwen3_nothink", "llama3", "gemma"} <= set(engine_templates())


def test_nearest_finds_a_misspelt_key_and_nothing_for_noise():
    assert nearest("learning_rat", engine_keys()) == "learning_rate"
    assert nearest("zzzzqqqq", engine_keys()) == ""
