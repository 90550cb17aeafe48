"""Recipes from disk: a closed schema, true line numbers, all problems at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from fctune.errors import InputFault, UsageFault
from fctune.recipe.load import load_recipe
from fctune.recipe.overrides import parse_overrides
from fctune.recipe.spec import Setting

GOOD = """\
schema_version: 1
name: shop
model_name_or_path: models/base
template: qwen
learning_rate: 1e-4
stages:
  general:
    preset: guide
    dataset: shop_general_train
  toolcall:
    preset: guide
    dataset: shop_toolcall_train
"""


@pytest.fixture
def write(tmp_path):
    def _write(text: str) -> Path:
        path = tmp_path / "recipe.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return _write


def problems_of(path: Path, *words: str, stage: str = "all") -> str:
    with pytest.raises(InputFault) as caught:
        load_recipe(path, parse_overrides(words, stage=stage))
    return str(caught.value).replace(f"{path}", "FILE")


def test_layers_lie_over_each_other(write):
    path = write(GOOD)
    recipe = load_recipe(path, parse_overrides(["toolcall.lora_rank=4"], stage="all"))
    tool = recipe.stages["toolcall"].settings
    assert tool["overwrite_cache"] == Setting(True, "default", "default")
    assert tool["lora_target"] == Setting("q_proj", "preset guide", "preset")
    assert tool["learning_rate"] == Setting(0.0001, f"{path}:5", "recipe")
    assert tool["dataset"] == Setting("shop_toolcall_train", f"{path}:12", "stage")
    assert tool["lora_rank"] == Setting(4, "command line", "command-stage")
    assert "lora_rank" not in recipe.stages["general"].settings


def test_every_problem_is_shown_at_once_with_its_line(write):
    path = write(
        """\
schema_version: 2
name: my shop
model_name_or_path: models/base
template: qwne
output_dir: out
bf16: "true"
learning_rat: 1e-4
stages:
  general:
    preset: guid
    learning_rate: "1e-4"
    dataset: a, a
    tool_format: qwen
    save_strategy: no
    save_strategy: epoch
  toolcall:
    preset: guide
    finetuning_type: full
    cutoff_len: 1001
    packing: true
    early_stopping_steps: 3
    quantization_bit: 3
  tool:
    preset: guide
