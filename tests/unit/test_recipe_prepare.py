"""The prepare block of a recipe: checked with lines, taken by prepare, overruled by options."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Annotated, Any, get_args

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from fctune.cli.prepare import command as prepare_command
from fctune.cli.prepare_recipe import RecipeOpt, as_words, recipe_switches
from fctune.dataset.mixing_lessons import WEIGHED
from fctune.errors import FctuneError, InputFault
from fctune.recipe.load import load_recipe
from fctune.recipe.overrides import parse_overrides
from fctune.recipe.prepare import PREPARE_KEYS, prepare_options
from fctune.recipe.spec import Setting

ROOT = Path(__file__).resolve().parents[2]
HEAD = """\
schema_version: 1
name: shop
model_name_or_path: models/base
template: qwen
cutoff_len: 4096
dataset_dir: data/shop
"""
STAGES = """\
stages:
  general: {preset: guide, dataset: shop_general_train}
  toolcall: {preset: guide, dataset: shop_toolcall_train, cutoff_len: 2048}
"""
GOOD = """\
prepare:
  name: shop
  mix: 2:1
  over_long: window
  lessons: {call: 1, ask_back: 0.5}
  switches:
    success-claimed: off
    personal-*: reject
  hold_out_tools: [查询, look]
  strict: false
  system:
"""


def write(folder: Path, block: str, *, head: str = HEAD, stages: str = STAGES) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(head + block + stages, encoding="utf-8")
    return path


def problems_of(path: Path, *words: str) -> str:
    with pytest.raises(InputFault) as caught:
        load_recipe(path, parse_overrides(words, stage="all"))
    return f"{caught.value}\nhint: {caught.value.hint}".replace(str(path), "FILE")


def test_the_block_becomes_options(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    recipe = load_recipe(path)
    assert recipe.prepare["mix"] == Setting("2:1", f"{path}:9", "recipe")
    assert prepare_options(recipe) == {
        "template": "qwen",
        "cutoff_len": 2048,
        "out": "data/shop",
        "name": "shop",
        "mix": "2:1",
        "over_long": "window",
        "lessons": {"call": 1, "ask_back": 0.5},
        "switches": {"success-claimed": "off", "personal-*": "reject"},
        "hold_out_tools": ["查询", "look"],
        "strict": False,
    }
    # Nothing of it reaches the engine.
    assert all("prepare" not in stage.settings for stage in recipe.stages.values())


@pytest.mark.parametrize("block", ["", "prepare:\n", "prepare: {}\n"])
def test_a_recipe_needs_no_block(tmp_path: Path, block: str) -> None:
    recipe = load_recipe(write(tmp_path, block))
    assert recipe.prepare == {}
    assert prepare_options(recipe)["cutoff_len"] == 2048


def test_the_block_may_say_less_than_the_stages(tmp_path: Path) -> None:
    block = "prepare: {template: qwen, cutoff_len: 1024, out: elsewhere}\n"
    options = prepare_options(load_recipe(write(tmp_path, block)))
    assert (options["cutoff_len"], options["out"]) == (1024, "elsewhere")


def test_every_problem_has_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """\
prepare:
  mixx: 1:1
  over-long: window
  over_long: windw
  template: qwne
  dev: 1.5
  cutoff_len: "2048"
  strict: yes
  lessons: {cal: 1}
  workers: 2
  switches:
    tail-cutt: reject
    role-order: off
    tail-cut: rejct
  prefix_rows: maybe
  mix: 1:1
  mix: 2:1
  prompts: 1
