"""The end of a run: done, failed or interrupted, and what is told of it."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fctune.engine.logs import TrainerStep
from fctune.errors import Interrupted, TrainerFault
from fctune.run.ending import close_record, outcome
from fctune.run.failures import remedy_of
from fctune.run.launch import Ending


@dataclass
class Book:
    """A record book that keeps its fields in memory."""

    folder: Path
    record: Any = None
    fields: dict[str, Any] = field(default_factory=dict)

    def change(self, **fields: Any) -> None:
        self.fields = fields
        self.record = type("Closed", (), fields)()


def close(folder: Path, ending: Ending, last: TrainerStep | None = None) -> Book:
    book = Book(folder)
    close_record(book, ending, last)
    return book


def test_a_run_is_done_when_weights_and_final_state_are_there(tmp_path):
    (tmp_path / "trainer_state.json").write_text(json.dumps({"global_step": 20}))
    (tmp_path / "model.safetensors").touch()
    book = close(tmp_path, Ending(0), TrainerStep(15, 20))
    assert (book.fields["status"], book.fields["steps"]) == ("done", 20)
    assert book.fields["steps_total"] == 20
    assert outcome(tmp_path, book.record, Ending(0), command="fctune train") is book.record


def test_an_exit_code_of_zero_alone_is_not_done(tmp_path):
    assert close(tmp_path, Ending(0)).fields["status"] == "failed"


def test_a_failure_is_told_in_one_line_with_the_last_lines_under_it(tmp_path):
    lines = [f"line {n}" for n in range(30)] + ["ValueError: Undefined dataset x in y."]
    (tmp_path / "train.log").write_text("\n".join(lines))
    book = close(tmp_path, Ending(1), TrainerStep(3, 20))
    assert book.fields["failure"] == "ValueError: Undefined dataset x in y."
    with pytest.raises(TrainerFault) as caught:
        outcome(tmp_path, book.record, Ending(1), command="fctune train X")
    first, *rest = caught.value.message.splitlines()
    assert first == "the engine failed: ValueError: Undefined dataset x in y."
    assert rest == [f"  | {line}" for line in lines[-15:]]
    assert caught.value.hint == "register the dataset: fctune prepare; then: fctune train X"


def test_a_kill_without_words_is_explained(tmp_path):
    book = close(tmp_path, Ending(-9))
    with pytest.raises(TrainerFault, match="the memory ran out"):
        outcome(tmp_path, book.record, Ending(-9), command="fctune train")


@pytest.mark.parametrize("with_checkpoint", [True, False])
def test_an_interrupted_run_says_how_to_go_on(tmp_path, with_checkpoint):
    if with_checkpoint:
        (tmp_path / "checkpoint-5").mkdir()
        (tmp_path / "checkpoint-5" / "trainer_state.json").write_text('{"global_step": 5}')
    ending = Ending(-15, signal.SIGTERM)
    book = close(tmp_path, ending, TrainerStep(7, 20))
    assert (book.fields["status"], book.fields["steps"]) == ("interrupted", 7)
    with pytest.raises(Interrupted, match="stopped by SIGTERM at step 7") as caught:
        outcome(tmp_path, book.record, ending, command="fctune train X")
    expected = "go on: fctune train X" + (" --resume" if with_checkpoint else "")
    assert caught.value.hint == expected


def test_known_failures_have_a_remedy():
    assert "per_device_train_batch_size" in remedy_of(["CUDA out of memory. Tried"])
    assert remedy_of(["something else"]) == ""


def test_a_smaller_batch_is_for_a_fresh_start(tmp_path):
    (tmp_path / "checkpoint-5").mkdir()
    (tmp_path / "checkpoint-5" / "trainer_state.json").write_text('{"global_step": 5}')
    (tmp_path / "train.log").write_text("torch.OutOfMemoryError: CUDA out of memory. Tried")
    book = close(tmp_path, Ending(1))
    with pytest.raises(TrainerFault) as caught:
        outcome(tmp_path, book.record, Ending(1), command="fctune train X")
    assert caught.value.hint.startswith("start afresh with half of per_device_train_batch_size")
    assert caught.value.hint.endswith(f"; then: rm -r {tmp_path}; fctune train X")
