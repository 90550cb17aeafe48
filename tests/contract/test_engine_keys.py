"""The pinned engine: its keys, its YAML reader and its parser, as fctune has them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from fctune.engine import dialect
from fctune.engine.arguments import table_versions
from fctune.engine.environment import Devices, installed_version
from fctune.recipe.load import load_recipe
from fctune.recipe.render import render

pytestmark = pytest.mark.contract
pytest.importorskip("llamafactory", reason="the [train] extra is not installed")

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
# Scalars on which YAML readers differ.
SCALARS = [
    "1e-4",
    "1E5",
    "1.",
    ".5",
    "+1",
    "1_000",
    "0x1f",
    "0o17",
    "017",
    "12:30",
    "12:30:45.5",
    "no",
    "No",
    "off",
    "y",
    "yes",
    "true",
    "True",
    "null",
    "~",
    "Null",
    "2026-01-01",
    "2026-01-01T00:00:00",
    ".inf",
    "-.inf",
    "1.2.3",
    "1e",
    "1e+",
    "e5",
    "q_proj,v_proj",
    "'no'",
    '"1e-4"',
]


def script(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_of_keys_is_that_of_the_engine():
    module = script("engine_keys")
    assert module.as_text(module.engine_table()) == module.TABLE.read_text(encoding="utf-8")
    assert table_versions() == {name: installed_version(name) for name in table_versions()}


@pytest.mark.parametrize("text", SCALARS)
def test_scalars_are_read_as_the_engines_reader_reads_them(text):
    from omegaconf import OmegaConf

    theirs = OmegaConf.to_container(OmegaConf.create(f"key: {text}"))
    assert dialect.parse(f"key: {text}") == theirs
    assert type(dialect.parse(text)) is type(theirs["key"])


@pytest.mark.parametrize("text", ["no", "1e-4", "null", "a: b", "中文", "x # y", "", "12:30"])
def test_text_that_we_write_is_the_same_text_to_the_engine(text):
    from omegaconf import OmegaConf

    read = OmegaConf.to_container(OmegaConf.create(f"key: {dialect.scalar(text)}"))
    assert read == {"key": text}


@pytest.mark.parametrize("word", ["a=1e-4", "a=no", "a=[x,y]", "a=", "a='1'", "a.b.c=2"])
def test_overrides_are_read_as_the_engine_reads_them(word):
    from omegaconf import OmegaConf

    from fctune.recipe.overrides import parse_overrides

    (override,) = parse_overrides([word], stage="general")
    theirs = OmegaConf.to_container(OmegaConf.from_dotlist([word]))
    assert {override.key: override.setting(None).value} == theirs


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
@pytest.mark.parametrize("stage", ["general", "toolcall"])
def test_every_config_is_accepted_by_the_engines_parser(path, stage, tmp_path):
    from llamafactory.hparams.parser import _parse_train_args
    from omegaconf import OmegaConf

    rendered = render(load_recipe(path), stage, devices=Devices("cpu"))
    file = tmp_path / "train.yaml"
    file.write_text(rendered.text, encoding="utf-8")
    keys = OmegaConf.to_container(OmegaConf.load(file))
    assert keys == rendered.keys
    model, data, training, finetuning, _ = _parse_train_args(keys)
    assert model.model_name_or_path == rendered.keys["model_name_or_path"]
    assert data.template == rendered.keys["template"]
    assert training.learning_rate == pytest.approx(rendered.keys["learning_rate"])
    assert finetuning.finetuning_type == rendered.keys["finetuning_type"]


def test_the_launcher_splits_a_path_at_its_spaces():
    """The reason for a config path without spaces wherever torchrun may run."""
    source = Path(importlib.util.find_spec("llamafactory").origin).parent / "launcher.py"
    text = source.read_text(encoding="utf-8")
    assert text.count('args=" ".join(sys.argv[1:])') == 2
    assert 'os.getenv("NPROC_PER_NODE", str(get_device_count()))' in text