"""
    )
    shown = problems_of(path)
    expected = [
        "FILE:1: got schema_version: 2, expected 1",
        "FILE:2: got name: 'my shop'",
        "FILE:4: got template: qwne",
        "did you mean template: qwen?",
        "FILE:5: output_dir at the top would be shared",
        'FILE:6: got bf16: "true", expected true or false',
        "FILE:7: unknown key learning_rat",
        "did you mean learning_rate?",
        "FILE:10: got preset: 'guid'",
        "did you mean preset: guide?",
        'FILE:11: got learning_rate: "1e-4", expected a number',
        "FILE:12: dataset names a twice",
        "FILE:13: tool_format is not allowed here",
        "FILE:14: got save_strategy: false",
        "FILE:15: save_strategy is written twice, first in line 14",
        "FILE:16: no dataset (stage toolcall)",
        "FILE:19: packing needs a multiple of 8",
        "FILE:21: early stopping without a metric",
        "FILE:22: got quantization_bit: 3, expected 4 or 8",
        "FILE:23: got stage tool, expected general or toolcall",
    ]
    for text in expected:
        assert text in shown
    assert "17 problems" in shown
    lines = [int(part.split(":")[0]) for part in shown.split("  FILE:")[1:]]
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "got no mapping"),
        ("- a\n", "got no mapping"),
        ("a: [1\n", "not valid YAML"),
        ("a: 1\n---\nb: 2\n", "not valid YAML"),
        ("schema_version: 1\nname: x\n", "no stages"),
        ("name: x\nstages: {general: 1}\n", "stage general is no mapping"),
        ("schema_version: 1\nname: x\nstages: [general]\n", "expected a mapping of general"),
        ("schema_version: 1\nname: ../x\n", "got name: '../x'"),
        ("name: !!python/name:os.system x\n", "the value of name cannot be read"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused(write, text, message):
    assert message in problems_of(write(text))


def test_bytes_that_are_not_text_are_refused(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_bytes(b"name: \xff\xfe")
    assert "not UTF-8" in problems_of(path)
    assert "no such file" in problems_of(tmp_path / "absent.yaml")


def test_what_the_engine_would_take_wrongly_is_refused_with_the_reason(write):
    for key in ("tokenized_path: x", "formatting: openai", "use_ray: true", "do_predict: true"):
        shown = problems_of(write(GOOD + f"    {key}\n"))
        assert f"FILE:13: {key.split(':')[0]} is not allowed here" in shown


def test_own_keys_have_their_place(write):
    assert "preset does not stand here" in problems_of(write("preset: guide\n" + GOOD))
    assert "name does not stand here" in problems_of(write(GOOD + "    name: x\n"))


def test_the_command_line_is_checked_like_the_file(write):
    path = write(GOOD)
    assert "command line: unknown key lora_rnk" in problems_of(path, "lora_rnk=8")
    assert 'got learning_rate: "x", expected a number' in problems_of(path, "learning_rate=x")
    two = problems_of(path, "lora_rnk=8", "seed=x")
    assert "did you mean lora_rank?" in two
    assert 'got seed: "x", expected a whole number' in two


@pytest.mark.parametrize("word", ["learning_rate", "--learning_rate=1", "=1", "a=[1"])
def test_words_that_are_no_overrides_are_usage_faults(word):
    with pytest.raises(UsageFault):
        parse_overrides([word], stage="general")


def test_overrides_are_for_the_chosen_stage(write):
    path = write(GOOD)
    recipe = load_recipe(path, parse_overrides(["seed=7"], stage="toolcall"))
    assert recipe.stages["toolcall"].get("seed") == 7
    assert recipe.stages["general"].get("seed") == 42
    both = load_recipe(path, parse_overrides(["seed=7", "general.seed=8"], stage="all"))
    assert (both.stages["toolcall"].get("seed"), both.stages["general"].get("seed")) == (7, 8)


def test_a_part_of_a_mapping_can_be_overridden(write):
    path = write(GOOD + "    lr_scheduler_kwargs: {num_cycles: 1, keep: 2}\n")
    words = ["toolcall.lr_scheduler_kwargs.num_cycles=3", "toolcall.lr_scheduler_kwargs.a.b=4"]
    recipe = load_recipe(path, parse_overrides(words, stage="all"))
    assert recipe.stages["toolcall"].get("lr_scheduler_kwargs") == {
        "num_cycles": 3,
        "keep": 2,
        "a": {"b": 4},
    }


def test_a_later_layer_says_the_batch_in_its_own_way(write):
    path = write(GOOD)
    words = parse_overrides(["gradient_accumulation_steps=3"], stage="all")
    stage = load_recipe(path, words).stages["general"]
    assert stage.get("effective_batch_size") is None
    assert stage.get("gradient_accumulation_steps") == 3
    both = GOOD + "    effective_batch_size: 4\n    gradient_accumulation_steps: 2\n"
    assert "are both given" in problems_of(write(both))


def test_a_part_of_a_mapping_at_the_top_keeps_the_other_parts(write):
    path = write(GOOD + "lr_scheduler_kwargs: {num_cycles: 2, power: 3.0}\n")
    words = ["lr_scheduler_kwargs.num_cycles=5"]
    recipe = load_recipe(path, parse_overrides(words, stage="toolcall"))
    value = {"num_cycles": 5, "power": 3.0}
    assert recipe.stages["toolcall"].get("lr_scheduler_kwargs") == value
    assert recipe.stages["general"].get("lr_scheduler_kwargs") == {"num_cycles": 2, "power": 3.0}


@pytest.mark.parametrize("key", ["default_system: You", "enable_thinking: false"])
def test_keys_that_would_change_the_prompt_are_refused(write, key):
    shown = problems_of(write(GOOD + key + "\n"))
    assert f"{key.split(':')[0]} is not allowed here" in shown
    assert "evaluation" in shown
