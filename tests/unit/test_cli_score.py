"""`fctune score` as a user and a script meet it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from fctune.evaluation.cases.case_set import read_cases
from fctune.evaluation.tutorial.table import COLUMNS

from .evaluation_samples import TOOLS, call, qwen, write_split

GOLD = [{"name": "track", "arguments": {"id": "A1"}}]
RIGHT = qwen(call("track", id="A1"))


def fctune(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from fctune.cli.main import run; run()"]
    words = [str(argument) for argument in arguments]
    return subprocess.run([*command, *words], capture_output=True, text=True, check=False)


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    lines = [json.dumps({"tools": TOOLS, **row}, ensure_ascii=False) for row in rows]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


ROWS = [
    {"id": "a", "prediction": RIGHT, "gold": GOLD},
    {"id": "b", "prediction": "在奥斯陆", "gold": GOLD},
    {"id": "c", "prediction": "words", "gold": []},
]


def test_a_table_on_stdout_and_files_in_the_folder(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", ROWS)
    done = fctune("score", path, "--out", tmp_path / "out", "--template", "qwen")
    assert done.returncode == 0, done.stderr
    first = done.stdout.splitlines()[0]
    assert first.startswith("function accuracy (strict): 0.500 [0.095, 0.905]; 3 cases = 2 correct")
    assert "missed_call" in done.stdout
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names >= {"results.json", "outcomes.jsonl", "predictions.jsonl", "report.md"}


def test_json_is_one_document_equal_to_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", ROWS)
    done = fctune("score", path, "--out", tmp_path / "out", "--template", "qwen", "--json")
    assert json.loads(done.stdout) == json.loads((tmp_path / "out" / "results.json").read_text())


def test_own_predictions_are_scored_again_without_options(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", ROWS)
    fctune("score", path, "--out", tmp_path / "one", "--template", "qwen")
    done = fctune("score", tmp_path / "one" / "predictions.jsonl", "--out", tmp_path / "two")
    assert done.returncode == 0, done.stderr
    for name in ("outcomes.jsonl",):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_faults_are_told_without_a_traceback(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", ROWS)
    cases: list[tuple[list[str | Path], int, str]] = [
        (["score", tmp_path / "absent.jsonl"], 3, "absent.jsonl"),
        (["score", path], 2, "hint: add --template"),
        (["score", path, "--template", "qwne"], 3, "did you mean --template qwen"),
        (["score", path, "--min", "function_acuracy=1"], 2, "did you mean function_accuracy"),
        (["score", path, "--max", "over_call_rate"], 2, "expected METRIC=NUMBER"),
        (
            ["score", path, "--no-regression", tmp_path / "no"],
            3,
            "no such folder, expected the results",
        ),
        (["score", path, "--tolerance", "0.1"], 2, "stands without --no-regression"),
        (["score", path, "--comparators", path], 2, "does not look at comparators"),
        (["score", path, "--mode", "bfcl", "--template", "qwen"], 2, "no case has any"),
        (["score", path, "--run", "x"], 2, "tables of several models"),
    ]
    for arguments, code, words in cases:
        done = fctune(*arguments, "--out", tmp_path / "out")
        assert (done.returncode, words in done.stderr) == (code, True), done.stderr
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "out").exists()


def test_too_many_unscored_cases_fail_after_everything_is_written(tmp_path: Path) -> None:
    rows = [*ROWS, {"id": "d", "prediction": "", "gold": GOLD, "finish_reason": "error"}]
    done = fctune("score", write(tmp_path / "p.jsonl", rows), "--out", tmp_path / "out",
                  "--template", "qwen")  # fmt: skip
    assert done.returncode == 1
    assert "1 of 4 cases are unscored" in done.stderr
    assert (tmp_path / "out" / "results.json").is_file()


def test_scoring_in_place_leaves_its_input_alone(tmp_path: Path) -> None:
    rows = [{**ROWS[0], "model_note": "kept"}, {"id": "d", "prediction": [3], "gold": GOLD}]
    folder = tmp_path / "run"
    folder.mkdir()
    path = write(folder / "predictions.jsonl", rows)
    before = path.read_bytes()
    seen = []
    for _ in range(2):
        done = fctune("score", path, "--out", folder, "--template", "qwen")
        assert done.returncode == 0, done.stderr
        assert path.read_bytes() == before
        seen.append((folder / "outcomes.jsonl").read_bytes())
    assert seen[0] == seen[1]


ITEM = {"id": "simple_0", "category": "simple", "prediction": [], "possible_answer": [{"f": {}}]}


def test_options_that_nothing_would_look_at_are_refused(tmp_path: Path) -> None:
    plain = write(tmp_path / "p.jsonl", ROWS)
    items = write(tmp_path / "items.jsonl", [ITEM])
    table = tmp_path / "table.csv"
    table.write_text(f"{','.join(COLUMNS)}\nbase,q,easy,look,yes,look,yes,yes,yes\n")
    for arguments, told in (
        ((plain, "--answers", plain), "--answers: is for the questions of BFCL"),
        ((items, "--answers", plain, "--mode", "bfcl"), "--answers: is for the questions of BFCL"),
        ((plain, "--underscore-to-dot"), "--underscore-to-dot: is for the questions of BFCL"),
        ((items, "--template", "qwen", "--mode", "bfcl"), "--template: rows of BFCL items bring"),
        ((items, "--tools", plain, "--call-format", "qwen"), "--tools, --call-format: rows of"),
        ((table, "--template", "qwen"), "--template: a table holds verdicts, and no answers"),
        ((table, "--mode", "semantic"), "--mode: a table holds verdicts, and is not judged"),
    ):
        done = fctune("score", *arguments, "--out", tmp_path / "out")
        assert (done.returncode, told in done.stderr) == (2, True), done.stderr
        assert "leave" in done.stderr.splitlines()[-1], done.stderr
        assert not (tmp_path / "out").exists()


def test_what_was_never_asked_is_told_with_the_command_that_asks(tmp_path: Path) -> None:
    from .evaluation_samples import write_split

    split = write_split(tmp_path / "甲_test.jsonl", ["A1"])
    manifest = tmp_path / "甲.manifest.json"
    files = {"甲_test": {"file": split.name}}
    manifest.write_text(json.dumps({"fctune_version": "0", "files": files}))
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    listed = tmp_path / "list.jsonl"
    listed.write_text("[1]\n[2]\n")
    ask = f"hint: fctune eval MODEL --data '{split}' --out DIR"
    for path, told, hint in (
        (split, f"{split}:1: holds conversations (sharegpt) and no predictions", ask),
        (manifest, f"{manifest}:1: is a manifest, expected predictions", ask),
        (empty, f"{empty}: holds no predictions", "hint: give predictions.jsonl of `fctune eval`"),
        (listed, f"{listed}:1: got a JSON list, expected an object", "hint: write what was said"),
    ):
        for more in ((), ("--data", split)):
            done = fctune("score", path, "--out", tmp_path / "out", *more)
            lines = done.stderr.splitlines()
            assert (done.returncode, len(lines)) == (3, 2), done.stderr
            assert lines[0].startswith(told) and lines[1].startswith(hint)


def test_a_result_folder_in_place_of_its_predictions(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", ROWS)
    fctune("score", path, "--out", tmp_path / "run 1", "--template", "qwen")
    done = fctune("score", tmp_path / "run 1", "--out", tmp_path / "out")
    assert (done.returncode, done.stderr.splitlines()) == (
        3,
        [
            f"{tmp_path / 'run 1'}: got a folder, expected a file",
            f"hint: fctune score '{tmp_path / 'run 1' / 'predictions.jsonl'}' --out "
            f"{tmp_path / 'out'}",
        ],
    )


def test_rejected_rows_are_told_once_and_as_what_they_are(tmp_path: Path) -> None:
    bad = {"id": "z", "prediction": "Hi.", "gold": [{"name": 5}]}
    recording = write(tmp_path / "p.jsonl", [*ROWS, bad])
    done = fctune("score", recording, "--out", tmp_path / "o", "--template", "qwen")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("warning: ") == 1 and "asked" not in done.stderr
    assert "1 row of the recording cannot be used (call-shape 1), the first at " in done.stderr
    split = write_split(tmp_path / "test.jsonl", ["A1"])
    with split.open("a", encoding="utf-8") as stream:
        stream.write('{"a": 1}\n')
    said = [{"id": case.id, "prediction": []} for case in read_cases(split).cases]
    words = ["score", write(tmp_path / "q.jsonl", said), "--data", split, "--out", tmp_path / "o2"]
    done = fctune(*words)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("format-unknown") == 1 and "asked" not in done.stderr
    assert f"warning: 1 of 2 rows of {split} give no case (format-unknown 1)" in done.stderr
