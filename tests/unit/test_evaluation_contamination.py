"""Cases whose prompt stands in the training rows are counted, named and told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fctune.cli.contamination import contamination
from fctune.cli.eval_asked import Wanted, read_asked
from fctune.errors import InputFault
from fctune.evaluation.cases.case_set import CaseSet, read_cases
from fctune.evaluation.cases.contamination import contamination_beside, contamination_of
from fctune.evaluation.cases.training import read_training
from fctune.evaluation.evaluate import evaluate
from fctune.evaluation.report.files import Report, RunConfig, write_report
from fctune.jsonl import digest_of, read_rows

from .evaluation_samples import CATALOG, TOOLS


def row(*said: str) -> dict[str, Any]:
    turns = [
        turn
        for text in said
        for turn in ({"from": "human", "value": text}, {"from": "gpt", "value": f"Re: {text}"})
    ]
    return {"conversations": turns, "system": "You help."}


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(f"{json.dumps(one)}\n" for one in rows), encoding="utf-8")
    return path


TRAIN = (row("Where is order 17?", "Thanks a lot."), row("订单 17 在哪里？"))


def cases(folder: Path) -> CaseSet:
    return read_cases(
        write(
            folder / "shop_test.jsonl",
            row("where's  ORDER 17"),  # other words
            row("WHERE IS ORDER 17"),
            row("订单17在哪里", "谢谢"),  # spacing and marks, then a turn that training lacks
            row("Thanks a lot."),  # training has it as a second turn alone
        )
    )


def test_prompts_are_compared_without_case_marks_and_spacing(tmp_path: Path) -> None:
    asked = cases(tmp_path)
    found = contamination_of(asked, read_training(write(tmp_path / "t.jsonl", *TRAIN)))
    groups = {case.id: case.messages[0]["content"] for case in asked.cases}
    assert [groups[one] for one in found.ids] == ["WHERE IS ORDER 17"]
    assert (found.rows, found.cases, found.training) == (2, 5, "t.jsonl")


def test_a_whole_dialogue_is_one_prompt(tmp_path: Path) -> None:
    asked = read_cases(write(tmp_path / "a.jsonl", row("where is order 17", "thanks a lot!")))
    found = contamination_of(asked, read_training(write(tmp_path / "t.jsonl", *TRAIN)))
    assert found.ids == tuple(case.id for case in asked.cases)
    assert len(found.ids) == 2
    assert found.as_dict()["share"] == 1


def manifest(folder: Path, **files: str) -> Path:
    written = {name: {"file": file, "rows": 1, "digest": ""} for name, file in files.items()}
    path = folder / "shop.manifest.json"
    path.write_text(json.dumps({"schema_version": 1, "name": "shop", "files": written}))
    return path


def test_the_manifest_beside_the_data_names_the_training_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = cases(tmp_path)
    train = write(tmp_path / "shop_train.jsonl", *TRAIN)
    path = manifest(tmp_path, shop_train=train.name, shop_test="shop_test.jsonl")
    found = contamination(asked, asked.path, None)
    assert found is not None
    told = capsys.readouterr().err
    assert f"1 of 5 cases have a prompt that stands in the training rows of {train.name}" in told
    assert found.ids[0] in told
    assert contamination(asked, None, read_training(path)) == found, (
        "as --train, the manifest is the same"
    )
    assert contamination(asked, tmp_path / "other.jsonl", None) is None
    train.unlink()
    assert contamination(asked, asked.path, None) is None


def test_a_manifest_of_another_kind_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.manifest.json").write_text('{"schema_version": 99}')
    (tmp_path / "b.manifest.json").write_text("no JSON")
    assert contamination_beside(cases(tmp_path), tmp_path / "x.jsonl") is None


def test_a_manifest_that_vouches_for_unchanged_files_spares_the_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = cases(tmp_path)
    train = write(tmp_path / "shop_train.jsonl", row("Something else."))
    path = manifest(tmp_path, shop_train=train.name, shop_test="shop_test.jsonl")
    content = json.loads(path.read_text())
    for name, file in (("shop_train", train), ("shop_test", asked.path)):
        content["files"][name]["digest"] = digest_of(file)
    content |= {"splits": {"train": 7}, "rows_added_by_windows": 0}
    content["audit"] = {"leakage": {"test": {"wording": {"of": 4, "in_train": 0}}}}
    path.write_text(json.dumps(content))
    with monkeypatch.context() as unread:
        unread.setattr("fctune.evaluation.cases.contamination.read_training", None)
        found = contamination_beside(asked, asked.path)
    assert found is not None
    assert (found.rows, found.cases, found.ids) == (7, 5, ())
    write(train, *TRAIN)  # changed since: what the manifest says is of other rows
    found = contamination_beside(asked, asked.path)
    assert found is not None
    assert (found.rows, len(found.ids)) == (2, 1)


def test_results_and_report_tell_it(tmp_path: Path) -> None:
    asked = cases(tmp_path)
    found = contamination_of(asked, read_training(write(tmp_path / "t.jsonl", *TRAIN)))
    config = RunConfig("m", "qwen", 1, contamination=found)
    write_report(Report.of(evaluate(asked, ()), config), tmp_path / "out")
    content = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert content["contamination"] == {
        "training": "t.jsonl",
        "training_rows": 2,
        "training_rows_unread": 0,
        "cases": 5,
        "in_training": 1,
        "share": 0.2,
        "ids": list(found.ids),
    }
    assert "1 of 5 cases have a prompt" in (tmp_path / "out" / "report.md").read_text()


def test_training_rows_that_cannot_be_read_are_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="holds no row that can be read"):
        read_training(write(tmp_path / "t.jsonl", {"a": 1}))


def without_tools(said: str) -> dict[str, Any]:
    """Return a training row that calls, and does not say which tools it had."""
    call = json.dumps({"name": "track", "arguments": {"id": "A1"}})
    turns = [("human", said), ("function_call", call), ("observation", "{}"), ("gpt", "There.")]
    return {"conversations": [{"from": role, "value": text} for role, text in turns]}


def test_training_rows_that_cannot_be_read_are_counted_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = cases(tmp_path)
    split = write(tmp_path / "t.jsonl", *TRAIN, without_tools("WHERE is order 17!"), {"a": 1})
    found = contamination(asked, None, read_training(split))
    assert found is not None and (found.rows, found.unread) == (2, 2)
    assert found.as_dict()["training_rows_unread"] == 2
    told = capsys.readouterr().err
    assert "2 of 4 training rows of t.jsonl cannot be read" in told
    assert "--tools FILE" in told
    found = contamination(asked, None, read_training(split, tools=CATALOG))
    assert found is not None and (found.rows, found.unread) == (3, 1)


def test_a_call_in_training_does_not_hide_its_prompt(tmp_path: Path) -> None:
    asked = cases(tmp_path)
    split = write(tmp_path / "t.jsonl", row("x"), without_tools("WHERE is order 17!"))
    assert contamination_of(asked, read_training(split)).ids == ()
    (seen,) = contamination_of(asked, read_training(split, tools=CATALOG)).ids
    assert seen in {case.id for case in asked.cases if "17" in case.messages[0]["content"]}


def test_training_rows_that_nobody_asked_for_end_no_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = cases(tmp_path)
    train = write(tmp_path / "shop_train.jsonl", {"a": 1})
    manifest(tmp_path, shop_train=train.name, shop_test="shop_test.jsonl")
    assert contamination(asked, asked.path, None) is None
    told = capsys.readouterr().err
    assert "holds no row that can be read" in told
    assert "hint: name the training rows with --train FILE" in told


def test_the_training_rows_are_read_once_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = cases(tmp_path)
    tools = tmp_path / "tools.json"
    tools.write_text(json.dumps(TOOLS))
    split = write(tmp_path / "t.jsonl", *TRAIN, without_tools("WHERE is order 17!"))
    opened: list[Path] = []
    monkeypatch.setattr(
        "fctune.evaluation.cases.training.read_rows",
        lambda path: opened.append(path) or read_rows(path),
    )
    found = read_asked(Wanted(asked.path, "qwen", tools=tools, train=split))
    assert found.training is not None and found.training.calls == {"track": 1}
    assert found.contamination is not None and found.contamination.rows == 3
    assert opened == [split]
