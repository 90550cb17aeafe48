"""What the engine does with a prepared dataset: it skips no row and cuts no row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fctune.conversations.families import family_of
from fctune.conversations.formats.sharegpt import to_row
from fctune.dataset.build import BuildOptions, build
from fctune.dataset.registry import entry
from fctune.dataset.sources import Reading
from fctune.dataset.write import write
from fctune.engine.prompts import Thinking, prompt_ids
from fctune.engine.templates import EngineTemplate, messages_of
from fctune.tools.read import load_catalog

ROOT = Path(__file__).resolve().parents[2]
RAW = ROOT / "data" / "raw"
CUTOFF = 1024
AS_TRAINED = Thinking(asked=True)
pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def prepared(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """Prepare all shipped raw data for the tiny model; return the folder and the manifest."""
    folder = tmp_path_factory.mktemp("prepared")
    template = EngineTemplate.load(tiny_model, "qwen3_nothink")
    joiner = family_of("qwen3_nothink").joiner
    options = BuildOptions(
        "all",
        folder,
        tuple(RAW / name for name in ("glaive", "ecommerce", "general", "defective")),
        reading=Reading(tools=load_catalog(ROOT / "data" / "tools" / "ecommerce.yaml")[0]),
        template="qwen3_nothink",
        cutoff_len=CUTOFF,
    )
    measure = lambda row: template.row_length(to_row(row, joiner=joiner))  # noqa: E731
    return folder, write(build(options, measure=measure), folder)


def _engine_dataset(folder: Path, name: str, model: Path, *, cutoff_len: int) -> Any:
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from llamafactory.model import load_tokenizer

    arguments = {
        "model_name_or_path": str(model),
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "full",
        "dataset_dir": str(folder),
        "dataset": name,
        "template": "qwen3_nothink",
        "cutoff_len": cutoff_len,
        "overwrite_cache": True,
        "preprocessing_num_workers": 1,
        "output_dir": str(folder / "out"),
        "use_cpu": True,
        "report_to": "none",
    }
    model_args, data_args, training_args, _, _ = get_train_args(arguments)
    module = load_tokenizer(model_args)
    template = get_template_and_fix_tokenizer(module["tokenizer"], data_args)
    loaded = get_dataset(template, model_args, data_args, training_args, "sft", **module)
    return loaded["train_dataset"]


def test_the_engine_keeps_every_row_and_cuts_none(
    prepared: tuple[Path, Any], tiny_model: Path
) -> None:
    folder, manifest = prepared
    assert manifest.read == manifest.kept + manifest.rejected + manifest.deduplicated
    for name, written in manifest.files.items():
        trained = _engine_dataset(folder, name, tiny_model, cutoff_len=CUTOFF)
        whole = _engine_dataset(folder, name, tiny_model, cutoff_len=100_000)
        assert len(trained) == written.rows
        assert trained["input_ids"] == whole["input_ids"]


def test_measured_lengths_are_those_of_the_engine(
    prepared: tuple[Path, Any], tiny_model: Path
) -> None:
    folder, manifest = prepared
    template = EngineTemplate.load(tiny_model, "qwen3_nothink")
    lines = (folder / manifest.files["all_test"].file).read_text("utf-8").splitlines()
    measured = [template.row_length(json.loads(line)) for line in lines]
    trained = _engine_dataset(folder, "all_test", tiny_model, cutoff_len=CUTOFF)
    assert measured == [len(ids) for ids in trained["input_ids"]]


def test_a_partial_tags_block_would_lose_every_call(
    prepared: tuple[Path, Any], tiny_model: Path
) -> None:
    """Why the registry spells every key out: this is what the engine does otherwise."""
    folder, manifest = prepared
    file = manifest.files["all_toolcall_train"].file
    partial = entry(file)
    del partial["tags"]["function_tag"], partial["tags"]["observation_tag"]
    other = folder.parent / "partial"
    other.mkdir(exist_ok=True)
    (other / file).write_bytes((folder / file).read_bytes())
    (other / "dataset_info.json").write_text(json.dumps({"partial": partial}))
    rows = _engine_dataset(other, "partial", tiny_model, cutoff_len=CUTOFF)
    calls = manifest.files["all_toolcall_train"].rows - len(rows)
    assert calls > 100


def test_the_prompt_of_evaluation_is_the_prompt_of_training(
    prepared: tuple[Path, Any], tiny_model: Path
) -> None:
    folder, manifest = prepared
    template = EngineTemplate.load(tiny_model, "qwen3_nothink")
    lines = (folder / manifest.files["all_dev"].file).read_text("utf-8").splitlines()
    trained = _engine_dataset(folder, "all_dev", tiny_model, cutoff_len=CUTOFF)
    for line, ids in zip(lines, trained["input_ids"], strict=True):
        row = json.loads(line)
        messages = messages_of(row)
        prompt = prompt_ids(template, row["system"], row["tools"], messages[:-1], AS_TRAINED)
        assert ids[: len(prompt)] == prompt
        again, answer = template.pair_ids(row["system"], row["tools"], messages)
        assert again == prompt and ids == prompt + answer