""",
    )
    text = problems_of(path)
    for line in (
        "FILE:8: unknown key prepare.mixx\n    hint: did you mean mix?",
        "FILE:9: unknown key prepare.over-long\n    hint: did you mean over_long?",
        "FILE:10: got prepare.over_long: 'windw', expected one of drop, window\n"
        "    hint: did you mean over_long: window?",
        "FILE:11: got prepare.template: 'qwne', expected a template of the engine\n"
        "    hint: did you mean template: qwen?",
    ):
        assert line in text, text
    assert "prepare" in text and "stages" not in text


LINES = [
    ("dev: 1.5", "got prepare.dev: 1.5, expected a share from 0 to 1", ""),
    ('cutoff_len: "2048"', "got prepare.cutoff_len: '2048', expected a whole number from 16", ""),
    ("cutoff_len: true", "expected a whole number from 16", ""),
    ("strict: yes", "got prepare.strict: 'yes', expected true or false", ""),
    ("lessons: {cal: 1}", "expected a mapping of lessons to weights", "lessons are ask_back"),
    ("lessons: {general: 1}", "expected a mapping of lessons to weights", "lessons are ask_back"),
    ("lessons: {call: -1}", "expected a mapping of lessons to weights", "numbers from 0 on"),
    ("workers: 2", "prepare.workers belongs to one run", "give it on the command line"),
    ("dry-run: true", "prepare.dry-run belongs to one run", "give it on the command line"),
    ("prompts_of: 1", "unknown key prepare.prompts_of", "docs/reference/recipe.md"),
    ("prefix_rows: call", "expected true or false", ""),
    ("prefix_each: cal", "expected one of call, turn", "did you mean prefix_each: call?"),
    ("switches: [a]", "expected a mapping of issue codes", ""),
    ("switches: {tail-cutt: reject}", "no issue code is named tail-cutt", "tail-cut: reject"),
    ("switches: {role-order: off}", "is an error, which cannot be off", "Mend the order"),
    ("switches: {tail-cut: rejct}", "got tail-cut=rejct, expected off", "tail-cut: reject"),
    ("switches: {tail-cut: true}", "expected off, warn or reject", "tail-cut: warn"),
    ("name: 5", "got prepare.name: 5, expected text", ""),
    ("near_dup_threshold: 7", "expected a number from 0.5 to 1", ""),
    ("hold_out_tools: -1", "expected a number of tools, or their names", ""),
]


@pytest.mark.parametrize(("line", "message", "hint"), LINES)
def test_a_bad_value_says_what_to_write(tmp_path: Path, line: str, message: str, hint: str) -> None:
    text = problems_of(write(tmp_path, f"prepare:\n  seed: 1\n  {line}\n"))
    assert f"FILE:9: {message}" in text or ("FILE:9: " in text and message in text), text
    assert hint in text, text


def test_a_switch_is_found_on_its_own_line(tmp_path: Path) -> None:
    text = problems_of(
        write(tmp_path, "prepare:\n  switches:\n    tail-cut: warn\n    tail-cutt: off\n")
    )
    assert "FILE:10: prepare.switches: no issue code is named tail-cutt" in text


@pytest.mark.parametrize("block", ["prepare: 5\n", "prepare: [mix]\n", "prepare: text\n"])
def test_a_block_that_is_no_mapping(tmp_path: Path, block: str) -> None:
    text = problems_of(write(tmp_path, block))
    assert "FILE:7: got prepare:" in text and "expected a mapping of options" in text


def test_a_key_that_stands_twice(tmp_path: Path) -> None:
    text = problems_of(write(tmp_path, "prepare:\n  mix: 1:1\n  mix: 2:1\n"))
    assert "FILE:9: prepare.mix is written twice, first in line 8" in text


def test_data_and_training_must_agree(tmp_path: Path) -> None:
    block = "prepare:\n  template: llama3\n  cutoff_len: 4096\n"
    text = problems_of(write(tmp_path, block))
    assert "FILE:8: got prepare.template: llama3, stage general has qwen" in text
    assert "FILE:9: got prepare.cutoff_len: 4096, stage toolcall has 2048" in text
    assert "hint: write cutoff_len: 2048; the engine would cut longer rows" in text
    assert "stage general has 4096" not in text
    # What the command line of training changes counts as well.
    path = write(tmp_path, "prepare: {template: qwen}\n")
    load_recipe(path)
    assert "stage toolcall has llama3" in problems_of(path, "toolcall.template=llama3")


def test_it_stands_at_the_top_alone(tmp_path: Path) -> None:
    stages = STAGES.replace("{preset: guide, dataset: shop_g", "{prepare: {}, dataset: shop_g")
    assert "prepare does not stand here" in problems_of(write(tmp_path, "", stages=stages))


def command(tmp_path: Path, *words: str) -> dict[str, Any]:
    """Run a command with a few options of prepare, and return what it gets."""
    got: dict[str, Any] = {}
    app = typer.Typer()

    @app.command()
    def prepare(
        raw: list[Path],
        recipe: RecipeOpt = None,
        out_dir: Annotated[Path, typer.Option("--out")] = Path("data"),
        name: str | None = None,
        mix: str = "1:1",
        dev: float = 0.05,
        template: str = "qwen",
        cutoff_len: int = 2048,
        over_long: str = "drop",
        lessons: str = "",
        hold_out_tools: str = "",
        strict: Annotated[bool, typer.Option("--strict/--no-strict")] = False,
        switch: Annotated[list[str] | None, typer.Option("--switch")] = None,
    ) -> None:
        got.update(locals())

    @app.command()
    def other() -> None:
        """Make it an application of several verbs, as fctune is."""

    result = CliRunner().invoke(app, ["prepare", "a.jsonl", *words])
    if isinstance(result.exception, FctuneError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return got


def test_options_of_the_command_line_win(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("strict: false", "strict: true"))
    got = command(tmp_path, "--recipe", str(path))
    assert (got["out_dir"], got["name"], got["mix"]) == (Path("data/shop"), "shop", "2:1")
    assert (got["cutoff_len"], got["over_long"], got["dev"]) == (2048, "window", 0.05)
    assert (got["lessons"], got["hold_out_tools"]) == ("call=1,ask_back=0.5", "查询,look")
    assert got["strict"] is True
    assert got["switch"] == ["success-claimed=off", "personal-*=reject"]
    words = ["--recipe", str(path), "--mix", "1:1", "--no-strict", "--out", "x", "--dev", "0.5"]
    got = command(tmp_path, *words)
    assert (got["mix"], got["strict"], got["out_dir"], got["dev"]) == ("1:1", False, Path("x"), 0.5)
    assert recipe_switches(path) == {"success-claimed": "off", "personal-*": "reject"}
    assert recipe_switches(None) == {}


def test_an_option_that_the_command_lacks_is_not_lost(tmp_path: Path) -> None:
    path = write(tmp_path, "prepare:\n  max_repeat: 2\n")
    with pytest.raises(FctuneError, match="fctune prepare has no option max_repeat") as fault:
        command(tmp_path, "--recipe", str(path))
    assert fault.value.where == f"{path}:8"


VALUES: dict[str, Any] = {
    "name": "shop", "out": "d", "tools": "t.yaml", "tell_examples": 1, "mapping": "m.yaml",
    "format": "f.yaml", "system": "You help.", "template": "qwen", "model": "m", "cutoff_len": 64,
    "over_long": "window", "carry": 1, "prefix_rows": True, "prefix_each": "turn", "mix": "1:1",
    "lessons": {"call": 1.0}, "upsample": True, "max_repeat": 2, "cap_per_tool": 9, "dev": 0.1,
    "test": 0, "hold_out_tools": 3, "max_tools": 5, "tool_tokens": 900, "distractors": True,
    "distractor_pool": "p.yaml", "near_dup": True, "near_dup_threshold": 0.9,
    "drop_prefixes": True, "thoughts": "keep", "redact": True, "redact_kinds": ["email", "phone"],
    "strict": True, "switches": {"tail-cut": "reject"}, "max_reject_rate": 0.2, "seed": 7,
}  # fmt: skip


def test_every_key_is_an_option_of_the_command() -> None:
    options = inspect.signature(prepare_command, eval_str=True).parameters
    for key, value in as_words(VALUES).items():
        assert key in options, key
        kind = get_args(options[key].annotation)[0]
        assert isinstance(value, bool) == (bool in (kind, *get_args(kind))), key
    # What a recipe leaves to each run.
    assert {name for name in options if name not in as_words(VALUES)} == {
        "raw", "recipe", "workers", "engine", "ray_address", "page", "explain", "json", "dry_run"
    }  # fmt: skip


def test_the_lessons_are_those_that_are_weighed(tmp_path: Path) -> None:
    for name in WEIGHED:
        load_recipe(write(tmp_path, f"prepare:\n  lessons: {{{name}: 1}}\n"))


def test_every_key_takes_a_value(tmp_path: Path) -> None:
    assert VALUES.keys() == PREPARE_KEYS.keys()
    lines = "".join(f"  {key}: {value!r}\n" for key, value in VALUES.items())
    recipe = load_recipe(write(tmp_path, "prepare:\n" + lines.replace("True", "true")))
    assert prepare_options(recipe) == VALUES
    assert all(key.meaning.endswith(".") for key in PREPARE_KEYS.values())
    words = as_words(VALUES)
    assert words["switch"] == ["tail-cut=reject"] and words["lessons"] == "call=1.0"


ANY = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
BLOCK = st.dictionaries(
    st.sampled_from([*PREPARE_KEYS, "x", ""]),
    ANY | st.lists(ANY, max_size=2) | st.dictionaries(st.text(max_size=6), ANY, max_size=2),
    max_size=5,
)


@given(BLOCK)
@settings(deadline=None, max_examples=60)
def test_no_block_raises_another_fault(
    tmp_path_factory: pytest.TempPathFactory, block: dict[str, Any]
) -> None:
    import yaml

    text = yaml.safe_dump({"prepare": block}, allow_unicode=True)
    path = write(tmp_path_factory.getbasetemp(), text)
    try:
        options = prepare_options(load_recipe(path))
    except InputFault:
        return
    assert options["template"] == "qwen"


def test_the_recipe_of_the_project_makes_data_for_its_stages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    recipe = load_recipe(Path("configs/qwen2.5-1.5b.yaml"))
    options = prepare_options(recipe)
    assert options["template"] == "qwen" and options["cutoff_len"] == 4096
    assert options["mix"] == "1:1" and options["name"] == "shop"
    assert options["out"] == "data"
    for stage in recipe.stages.values():
        assert stage.get("dataset") == f"{options['name']}_{stage.name}_train"
