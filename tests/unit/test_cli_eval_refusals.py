"""What `fctune eval` refuses before anything is asked; the server of these tests does not run."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from fctune.cli import eval as evaluate
from fctune.cli import eval_run, score
from fctune.errors import EnvironmentFault, FctuneError, InputFault, UsageFault
from fctune.evaluation.local.predict_local import LocalPredictor
from fctune.evaluation.local.resume import JOURNAL, Resuming
from fctune.evaluation.predict import Prediction
from fctune.jsonl import write_rows
from tests.unit.evaluation_samples import case, write_split

pytest.importorskip("httpx")
APP = typer.Typer()
APP.command("eval")(evaluate.command)
APP.command("score")(score.command)
SERVER = ("--endpoint", "http://127.0.0.1:9", "--model", "tiny", "--retries", "0")


@pytest.fixture
def split(tmp_path: Path) -> Path:
    return write_split(tmp_path / "test.jsonl", ["A1", "B2"])


def refused(
    split: Path, out: Path, *more: str | Path, who: tuple[str, ...] = SERVER
) -> FctuneError:
    words = ["eval", *who, "--data", str(split), "--out", str(out), *map(str, more)]
    done = CliRunner().invoke(APP, words)
    fault = done.exception
    assert isinstance(fault, UsageFault | InputFault), done.output
    return fault


def scored(folder: Path, call: str, *more: str) -> Path:
    """Return a result folder of one case."""
    row = {
        "id": "a#1",
        "prediction": "It rains.",
        "gold": [{"name": call, "arguments": {}}],
        "tools": [{"name": call, "description": "x", "parameters": {"type": "object"}}],
    }
    write_rows(folder.with_suffix(".jsonl"), [row])
    file = str(folder.with_suffix(".jsonl"))
    words = ["score", file, "--out", str(folder), "--template", "qwen", *more]
    done = CliRunner().invoke(APP, words)
    assert (folder / "results.json").is_file(), done.exception
    return folder


def test_a_mode_without_anything_to_judge_by_is_refused(split: Path, tmp_path: Path) -> None:
    fault = refused(split, tmp_path / "out", "--mode", "bfcl")
    assert "no case has any" in str(fault)
    assert not (tmp_path / "out").exists()


def test_comparators_of_no_parameter_are_refused(split: Path, tmp_path: Path) -> None:
    file = tmp_path / "how.yaml"
    file.write_text("track.idd: text\n")
    fault = refused(split, tmp_path / "out", "--mode", "semantic", "--comparators", file)
    assert fault.hint == "did you mean track.id?"


def test_a_gate_on_no_slice_is_refused(split: Path, tmp_path: Path) -> None:
    fault = refused(split, tmp_path / "out", "--min", "function_accuracy@turn:9=0.5")
    assert "'turn:9', which is no lesson, tag or tool" in str(fault)
    assert "turn:1" in fault.hint


@pytest.mark.parametrize(
    ("gate", "said", "hint"),
    [
        ("call_recall@order=0.5", "the tool 'order', which no case calls", ""),
        ("bogus@track=0.5", "the metric 'bogus', which the results do not have", "function_"),
        ("function_accuracy@track=0.5", "which 'track' does not have", "call_recall@track?"),
        ("call_recall@turn:1=0.5", "which 'turn:1' does not have", "@turn:1"),
        ("decision.accuracy@turn:1=0.5", "which the results do not have", "decision_accuracy"),
        ("call_recall@track=80", "a share from 0 to 1", "call_recall@track=80%?"),
    ],
)
def test_a_gate_that_nothing_can_ever_keep_is_refused(
    split: Path, tmp_path: Path, gate: str, said: str, hint: str
) -> None:
    fault = refused(split, tmp_path / "out", "--min", gate)
    assert said in str(fault)
    assert hint in fault.hint


@pytest.mark.parametrize(
    "slice_", ["function_accuracy@turn:1", "call_recall@track", "function_accuracy@expects:call"]
)
def test_a_gate_on_a_slice_is_no_reason_to_refuse(split: Path, tmp_path: Path, slice_: str) -> None:
    words = ["eval", *SERVER, "--data", str(split), "--out", str(tmp_path / "out"), "--dry-run"]
    done = CliRunner().invoke(APP, [*words, "--min", f"{slice_}=0.5"])
    assert "would ask" in done.output, done.exception


def test_a_baseline_of_another_mode_or_without_a_common_case_is_refused(
    split: Path, tmp_path: Path
) -> None:
    other = scored(tmp_path / "other", "sail")
    fault = refused(split, tmp_path / "out", "--no-regression", other)
    assert "no case in common" in str(fault)
    loose = scored(tmp_path / "loose", "sail", "--mode", "semantic")
    fault = refused(split, tmp_path / "out", "--no-regression", loose)
    assert "judged in mode semantic" in str(fault) and fault.hint == "add --mode semantic"


def test_a_place_that_cannot_be_written_is_told_at_once(split: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    fault = refused(split, tmp_path / "out", "--junit", file / "gates.xml")
    assert (fault.where, fault.hint) == (str(file), "give another --junit")
    fault = refused(split, tmp_path / "out", "--junit", tmp_path)
    assert "is a folder, expected a file" in str(fault)
    assert "is the file that is read" in str(refused(split, tmp_path / "out", "--junit", split))
    fault = refused(split, file / "out")
    assert (str(fault), fault.hint) == (
        f"{file}: is a file, expected a folder",
        "give another --out",
    )


def test_finished_results_are_not_resumed(split: Path, tmp_path: Path) -> None:
    done = scored(tmp_path / "done", "sail")
    before = json.loads((done / "results.json").read_text())
    fault = refused(split, done, "--resume")
    assert "nothing to resume" in str(fault) and "leave --resume out" in fault.hint
    assert json.loads((done / "results.json").read_text()) == before


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--constrain",), "--constrain belongs to a local checkpoint, not to --endpoint"),
        (("--max-calls", "3"), "--max-calls belongs to a local checkpoint"),
        (("--workers", "2", "--ray-address", "h:1"), "--workers, --ray-address belong to a local"),
        (("--batch-tokens", "9"), "--batch-tokens belongs to a local checkpoint"),
        (("--no-share-prefix", "--no-thinking"), "--no-share-prefix, --no-thinking belong to a"),
        (("--thinking",), "--thinking belongs to a local checkpoint"),
        (("--underscore-to-dot",), "is no file of BFCL"),
    ],
)
def test_options_that_a_server_does_not_look_at(
    split: Path, tmp_path: Path, more: tuple[str, ...], said: str
) -> None:
    assert said in str(refused(split, tmp_path / "out", *more))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--stream",), "--stream belongs to --endpoint"),
        (("--stream", "--retries", "1"), "--retries, --stream belong to --endpoint"),
        (("--server", "llamafactory"), "--server belongs to --endpoint"),
        (("--workers", "2"), "--workers belongs to --engine ray"),
        (("--ray-address", "h:1"), "--ray-address belongs to --engine ray"),
        (("--max-calls", "2"), "--max-calls belongs to --constrain"),
    ],
)
def test_options_that_a_checkpoint_does_not_look_at(
    split: Path, tmp_path: Path, more: tuple[str, ...], said: str
) -> None:
    fault = refused(split, tmp_path / "out", *more, who=(str(tmp_path),))
    assert said in str(fault)
    assert fault.hint.startswith("add --") and "leave" in fault.hint


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--template", "nix"), "got template 'nix'"),
        (("--call-format", "nix"), "got call format 'nix'"),
        (("--variants", "nix"), "got variant nix"),
        (("--train", "nix.jsonl"), "nix.jsonl: no such file"),
        (("--tools", "nix.json"), "nix.json: no such file"),
        (("--mapping", "nix.json"), "nix.json: no such file"),
        (("--mode", "bfcl"), "no case has any"),
        (("--min", "function_accuracy@turn:9=0.5"), "no lesson, tag or tool"),
        (("--junit", "."), "is a folder, expected a file"),
        (("--answers", "nix"), "is no file of BFCL"),
        (("--data", "nix.jsonl"), "nix.jsonl: no such file"),
        (("--template", "qwen"), "no such folder, expected a checkpoint"),
        ((), "no such folder, expected a checkpoint"),
    ],
)
def test_a_missing_checkpoint_hides_nothing_that_is_wrong_beside_it(
    split: Path, tmp_path: Path, more: tuple[str, ...], said: str
) -> None:
    fault = refused(split, tmp_path / "out", *more, who=(str(tmp_path / "nomodel"),))
    assert said in str(fault)
    assert not (tmp_path / "out").exists()


def test_a_server_that_is_not_told_whole_is_refused_before_the_data_are_read(
    tmp_path: Path,
) -> None:
    fault = refused(tmp_path / "nix.jsonl", tmp_path / "out", who=("--endpoint", "http://x"))
    assert "needs the name of a model" in str(fault)


class _Loaded(Exception):
    """The model was asked for."""


def test_the_journals_refusals_come_before_the_model_is_loaded(
    split: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: object) -> None:
        raise _Loaded

    monkeypatch.setattr(LocalPredictor, "load", load)
    out = tmp_path / "out"
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text("{}")

    def ended(*more: str) -> BaseException | None:
        words = ["eval", str(model), "--template", "qwen", "--data", str(split), "--out", str(out)]
        return CliRunner().invoke(APP, [*words, *more]).exception

    assert isinstance(ended(), _Loaded)
    assert not out.exists()  # nothing was answered, so that nothing is left
    held = Resuming(out, {}, resume=False)
    fault = ended()
    assert isinstance(fault, EnvironmentFault) and "another run writes into" in str(fault)
    held.leave()
    out.mkdir()
    row = json.dumps({"id": "a#1", "finish_reason": "stop"})
    (out / JOURNAL).write_text(f'{{"schema_version": 1, "fingerprint": {{}}}}\n{row}\n')
    fault = ended("--resume")
    assert isinstance(fault, InputFault) and "something that decides the answers" in str(fault)
    fault = ended()
    assert isinstance(fault, InputFault) and "a run that was broken off" in str(fault)
    assert [path.name for path in out.iterdir()] == [JOURNAL]


def test_a_recorded_prompt_that_changed_is_told_before_the_model_is_loaded(
    split: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: object) -> None:
        raise _Loaded

    out = tmp_path / "out"
    monkeypatch.setattr(Resuming, "_check_fingerprint", lambda *_: None)  # as if the same
    monkeypatch.setattr("fctune.evaluation.endpoint.crew.Crew.run", load)
    row = json.dumps({"id": _ids(split)[0], "finish_reason": "stop", "prompt": "another"})
    out.mkdir()
    (out / JOURNAL).write_text(f"{{}}\n{row}\n")
    assert "has another prompt than the recorded" in str(refused(split, out, "--resume"))


@pytest.mark.parametrize(
    ("fault", "ends"),
    [
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB.\nMore."), EnvironmentFault),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
            EnvironmentFault,
        ),
        (MemoryError(), EnvironmentFault),
        (RuntimeError("shapes do not fit"), RuntimeError),
        (InputFault("out of memory of what was said"), InputFault),
    ],
)
def test_whatever_breaks_a_run_off_the_kept_answers_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: Exception, ends: type[Exception]
) -> None:
    cases = [case(id="a#0"), case(id="a#1")]

    def answers(asked: Any) -> Any:
        yield Prediction("a#0", "Hello.")
        raise fault

    asking = Resuming(tmp_path, {}, resume=False)
    asked: Any = SimpleNamespace(cases=SimpleNamespace(cases=cases))
    with pytest.raises(ends) as ended, eval_run._kept(asking, asked, tmp_path):
        list(asking.predict(SimpleNamespace(predict=answers), cases))
    assert f"1 of 2 answers are kept in {tmp_path}; " in capsys.readouterr().err
    assert asking.ended
    if ends is EnvironmentFault:
        assert isinstance(ended.value, EnvironmentFault)
        assert "--batch-tokens" in ended.value.hint
        assert "More" not in str(ended.value)
    else:
        assert ended.value is fault


def _ids(split: Path) -> list[str]:
    from fctune.evaluation.cases.case_set import read_cases

    return [case.id for case in read_cases(split).cases]
