"""`fctune compare` as a user and a script meet it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .evaluation_samples import call, qwen
from .test_cli_score import GOLD, fctune, write


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """Three scored runs on the same 30 cases: none right, none right, all right."""
    folders = []
    for name, answer in (
        ("base", "words"),
        ("one", "words"),
        ("two", qwen(call("track", id="A1"))),
    ):
        rows = [{"id": f"c{n}", "prediction": answer, "gold": GOLD} for n in range(30)]
        path = write(tmp_path / f"{name}.jsonl", rows)
        done = fctune("score", path, "--out", tmp_path / name, "--template", "qwen")
        assert done.returncode == 0, done.stderr
        folders.append(tmp_path / name)
    return folders


def test_the_table_ends_with_a_sentence_for_each_run(runs: list[Path], tmp_path: Path) -> None:
    done = fctune("compare", *runs, "--names", "base,stage1,stage2", "--out", tmp_path / "cmp")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == [
        "run", "function_accuracy", "argument_accuracy", "over_call_rate", "missed_call_rate",
    ]  # fmt: skip
    assert [line.split()[0] for line in lines[2:5]] == ["base", "stage1", "stage2"]
    assert lines[-4] == (
        "stage1 against base: no difference shown in function accuracy: no case changed, no test "
        "is made (30 cases)"
    )
    assert lines[-3].startswith("stage2 against base: better in function accuracy, +1.000")
    assert lines[-2].startswith("The smallest gain in function_accuracy that 30 cases show")
    assert lines[-1] == "Established: stage2 is better in function_accuracy."
    assert {path.name for path in (tmp_path / "cmp").iterdir()} == {"compare.json", "compare.md"}


def test_json(runs: list[Path]) -> None:
    content = json.loads(fctune("compare", runs[0], runs[2], "--json").stdout)
    assert [one["name"] for one in content["runs"]] == ["base", "two"]
    assert content["comparisons"][0]["verdict"] == "better"
    assert len(content["comparisons"][0]["fixes"]) == 30


def test_faults(runs: list[Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    stale = tmp_path / "stale"
    stale.mkdir()
    (stale / "results.json").write_text("{}")
    (stale / "outcomes.jsonl").write_text('{"id": "c0"}\n')
    for arguments, code, words in (
        ([runs[0]], 2, "expected two or more"),
        ([runs[0], tmp_path / "empty"], 3, "hint: fctune eval"),
        ([runs[0], stale], 3, "outcomes.jsonl:1"),
        ([runs[0], tmp_path / "nix", "--out", stale / "results.json"], 3, "give another --out"),
        ([runs[2], runs[0], "--gate"], 1, "worse than two: base"),
    ):
        done = fctune("compare", *arguments)
        assert (done.returncode, words in done.stderr) == (code, True), done.stderr
        assert "Traceback" not in done.stderr


def test_each_run_needs_a_name_of_its_own(runs: list[Path]) -> None:
    base, one, two = runs
    for arguments, told, hint in (
        ([base, one, "--names", "甲"], "--names: got 1 name for 2 folders", "--names base,tuned"),
        ([base, "nix", "--names", "甲,"], "--names: got an empty name in '甲,' for 2 folders",
         "--names base,tuned"),
        ([base, one, two, "--names", "a,b"], "--names: got 2 names for 3 folders",
         "--names base,tuned,run3"),
        ([base, one, "--names", "a,a"],
         f"--names: got the name 'a' for two runs, {base} and {one}, expected one for each",
         "--names base,tuned"),
        ([base, base],
         f"got the name '{base}' for two runs, {base} and {base}, expected one for each",
         "add --names base,tuned"),
        ([base], "got one run, expected two or more", f"fctune compare {base} OTHER_DIR"),
    ):  # fmt: skip
        done = fctune("compare", *arguments)
        assert (done.returncode, done.stderr.splitlines()) == (2, [told, f"hint: {hint}"])


def test_names_may_have_the_commas_of_a_chinese_keyboard(runs: list[Path]) -> None:
    done = fctune("compare", runs[0], runs[2], "--names", "基线，微调", "--json")
    assert done.returncode == 0, done.stderr
    assert [one["name"] for one in json.loads(done.stdout)["runs"]] == ["基线", "微调"]


def test_runs_of_two_modes_are_refused(runs: list[Path], tmp_path: Path) -> None:
    again = fctune("score", runs[0] / "predictions.jsonl", "--mode", "semantic", "--out", tmp_path)
    assert again.stdout.startswith("function accuracy (semantic): 0.000")
    done = fctune("compare", runs[0], tmp_path)
    assert done.returncode == 3
    assert "was scored in mode semantic, and base in mode strict" in done.stderr
    assert "--mode strict" in done.stderr


def test_a_run_against_a_copy_of_itself_shows_nothing(runs: list[Path]) -> None:
    done = fctune("compare", runs[2], runs[2], "--names", "a,b", "--json", "--gate")
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    (found,) = content["comparisons"]
    assert content["conclusion"].startswith("Nothing is established")
    assert "no case changed, no test is made" in content["conclusion"]
    assert found["mcnemar"] == {"fixes": 0, "regressions": 0, "p_exact": None, "p_mid": None}
    for name, difference in found["differences"].items():
        assert difference["value"] in (0, None), name
        assert difference["verdict"] == "no difference shown"
        assert [difference[key] for key in ("ci", "p", "p_holm", "test", "p_mid")] == [None] * 5


def test_variants_of_cases_are_no_cases_of_a_run(tmp_path: Path) -> None:
    """A robust run holds variants behind its cases; its accuracy and its comparison do not."""
    right = qwen(call("track", id="A1"))
    rows = [{"id": f"c{n}", "prediction": right, "gold": GOLD} for n in range(3)]
    slips = [{"id": f"c{n}~typos", "prediction": "words", "gold": GOLD} for n in range(3)]
    for name, chosen in (("plain", rows), ("robust", rows + slips)):
        path = write(tmp_path / f"{name}.jsonl", chosen)
        done = fctune("score", path, "--out", tmp_path / name, "--template", "qwen")
        assert done.returncode == 0, done.stderr
    content = json.loads((tmp_path / "robust" / "results.json").read_text())
    assert (content["n"], content["correct"]) == (3, 3)
    assert content["robustness"]["by_variant"]["typos"]["accuracy"]["value"] == 0.0
    done = fctune("compare", tmp_path / "plain", tmp_path / "robust", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["n"] == 3


def test_what_holds_no_results_is_told_with_what_makes_them(
    runs: list[Path], tmp_path: Path
) -> None:
    bare = tmp_path / "只有"
    bare.mkdir()
    (bare / "predictions.jsonl").write_bytes((runs[0] / "predictions.jsonl").read_bytes())
    for folder, told, hint in (
        (bare, "holds no results.json and outcomes.jsonl",
         f"fctune score '{bare / 'predictions.jsonl'}' --out '{bare}'"),
        (tmp_path / "nix", "no such folder, expected the results of a run",
         f"fctune eval CHECKPOINT --data SPLIT.jsonl --out {tmp_path / 'nix'}"),
        (runs[0] / "outcomes.jsonl", "is a file, expected the folder of a run's results",
         f"give its folder: {runs[0]}"),
        (tmp_path / "base.jsonl", "is a file, expected the folder of a run's results",
         f"fctune score {tmp_path / 'base.jsonl'} --out DIR, then compare DIR"),
        (tmp_path, "holds no results.json and outcomes.jsonl",
         f"folders of it hold results: fctune compare {runs[0]} {runs[1]} {runs[2]}"),
    ):  # fmt: skip
        done = fctune("compare", runs[0], folder, "--names", "a,b")
        told, hint = f"{folder}: {told}", f"hint: {hint}"
        assert (done.returncode, done.stderr.splitlines()) == (3, [told, hint])
