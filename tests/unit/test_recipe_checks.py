"""Combinations of keys: each rule with a recipe that breaks it, and one that does not."""

from __future__ import annotations

import json

import pytest

from fctune.errors import InputFault
from fctune.recipe.checks import RULES
from fctune.recipe.load import load_recipe
from fctune.recipe.overrides import parse_overrides

BASE = """\
schema_version: 1
name: shop
model_name_or_path: models/base
template: qwen
stages:
  general:
    preset: guide
    dataset: a
  toolcall:
    preset: robust
    dataset: b
"""
# (overrides, a part of the message); nothing else may be wrong with the recipe.
BROKEN = {
    "_needed": ("toolcall.dataset=null", "no dataset"),
    "_batch": (
        "toolcall.effective_batch_size=8 toolcall.gradient_accumulation_steps=2",
        "are both given",
    ),
    "_quantised": ("general.quantization_bit=4", "quantization_bit with finetuning_type: full"),
    "_quantised_pissa": ("toolcall.pissa_init=true", "pissa_init with quantization_bit"),
    "_quantised_adapters": (
        "toolcall.adapter_name_or_path='a,b'",
        "several adapters with quantization_bit",
    ),
    "_methods": ("general.use_dora=true", "use_dora with finetuning_type: full"),
    "_methods_galore": ("toolcall.use_galore=true", "use_galore with finetuning_type: lora"),
    "_methods_half": ("bf16=true fp16=true", "bf16 and fp16 are both true"),
    "_packing": ("packing=true cutoff_len=1001", "packing needs a multiple of 8"),
    "_packing_fa2": (
        "toolcall.neat_packing=true toolcall.flash_attn=fa2",
        "neat_packing with fa2 and a batch of 4",
    ),
    "_evaluation": ("eval_strategy=steps", "evaluation without an evaluation set"),
    "_evaluation_two": ("val_size=0.1 eval_dataset=c", "val_size and eval_dataset are both given"),
    "_evaluation_stop": ("early_stopping_steps=3", "early stopping without a metric"),
    "_evaluation_best": (
        "val_size=0.1 eval_strategy=steps save_strategy=epoch load_best_model_at_end=true",
        "load_best_model_at_end with eval_strategy steps, save_strategy epoch",
    ),
    "_evaluation_steps": (
        "val_size=0.1 eval_strategy=steps eval_steps=30 save_steps=40 load_best_model_at_end=true",
        "save_steps 40, eval_steps 30",
    ),
    "_data": ("mask_history=true train_on_prompt=true", "mask_history with train_on_prompt"),
    "_data_stream": (
        "streaming=true dataloader_num_workers=1",
        "streaming without max_steps",
    ),
    "_data_worker": ("streaming=true max_steps=5", "streaming of local files without a worker"),
    "_data_probs": ("interleave_probs='0.5,0.5'", "interleave_probs with mix_strategy: concat"),
    "_start": ("general.start_from=general", "the general stage cannot start from itself"),
    "_start_two": (
        "toolcall.start_from=general toolcall.model_name_or_path=x",
        "start_from and model_name_or_path are both given",
    ),
    "_same_adapter": (
        "general.finetuning_type=lora general.lora_target=all general.lora_rank=8 "
        "general.lora_alpha=64",
        "got lora_rank: 32, expected 8 as in general",
    ),
}
FINE = [
    "packing=true cutoff_len=1024",
    "val_size=0.1 eval_strategy=epoch load_best_model_at_end=true early_stopping_steps=2 "
    "metric_for_best_model=eval_loss",
    "toolcall.quantization_bit=8",
    "toolcall.quantization_bit=null toolcall.use_dora=true",
    "streaming=true dataloader_num_workers=1 max_steps=5",
    "toolcall.model_name_or_path=models/other",
    "toolcall.start_from=model",
    "mix_strategy=interleave_under interleave_probs='0.5,0.5' dataset='a,b'",
]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(BASE, encoding="utf-8")
    return path


def load(path, words):
    # shlex would take away the quotes that YAML needs; no value here holds a space
    return load_recipe(path, parse_overrides(words.split(), stage="all"))


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_combination_is_refused(path, name):
    words, message = BROKEN[name]
    with pytest.raises(InputFault) as caught:
        load(path, words)
    assert message in str(caught.value)


@pytest.mark.parametrize("words", FINE)
def test_a_good_combination_passes(path, words):
    assert set(load(path, words).stages) == {"general", "toolcall"}


def test_every_rule_has_a_broken_recipe():
    assert {rule.__name__ for rule in RULES} - {"_zero"} <= set(BROKEN)


@pytest.mark.parametrize("inline", [True, False])
def test_zero_3_is_read_from_the_deepspeed_config(path, tmp_path, inline):
    config = {"zero_optimization": {"stage": 3}}
    file = tmp_path / "z3.json"
    file.write_text(json.dumps(config))
    value = json.dumps(config).replace(" ", "") if inline else str(file)
    value = "{zero_optimization:{stage:3}}".replace(":", ": ") if inline else value
    overrides = parse_overrides([f"toolcall.deepspeed={value}"], stage="all")
    with pytest.raises(InputFault, match="quantization_bit with DeepSpeed ZeRO-3"):
        load_recipe(path, overrides)


def test_stage_2_alone_must_say_where_it_starts(tmp_path):
    path = tmp_path / "recipe.yaml"
    head, _, tool = BASE.partition("  general:\n    preset: guide\n    dataset: a\n")
    path.write_text(head + tool, encoding="utf-8")
    with pytest.raises(InputFault, match="there is no general stage to start from"):
        load(path, "")
    assert load(path, "toolcall.start_from=model").stages["toolcall"].start_from == "model"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("general.preset=small toolcall.preset=small toolcall.adapter_name_or_path=mine",
         "got adapter_name_or_path: mine"),
        ("general.finetuning_type=oft", "an OFT adapter"),
    ],
)  # fmt: skip
def test_a_start_that_the_render_could_not_keep_is_refused(tmp_path, words, message):
    path = tmp_path / "recipe.yaml"
    path.write_text(BASE)
    with pytest.raises(InputFault, match=message):
        load_recipe(path, parse_overrides(words.split(), stage="all"))
    load_recipe(path, parse_overrides([*words.split(), "toolcall.start_from=model"], stage="all"))
