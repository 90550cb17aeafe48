"""`score`, `compare` and `variants` stopped in the middle, as real processes: old files or new.

Each process sends itself the signal at a named place, so that no test waits for luck.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fctune.evaluation.tutorial.table import COLUMNS
from tests.unit.evaluation_samples import write_split
from tests.unit.test_cli_score import ITEM, ROWS, fctune, write

STOPS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
# Replaces a function by one that stops the process and then goes on, as a signal that comes by.
STOPPING = """
import importlib, os, sys
place, number, *words = sys.argv[1:]
module, name = place.split(":")
found = importlib.import_module(module)
real = getattr(found, name)
def stopped(*given, **named):
    os.kill(os.getpid(), int(number))
    return real(*given, **named)
setattr(found, name, stopped)
sys.argv = ["fctune", *words]
from fctune.cli.main import run
run()
"""


def stopped(place: str, number: int, *words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", STOPPING, place, str(int(number)), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write(tmp_path / "p.jsonl", ROWS)


@pytest.mark.parametrize("number", STOPS)
@pytest.mark.parametrize(
    "place",
    [
        "fctune.evaluation.evaluate:evaluate",
        "fctune.evaluation.report.files:write_rows",
        "fctune.evaluation.report.files:write_confusion",
        "fctune.evaluation.report.files:write_json",
    ],
)
def test_a_stopped_scoring_leaves_the_results_as_they_were(
    recording: Path, tmp_path: Path, number: signal.Signals, place: str
) -> None:
    out, fresh = tmp_path / "out", tmp_path / "fresh"
    assert fctune("score", recording, "--out", out, "--template", "qwen").returncode == 0
    before = held(out)
    other = write(tmp_path / "q.jsonl", ROWS[:2])
    who = "the user" if number == signal.SIGINT else number.name
    for folder in (out, fresh):
        done = stopped(place, number, "score", other, "--out", folder, "--template", "qwen")
        assert (done.returncode, done.stdout) == (130, ""), done.stderr
        assert done.stderr == f"stopped by {who}; nothing half-written is left\n"
    assert held(out) == before
    assert not fresh.exists()


@pytest.mark.parametrize("number", STOPS)
def test_a_stop_while_files_take_their_places_waits_until_all_have(
    recording: Path, tmp_path: Path, number: signal.Signals
) -> None:
    out, whole = tmp_path / "out", tmp_path / "whole"
    other = write(tmp_path / "q.jsonl", ROWS[:2])
    fctune("score", recording, "--out", out, "--template", "qwen")
    fctune("score", other, "--out", whole, "--template", "qwen")
    place = "fctune.evaluation.report.staged:_replaced"
    done = stopped(place, number, "score", other, "--out", out, "--template", "qwen")
    assert done.returncode == 130, done.stderr
    assert held(out) == held(whole)


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("items", "fctune.evaluation.bfcl.score:write_json"),
        ("table", "fctune.evaluation.tutorial.table:write_json"),
    ],
)
def test_the_short_ways_of_scoring_too(tmp_path: Path, kind: str, place: str) -> None:
    file = tmp_path / "table.csv"
    file.write_text(f"{','.join(COLUMNS)}\nbase,q,easy,look,yes,look,yes,yes,yes\n")
    words: tuple[str | Path, ...] = (file,)
    if kind == "items":
        words = (write(tmp_path / "items.jsonl", [ITEM]), "--mode", "bfcl")
    out = tmp_path / "out"
    assert fctune("score", *words, "--out", out).returncode == 0
    (out / "results.json").write_text("old")
    before = held(out)
    done = stopped(place, signal.SIGTERM, "score", *words, "--out", out)
    assert (done.returncode, done.stderr) == (
        130,
        "stopped by SIGTERM; nothing half-written is left\n",
    )
    assert held(out) == before


def test_other_verbs_that_write(recording: Path, tmp_path: Path) -> None:
    split = write_split(tmp_path / "test.jsonl", ["A1"])
    file = tmp_path / "v" / "asked.jsonl"
    place = "fctune.evaluation.robustness.rows:variant_rows"
    done = stopped(place, signal.SIGTERM, "variants", split, "--out", file)
    told = "stopped by SIGTERM; nothing half-written is left\n"
    assert (done.returncode, done.stderr, file.exists()) == (130, told, False)
    for name in ("a", "b"):
        fctune("score", recording, "--out", tmp_path / name, "--template", "qwen")
    place = "fctune.evaluation.comparison.text:write_comparison"
    words = ("compare", tmp_path / "a", tmp_path / "b", "--out", tmp_path / "c")
    done = stopped(place, signal.SIGTERM, *words)
    assert (done.returncode, done.stderr) == (130, told)


@pytest.mark.parametrize(("gate", "code"), [("0.9", 1), ("0.1", 0)])
def test_a_reader_that_has_gone_changes_no_verdict(
    recording: Path, tmp_path: Path, gate: str, code: int
) -> None:
    words = ["score", recording, "--template", "qwen", "--out", tmp_path / "out", "--json"]
    words += ["--min", f"function_accuracy={gate}"]
    command = [sys.executable, "-c", "from fctune.cli.main import run; run()", *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    said = process.stderr.read()
    assert process.wait(timeout=60) == code, said
    assert ("gates failed" in said) == bool(code) and "Traceback" not in said


def test_a_reader_of_a_verb_without_a_verdict_may_go_too(recording: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from fctune.cli.main import run; run()", "doctor", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    assert process.wait(timeout=120) in (0, 4)
