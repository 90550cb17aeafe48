"""Real runs of the engine on a model of random weights: progress, record, stop, kill -9, resume.

What is learnt does not matter here; tests/e2e/test_train.py looks at that. Each engine process
costs about 15 s of imports, so one story is told by as few of them as can be.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from fctune.dataset.registry import register
from fctune.jsonl import write_rows

pytestmark = pytest.mark.e2e
pytest.importorskip("llamafactory", reason="the [train] extra is not installed")

STEPS = 120
RECIPE = """\
schema_version: 1
name: nano
model_name_or_path: model dir/nano
template: qwen
cutoff_len: 256
bf16: true
logging_steps: 1
stages:
  general:
    preset: guide
    dataset: nano_train
    effective_batch_size: 4
    per_device_train_batch_size: 4
    num_train_epochs: 10.0
    learning_rate: 1e-3
    save_steps: 10
  toolcall:
    preset: robust
    dataset: nano_train
    effective_batch_size: 4
    num_train_epochs: 1.0
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """Make a project in a folder with a space in its name."""
    root = tmp_path_factory.mktemp("a project")
    make_model(root / "model dir" / "nano")
    rows = (
        {
            "conversations": [
                {"from": "human", "value": f"say {number}"},
                {"from": "gpt", "value": f"hello {number}"},
            ],
            "system": "You are good.",
            "tools": "",
        }
        for number in range(48)
    )
    write_rows(root / "data" / "nano_train.jsonl", rows)
    register(root / "data", {"nano_train": "nano_train.jsonl"})
    (root / "recipe.yaml").write_text(RECIPE)
    return root


def make_model(folder: Path) -> None:
    """Make a Qwen2 of 100,000 random weights with a byte tokenizer."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(["hello world"], trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    config = Qwen2Config(
        vocab_size=len(fast),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=512,
        tie_word_embeddings=True,
    )
    Qwen2ForCausalLM(config).save_pretrained(folder)
    fast.save_pretrained(folder)


def arguments(*words: str) -> list[str]:
    start = [sys.executable, "-c", "from fctune.cli.main import run; run()", "train"]
    return [*start, "--recipe", "recipe.yaml", "--devices", "0", *words]


def train(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments(*words), cwd=project, capture_output=True, text=True, check=False
    )


def record(project: Path, stage: str) -> dict:
    return json.loads((project / "saves/nano" / stage / "fctune_run.json").read_text())


def engines_of(project: Path) -> list[psutil.Process]:
    """Return the living engine processes that work in this project."""
    found = []
    for process in psutil.process_iter():
        try:
            if "llamafactory" in " ".join(process.cmdline()) and process.cwd() == str(project):
                found.append(process)
        except psutil.Error:
            continue
    return found


def start_until(project: Path, seen: str, *words: str) -> subprocess.Popen[str]:
    """Start a run and return when a file of its output folder is there."""
    process = subprocess.Popen(
        arguments(*words), cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 180
    while not (project / "saves/nano" / seen).exists():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline, f"no {seen} in time"
        time.sleep(0.05)
    return process


def test_1_a_killed_engine_is_told(project):
    state = "general/checkpoint-10/trainer_state.json"
    process = start_until(project, state, "--stage", "general")
    running = record(project, "general")
    assert running["status"] == "running"
    busy = train(project, "--stage", "general", "--resume")
    assert busy.returncode == 3
    assert f"kill {running['engine_pid']}" in busy.stderr
    os.kill(running["engine_pid"], signal.SIGKILL)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 5, told
    assert "the engine failed: killed by SIGKILL" in told
    killed = record(project, "general")
    assert (killed["status"], killed["exit_code"]) == ("failed", -signal.SIGKILL)
    assert 10 <= killed["steps"] < STEPS


def test_2_the_engines_silent_resume_does_not_happen(project):
    done = train(project, "--stage", "general")
    assert done.returncode == 3
    assert "the engine would continue from them silently" in done.stderr
    assert "--stage general --devices 0 --resume" in done.stderr
    assert "rm -r saves/nano/general" in done.stderr
    changed = train(project, "--stage", "general", "--resume", "learning_rate=5e-4")
    assert changed.returncode == 3
    assert "got learning_rate: 0.0005, the run was started with 0.001" in changed.stderr


def test_3_sigterm_ends_every_process_of_the_engine(project):
    words = ("--stage", "toolcall", "start_from=model")
    process = start_until(project, "toolcall/train.log", *words)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert "stopped by SIGTERM at step 0" in told
    assert engines_of(project) == []
    stopped = record(project, "toolcall")
    assert (stopped["status"], stopped["exit_code"]) == ("interrupted", -signal.SIGTERM)


def test_4_a_resumed_run_reaches_the_same_step_and_stage_2_follows(project):
    # A checkpoint that is not whole, as a kill in the middle of saving leaves it, is passed over.
    (project / "saves/nano/general/checkpoint-115").mkdir()
    done = train(project, "--stage", "all", "--resume")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["saves/nano/general", "saves/nano/toolcall"]
    general, tool = record(project, "general"), record(project, "toolcall")
    assert (general["status"], general["steps"], general["steps_total"]) == ("done", STEPS, STEPS)
    assert general["resumed_from"].startswith("saves/nano/general/checkpoint-")
    assert (tool["status"], tool["steps"], tool["exit_code"]) == ("done", 12, 0)
    assert tool["model"] == "saves/nano/general"
    assert tool["datasets"]["nano_train"]["digest"].startswith("blake3:")
    assert tool["versions"]["llamafactory"] == "0.9.5"


def test_5_stage_2_was_really_quantised_and_is_logged_for_tensorboard(project):
    folder = project / "saves/nano/toolcall"
    log = (folder / "train.log").read_text(encoding="utf-8")
    assert "Quantizing model to 4 bit with bitsandbytes" in log
    assert (folder / "adapter_model.safetensors").is_file()
    assert list(folder.glob("runs/*/events.out.tfevents.*"))
    assert (folder / "training_loss.png").is_file()
    kept = (folder / "train.yaml").read_text(encoding="utf-8")
    shown = train(project, "--stage", "toolcall", "--dry-run").stdout
    assert shown.endswith(kept)


def test_6_a_finished_run_is_not_trained_again(project):
    again = train(project, "--stage", "all")
    assert again.returncode == 3
    assert f"trained already, {STEPS} steps" in again.stderr
    kept = train(project, "--stage", "all", "--resume")
    assert kept.returncode == 0
    assert record(project, "general")["steps"] == STEPS
