"""What the engine tells: progress, the reason of a failure, whole checkpoints."""

from __future__ import annotations

import json

from fctune.engine.logs import (
    LogReader,
    TrainerStep,
    checkpoints,
    failure_line,
    has_weights,
    last_whole_checkpoint,
    parse_step,
)

LINE = {
    "current_steps": 5,
    "total_steps": 20,
    "loss": 1.5,
    "epoch": 0.25,
    "remaining_time": "1 day, 0:00:10",
}


def test_a_line_of_progress_is_read():
    step = parse_step(json.dumps(LINE))
    assert step == TrainerStep(5, 20, loss=1.5, epoch=0.25, remaining_s=86410)


def test_other_lines_are_no_steps():
    for text in ("", "{", "[]", "null", "{}", '{"current_steps": "x", "total_steps": 1}'):
        assert parse_step(text) is None


def test_the_reader_waits_for_the_end_of_a_line(tmp_path):
    path = tmp_path / "trainer_log.jsonl"
    reader = LogReader(path)
    assert reader.new_steps() == []
    text = json.dumps(LINE)
    path.write_text(text[:20])
    assert reader.new_steps() == []
    path.write_text(text + "\n" + text[:5])
    assert [step.step for step in reader.new_steps()] == [5]
    assert reader.new_steps() == []


def test_a_reader_of_a_resumed_run_starts_at_its_end(tmp_path):
    path = tmp_path / "trainer_log.jsonl"
    path.write_text(json.dumps(LINE) + "\n")
    reader = LogReader(path)
    with path.open("a") as stream:
        stream.write(json.dumps({**LINE, "current_steps": 10}) + "\n")
    assert [step.step for step in reader.new_steps()] == [10]


def test_the_cause_is_found_above_the_messengers():
    lines = [
        "Traceback (most recent call last):",
        '[rank0]:   File "x.py", line 1, in f',
        "[rank0]: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB.",
        "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ",
        "subprocess.CalledProcessError: Command '['torchrun']' returned non-zero exit status 1.",
    ]
    assert failure_line(lines) == (
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB."
    )
    assert failure_line(["AssertionError"]) == "AssertionError"
    assert failure_line(["all well", "Error in the text: no"]) == ""


def test_a_checkpoint_without_its_state_is_not_whole(tmp_path):
    for step in (5, 10, 20):
        (tmp_path / f"checkpoint-{step}").mkdir()
    for step in (5, 10):
        state = json.dumps({"global_step": step})
        (tmp_path / f"checkpoint-{step}" / "trainer_state.json").write_text(state)
    (tmp_path / "checkpoint-20" / "trainer_state.json").write_text('{"global_st')
    assert [step for step, _ in checkpoints(tmp_path)] == [5, 10, 20]
    assert last_whole_checkpoint(tmp_path) == tmp_path / "checkpoint-10"
    assert last_whole_checkpoint(tmp_path / "absent") is None


def test_weights_are_told_from_other_files(tmp_path):
    (tmp_path / "train.yaml").touch()
    assert not has_weights(tmp_path)
    (tmp_path / "adapter_model.safetensors").touch()
    assert has_weights(tmp_path)
