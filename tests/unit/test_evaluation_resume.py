"""Resuming: what is recorded is not asked again, and what changed is refused."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from fctune.errors import EnvironmentFault, InputFault
from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.decode import Decoded
from fctune.evaluation.local.resume import JOURNAL, Resuming
from fctune.evaluation.local.resume_fingerprint import files_of, fingerprint_of_run
from fctune.evaluation.predict import Prediction
from tests.unit.evaluation_samples import call, case, qwen, said

CASES = [case(id=f"a#{number}") for number in range(6)]
FINGERPRINT = {"split": "s", "decoding": {"max_new_tokens": 8}}


class Model:
    """Says something of every kind, and counts what it was asked."""

    def __init__(self, *, breaks_at: int | None = None) -> None:
        self.asked: list[str] = []
        self.breaks_at = breaks_at

    def predict(self, cases: Sequence[EvalCase]) -> Iterator[Prediction]:
        for number, one in enumerate(cases):
            if number == self.breaks_at:
                raise KeyboardInterrupt
            self.asked.append(one.id)
            yield answer(one.id)


def answer(case_id: str) -> Prediction:
    kind = int(case_id[-1]) % 4
    if kind == 0:
        return said(qwen(call("track", id="你好\u2028\ud800")), id=case_id, finish_reason="stop")
    if kind == 1:
        calls = (call("track", id="x"),)
        decoded = Decoded(
            text="<tool_call>", malformed=True, detail="torn", repaired=calls, repairs=("tag",)
        )
        return Prediction(case_id, None, decoded, "length", 7, 3, 0.1 + 0.2)
    if kind == 2:
        return Prediction(case_id, None, finish_reason="error", error="server is gone")
    return said("plain words", id=case_id)


def predicted(folder: Path, model: Model, *, resume: bool, **changed: Any) -> list[Prediction]:
    run = Resuming(folder, FINGERPRINT | changed, resume=resume)
    run.check_cases(CASES)
    return list(run.predict(model, CASES))


def test_what_was_recorded_comes_back_as_it_was(tmp_path: Path) -> None:
    first = predicted(tmp_path, Model(), resume=False)
    again = Model()
    second = predicted(tmp_path, again, resume=True)
    # An answer with an error is asked again, all others are not.
    assert again.asked == ["a#2"]
    assert sorted(second, key=lambda one: one.case_id) == first


def test_a_broken_run_asks_only_the_rest(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        predicted(tmp_path, Model(breaks_at=4), resume=False)
    model = Model()
    run = Resuming(tmp_path, FINGERPRINT, resume=True)
    assert run.recorded(CASES) == 3
    found = list(run.predict(model, CASES))
    assert model.asked == ["a#2", "a#4", "a#5"]
    assert {one.case_id for one in found} == {one.id for one in CASES}
    assert (run.recorded(CASES), run.unanswered) == (5, 1)


class Healed(Model):
    """A model behind a server that is back."""

    def predict(self, cases: Sequence[EvalCase]) -> Iterator[Prediction]:
        for one in cases:
            self.asked.append(one.id)
            yield said("plain words", id=one.id)


def test_the_journal_of_a_finished_run_stays_where_a_case_has_no_answer(tmp_path: Path) -> None:
    first = Resuming(tmp_path, FINGERPRINT, resume=False)
    list(first.predict(Model(), CASES))
    first.finish()
    assert (first.unanswered, (tmp_path / JOURNAL).exists()) == (1, True)
    model = Healed()
    again = Resuming(tmp_path, FINGERPRINT, resume=True)
    assert {one.case_id for one in again.predict(model, CASES)} == {one.id for one in CASES}
    assert (model.asked, again.unanswered) == (["a#2"], 0)
    again.finish()
    assert not list(tmp_path.iterdir())


def test_a_finished_journal_protects_nothing_until_it_is_gone_on_with(tmp_path: Path) -> None:
    first = Resuming(tmp_path, FINGERPRINT, resume=False)
    list(first.predict(Model(), CASES))
    first.finish()
    anew = Resuming(tmp_path, FINGERPRINT | {"split": "t"}, resume=False)
    assert anew.recorded(CASES) == 0
    list(anew.predict(Model(), CASES))
    anew.finish()
    onward = Resuming(tmp_path, FINGERPRINT | {"split": "t"}, resume=True)
    next(
        one for one in onward.predict(Healed(), CASES) if one.case_id == "a#2"
    )  # and then it is killed
    del onward, anew, first
    with pytest.raises(InputFault, match="broken off"):
        Resuming(tmp_path, FINGERPRINT, resume=False)


def test_a_journal_of_errors_alone_is_no_obstacle(tmp_path: Path) -> None:
    only = [CASES[2]]
    run = Resuming(tmp_path, FINGERPRINT, resume=False)
    assert [one.finish_reason for one in run.predict(Model(), only)] == ["error"]
    del run
    assert Resuming(tmp_path, FINGERPRINT, resume=False).recorded(CASES) == 0


def test_answers_of_a_broken_run_are_not_written_over(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        predicted(tmp_path, Model(breaks_at=2), resume=False)
    before = (tmp_path / JOURNAL).read_bytes()
    with pytest.raises(InputFault, match="broken off") as fault:
        predicted(tmp_path, Model(), resume=False)
    assert "--resume" in fault.value.hint
    assert (tmp_path / JOURNAL).read_bytes() == before


def test_a_folder_is_one_runs_at_a_time(tmp_path: Path) -> None:
    first = Resuming(tmp_path, FINGERPRINT, resume=False)
    with pytest.raises(EnvironmentFault, match="another run writes into this folder"):
        Resuming(tmp_path, FINGERPRINT, resume=False)
    first.finish()
    assert not list(tmp_path.iterdir())
    Resuming(tmp_path, FINGERPRINT, resume=False).finish()


def test_a_run_that_comes_to_no_answer_leaves_nothing_behind(tmp_path: Path) -> None:
    new = tmp_path / "out"
    Resuming(new, FINGERPRINT, resume=False).leave()
    assert not new.exists()
    predicted(new, Model(), resume=False)
    before = (new / JOURNAL).read_bytes()
    onward = Resuming(new, FINGERPRINT, resume=True)
    onward.leave()
    onward.leave()
    assert onward.ended and [path.name for path in new.iterdir()] == [JOURNAL]
    with pytest.raises(InputFault, match="cannot be resumed"):
        Resuming(new, FINGERPRINT | {"split": "t"}, resume=True)
    assert [path.name for path in new.iterdir()] == [JOURNAL]
    assert (new / JOURNAL).read_bytes() == before


def test_errors_alone_are_no_answer_and_leave_nothing_behind(tmp_path: Path) -> None:
    new = tmp_path / "甲" / "b" / "c"
    run = Resuming(new, FINGERPRINT, resume=False)
    assert [one.finish_reason for one in run.predict(Model(), [CASES[2]])] == ["error"]
    run.leave()
    assert not list(tmp_path.iterdir())
    (tmp_path / "甲").mkdir()
    run = Resuming(new, FINGERPRINT, resume=False)
    next(run.predict(Model(), CASES))
    run.leave()  # broken off after an answer
    assert [path.name for path in new.iterdir()] == [JOURNAL]
    run = Resuming(new, FINGERPRINT, resume=True)
    assert [one.finish_reason for one in run.predict(Model(), [CASES[2]])] == ["error"]
    run.leave()
    assert (new / JOURNAL).exists(), "the answers of the run before it"


def test_a_run_that_ends_frees_the_folder_for_one_run_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Resuming(tmp_path, FINGERPRINT, resume=False)
    later: list[Resuming] = []
    release = FileLock.release

    def released(lock: FileLock, force: bool = False) -> None:
        release(lock, force)
        if not later:  # at once, before the first has done another step
            later.append(Resuming(tmp_path, FINGERPRINT, resume=False))

    with monkeypatch.context() as quick:
        quick.setattr(FileLock, "release", released)
        first.leave()
    with pytest.raises(EnvironmentFault, match="another run writes into this folder"):
        Resuming(tmp_path, FINGERPRINT, resume=False)
    later[0].leave()
    assert not list(tmp_path.iterdir())


def test_a_journal_of_errors_stays_until_the_first_question(tmp_path: Path) -> None:
    run = Resuming(tmp_path, FINGERPRINT, resume=False)
    assert [one.finish_reason for one in run.predict(Model(), [CASES[2]])] == ["error"]
    run.finish()
    before = (tmp_path / JOURNAL).read_bytes()
    Resuming(tmp_path, FINGERPRINT, resume=False).leave()  # such as where the model is not loaded
    assert (tmp_path / JOURNAL).read_bytes() == before


@pytest.mark.parametrize("torn", ['{"id": "a#5", "pro', '{"id": "a#5"', "\x00\x00\xff"])
def test_a_torn_last_line_is_left_out(tmp_path: Path, torn: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        predicted(tmp_path, Model(breaks_at=2), resume=False)
    with (tmp_path / JOURNAL).open("ab") as stream:
        stream.write(torn.encode("latin-1"))
    found = predicted(tmp_path, Model(), resume=True)
    assert len(found) == len(CASES)
    third = predicted(tmp_path, Model(), resume=True)
    assert {one.case_id for one in third} == {one.case_id for one in found}


def test_a_fault_inside_the_journal_is_told_with_its_line(tmp_path: Path) -> None:
    predicted(tmp_path, Model(), resume=False)
    path = tmp_path / JOURNAL
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1], "{nothing", *lines[2:]]) + "\n")
    with pytest.raises(InputFault, match="no line of a journal") as fault:
        predicted(tmp_path, Model(), resume=True)
    assert fault.value.where == f"{path}:3"
    path.write_text("")
    with pytest.raises(InputFault, match="is empty"):
        predicted(tmp_path, Model(), resume=True)


def test_another_fingerprint_is_refused_and_says_what_changed(tmp_path: Path) -> None:
    predicted(tmp_path, Model(), resume=False)
    with pytest.raises(InputFault, match=r"decoding\.max_new_tokens was 8, is 9") as fault:
        predicted(tmp_path, Model(), resume=True, decoding={"max_new_tokens": 9})
    assert "remove the file" in fault.value.hint
    (tmp_path / JOURNAL).unlink()  # as the hint says
    model = Model()
    predicted(tmp_path, model, resume=False, decoding={"max_new_tokens": 9})
    assert len(model.asked) == len(CASES)


def test_a_case_with_another_prompt_is_refused(tmp_path: Path) -> None:
    predicted(tmp_path, Model(), resume=False)
    run = Resuming(tmp_path, FINGERPRINT, resume=True)
    changed = [replace(CASES[0], system="You do not help.")]
    with pytest.raises(InputFault, match="'a#0' has another prompt"):
        run.check_cases(changed)


def test_the_fingerprint_knows_the_files_that_decide(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "trainer_state.json").write_text("{}")
    (tmp_path / "notes.log").write_text("x")
    big = tmp_path / "model.safetensors"
    big.write_bytes(b"0" * 5_000_000)
    known = files_of(tmp_path)
    assert set(known) == {"config.json", "model.safetensors"}
    before = fingerprint_of_run(split_sha256="s", template="qwen", checkpoint=tmp_path)
    assert fingerprint_of_run(split_sha256="s", template="qwen", checkpoint=tmp_path) == before
    os.utime(big, ns=(1, 1))
    after = fingerprint_of_run(split_sha256="s", template="qwen", checkpoint=tmp_path)
    assert after != before
    json.dumps(after)


def test_how_cases_are_batched_decides_nothing() -> None:
    from fctune.evaluation.local.predict_local_ask import Decoding

    def of(**options: Any) -> dict[str, Any]:
        return fingerprint_of_run(split_sha256="s", template="q", decoding=Decoding(**options))

    assert of(batch_tokens=1, share_prefix=False) == of()
    assert of(max_new_tokens=9) != of()
