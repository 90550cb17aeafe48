"""`fctune score` as a user and a script meet it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from .evaluation_samples import TOOLS, call, qwen

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
        (["score", path, "--no-regression", tmp_path / "no"], 3, "holds no results.json"),
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
