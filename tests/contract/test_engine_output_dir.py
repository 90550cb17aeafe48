"""The pinned engine and its output folder: what it resumes from, what it refuses, what it ignores.

These facts are why fctune judges the folder itself (fctune/run/folder.py), and why its own files
may lie there before the engine starts.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fctune.engine.logs import WEIGHT_FILES

pytestmark = pytest.mark.contract
pytest.importorskip("llamafactory", reason="the [train] extra is not installed")


@pytest.fixture
def parse(tmp_path):
    """Return a function that parses a full-tuning config with this output folder."""
    from llamafactory.hparams import get_train_args

    def _parse(**keys):
        base = {
            "model_name_or_path": "models/base",
            "template": "qwen",
            "dataset": "a",
            "stage": "sft",
            "do_train": True,
            "finetuning_type": "full",
            "output_dir": str(tmp_path / "run"),
            "report_to": "none",
            "use_cpu": True,
            "bf16": True,
            "overwrite_output_dir": False,
        }
        return get_train_args({**base, **keys})[2]

    (tmp_path / "run").mkdir()
    return _parse


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / "run" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")


def test_files_of_ours_do_not_hinder_a_fresh_run(parse, tmp_path):
    put(tmp_path, "fctune_run.json", "train.yaml", "train.log", "certificate.json", "runs/x")
    assert parse().resume_from_checkpoint is None


def test_a_checkpoint_is_resumed_without_a_word(parse, tmp_path):
    put(tmp_path, "checkpoint-5/x", "checkpoint-10/x")
    assert parse().resume_from_checkpoint == str(tmp_path / "run" / "checkpoint-10")


def test_a_checkpoint_that_is_not_whole_is_taken_too(parse, tmp_path):
    state = json.dumps({"global_step": 5})
    put(tmp_path, "checkpoint-5/trainer_state.json")
    (tmp_path / "run/checkpoint-5/trainer_state.json").write_text(state)
    put(tmp_path, "checkpoint-10/half-of-the-weights")
    assert parse().resume_from_checkpoint == str(tmp_path / "run" / "checkpoint-10")
    named = str(tmp_path / "run" / "checkpoint-5")
    assert parse(resume_from_checkpoint=named).resume_from_checkpoint == named


@pytest.mark.parametrize("name", WEIGHT_FILES)
def test_weights_without_a_checkpoint_are_refused(parse, tmp_path, name):
    put(tmp_path, name)
    with pytest.raises(ValueError, match="already exists and is not empty"):
        parse()


def test_our_names_of_weights_are_the_engines():
    from llamafactory.extras.constants import CHECKPOINT_NAMES, TRAINER_LOG

    from fctune.engine.logs import TRAINER_LOG as OURS

    assert set(WEIGHT_FILES) == CHECKPOINT_NAMES
    assert OURS == TRAINER_LOG


def test_bf16_on_a_cpu_needs_use_cpu(parse):
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has an accelerator")
    assert parse(use_cpu=True).bf16
    with pytest.raises(ValueError, match="bf16"):
        parse(use_cpu=False)


def test_quantised_weights_cannot_be_trained_in_full(parse):
    with pytest.raises(ValueError, match="Quantization is only compatible with"):
        parse(quantization_bit=4)


def test_a_bare_no_is_no_save_strategy(parse):
    with pytest.raises(ValueError, match="False is not a valid SaveStrategy"):
        parse(save_strategy=False)
    assert parse(save_strategy="no").save_strategy == "no"
