"""Rows of BFCL items and recorded tables on the command line: quick, and in every mode."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fctune.cli.main import run as run_fctune
from fctune.evaluation.evaluate import evaluate
from fctune.evaluation.matching.modes import Mode
from fctune.evaluation.outcomes.judge import Outcome
from fctune.evaluation.replay.item_rows import read_items
from fctune.jsonl import read_json, read_rows

from . import bfcl_damage
from .test_evaluation_tutorial import row as recorded
from .test_evaluation_tutorial import write as write_table

TOOL = {
    "name": "uber.ride",
    "description": "Find a ride.",
    "parameters": {
        "type": "dict",
        "properties": {
            "to": {"type": "string", "description": "where"},
            "time": {"type": "integer", "description": "minutes"},
        },
        "required": ["to"],
    },
}
ANSWER = [{"uber.ride": {"to": ["New York", "NYC"], "time": ["", 10]}}]


def item(key: str, calls: Any, **more: Any) -> dict[str, Any]:
    base = {"id": key, "category": "simple", "tools": [TOOL], "possible_answer": ANSWER}
    return {**base, "prediction": calls, **more}


def ride(**arguments: Any) -> list[dict[str, Any]]:
    return [{"name": "uber.ride", "arguments": arguments}]


ROWS = [
    item("a", ride(to="new-york", time=10)),
    item("b", ride(to="NYC")),
    item("c", ride(to="NYC", time=9)),
    item("d", [], category="irrelevance", possible_answer=[]),
    item("e", "garbage"),
    item("f", ride(to="-"), category="live_irrelevance", possible_answer=[]),
]
Told = tuple[int, str, str]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in ROWS), encoding="utf-8")
    return path


def fctune(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object
) -> Told:
    monkeypatch.setattr(sys, "argv", ["fctune", *map(str, words)])
    code = 0
    try:
        run_fctune()
    except SystemExit as ended:
        code = int(ended.code or 0)
    told = capsys.readouterr()
    return code, told.out, told.err


def verdicts(folder: Path) -> dict[str, bool]:
    return {raw.value["id"]: raw.value["correct"] for raw in read_rows(folder / "outcomes.jsonl")}


def test_rows_are_scored_in_every_mode_and_compared_in_none_but_their_own(
    rows: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = {
        "bfcl": {"a": True, "b": True, "c": False, "d": True, "e": False, "f": False},
        "strict": {"a": False, "b": True, "c": False, "d": True, "e": False, "f": False},
        "semantic": {"a": True, "b": True, "c": False, "d": True, "e": False, "f": False},
    }
    for mode, right in expected.items():
        code, text, told = fctune(
            capsys, monkeypatch, "score", rows, "--mode", mode, "--out", tmp_path / mode
        )
        assert code == 0, told
        assert text.startswith(f"function accuracy ({mode}): ")
        assert verdicts(tmp_path / mode) == right, mode
        assert read_json(tmp_path / mode / "results.json")["mode"] == mode
    found = {raw.value["id"]: raw.value for raw in read_rows(tmp_path / "bfcl" / "outcomes.jsonl")}
    assert (
        found["c"]["reason"]
        == "value_error:others: uber.ride.time: got 9, expected 10 or no such argument"
    )
    assert fctune(capsys, monkeypatch, "compare", tmp_path / "bfcl", tmp_path / "strict")[0] == 3
    twice = fctune(
        capsys, monkeypatch, "compare", tmp_path / "bfcl", tmp_path / "bfcl", "--names", "a,b"
    )
    assert twice[0] == 0
    assert "Nothing is established" in twice[1]


def test_the_quick_way_keeps_gates_and_explains(
    rows: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, _, told = fctune(
        capsys, monkeypatch, "score", rows, "--mode", "bfcl", "--out", tmp_path / "o",
        "--min", "function_accuracy=0.9",
    )  # fmt: skip
    assert code == 1
    assert "function_accuracy >= 0.9 (got 0.5000" in told
    code, text, _ = fctune(capsys, monkeypatch, "score", rows, "--mode", "bfcl", "--explain", "a")
    assert code == 0
    assert "* bfcl      ok" in text
    assert "  strict    value" in text
    assert "  semantic  ok" in text


def test_the_quick_way_writes_its_page_on_request(
    rows: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain, whole = tmp_path / "plain", tmp_path / "whole"
    code, _, told = fctune(capsys, monkeypatch, "score", rows, "--mode", "bfcl", "--out", plain)
    assert (code, "--html writes report.html too" in told) == (0, True)
    assert not (plain / "report.html").exists()
    code, _, told = fctune(
        capsys, monkeypatch, "score", rows, "--mode", "bfcl", "--out", whole, "--html"
    )
    assert (code, "not on the page" in told) == (0, False)
    page = (whole / "report.html").read_text(encoding="utf-8")
    assert "uber.ride.time: got 9, expected 10" in page
    for name in ("outcomes.jsonl", "results.json"):
        assert (whole / name).read_bytes() == (plain / name).read_bytes()


def test_a_row_has_the_same_id_in_every_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [5, 1.5, True, None, ["a"], "", "x"]
    told = ["5", "1.5", "line:3", "line:4", "line:5", "line:6", "x"]
    items = tmp_path / "items.jsonl"
    items.write_text("".join(f"{json.dumps({**ROWS[0], 'id': one})}\n" for one in ids))
    for mode in ("bfcl", "strict"):
        code, _, _ = fctune(
            capsys, monkeypatch, "score", items, "--mode", mode, "--out", tmp_path / mode
        )
        assert (code, list(verdicts(tmp_path / mode))) == (0, told)
    recorded = tmp_path / "recorded.jsonl"
    rows = ({"prediction": [], "gold": [], "tools": [], "id": one} for one in ids)
    recorded.write_text("".join(f"{json.dumps(one)}\n" for one in rows))
    assert fctune(capsys, monkeypatch, "score", recorded, "--out", tmp_path / "r")[0] == 0
    assert list(verdicts(tmp_path / "r")) == told
    for path, mode in ((items, "bfcl"), (items, "strict"), (recorded, "strict")):
        for one in ("5", "1.5", "line:3"):
            code, text, _ = fctune(
                capsys, monkeypatch, "score", path, "--mode", mode, "--explain", one
            )
            assert (code, text.split()[0]) == (0, one)


def test_the_quick_way_imports_nothing_heavy(rows: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from fctune.cli.main import run\n"
        f"sys.argv = ['fctune', 'score', {str(rows)!r}, '--mode', 'bfcl', '--out', "
        f"{str(tmp_path / 'o')!r}]\n"
        "try:\n    run()\nexcept SystemExit:\n    pass\n"
        "heavy = {'fctune.evaluation.cases.case_set', 'fctune.conversations.read', "
        "'jsonschema_rs', 'numpy', 'torch'} & sys.modules.keys()\n"
        "print('heavy:', sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"


def test_a_recording_needs_no_reader_of_splits(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"id": "a", "prediction": [], "gold": [], "tools": []}\n')
    code = (
        "import sys; from fctune.cli.score_recorded import recorded\n"
        "from pathlib import Path; from types import SimpleNamespace\n"
        "from fctune.evaluation.evaluate import evaluate\n"
        "names = ('data', 'tools', 'mapping', 'template', 'call_format', 'answers', 'train', "
        "'explain', 'predictions')\n"
        "given = SimpleNamespace(**dict.fromkeys(names), underscore_to_dot=False, seed=1)\n"
        f"recording, config = recorded(given, Path({str(path)!r}))\n"
        "evaluate(recording.case_set, recording.predictions)\n"
        "heavy = {'fctune.conversations.read', 'fctune.conversations.formats', 'numpy', "
        "'fctune.tools.mapping.load', 'fctune.evaluation.robustness'} & sys.modules.keys()\n"
        "print('heavy:', sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"


def test_a_table_of_two_models_gives_two_folders_or_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [recorded(model, f"q{n}") for n in range(3) for model in ("org/base", "org/tuned")]
    path = write_table(tmp_path / "t.csv", lines)
    code, text, told = fctune(capsys, monkeypatch, "score", path, "--out", tmp_path / "o")
    assert code == 0, told
    assert {one.name for one in (tmp_path / "o").iterdir()} == {"org_base", "org_tuned"}
    assert "correct_tool        100.0% [43.9%, 100.0%]" in text
    assert f"hint: fctune compare {tmp_path / 'o' / 'org_base'}" in told
    code, text, _ = fctune(
        capsys, monkeypatch, "compare", *sorted((tmp_path / "o").iterdir()), "--metrics"
    )
    assert code == 0
    assert "org_tuned against org_base: no difference shown in correct tool: no case chan" in text
    one = ["score", path, "--out", tmp_path / "one", "--run", "org/tuned"]
    assert fctune(capsys, monkeypatch, *one, "--min", "correct_tool=1")[0] == 0
    assert fctune(capsys, monkeypatch, *one, "--max", "call_success=0.5")[0] == 1
    assert (tmp_path / "one" / "results.json").is_file()
    code, _, told = fctune(
        capsys, monkeypatch, "score", path, "--out", tmp_path / "x", "--run", "base"
    )
    assert (code, "expected one of org/base, org/tuned" in told) == (2, True)
    code, _, told = fctune(
        capsys, monkeypatch, "score", path, "--out", tmp_path / "x", "--min", "correct_tool=1"
    )
    assert (code, "add --run NAME" in told) == (2, True)


# Predictions that are no calls, or hold a call whose name is no text or whose value is no JSON.
NO_CALLS: list[Any] = [
    None, 0, False, "cut \ud83d", {}, [0], [None], [[]], [{}], [{"arguments": {}}],
    *([{"name": name, "arguments": {}}] for name in (None, 0, False, [], {}, "f\ud800")),
    [{"name": "uber.ride", "arguments": {"to": float("nan")}}],
    [{"name": "uber.ride", "arguments": {"to": json.loads("[" * 150 + "]" * 150)}}],
]  # fmt: skip


@pytest.mark.parametrize("mode", [Mode.STRICT, Mode.SEMANTIC])
@pytest.mark.parametrize("category", ["live_irrelevance", "live_relevance", "simple"])
def test_what_is_no_call_is_malformed_and_in_the_denominator(
    tmp_path: Path, mode: Mode, category: str
) -> None:
    rows = [item(f"{n}", said, category=category) for n, said in enumerate(NO_CALLS)]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in rows), encoding="utf-8")
    recording = read_items(path)
    assert not recording.case_set.rejected
    found = evaluate(recording.case_set, recording.predictions, mode).outcomes
    assert [one.outcome for one in found] == [Outcome.MALFORMED] * len(NO_CALLS)


def test_no_damage_of_a_row_makes_the_scorer_fail(tmp_path: Path) -> None:
    rows = []
    for number in range(400):
        rng = random.Random(number)
        made = {**bfcl_damage.row(rng, number), "id": f"{number}"}
        if rng.random() < 0.5:
            made["prediction"] = rng.choice(NO_CALLS)
        try:
            rows.append(json.dumps(made))
        except ValueError:  # an integer of thousands of digits
            continue
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(rows), encoding="utf-8")
    recording = read_items(path)
    assert len(recording.predictions) > 50
    for mode in Mode:
        found = evaluate(recording.case_set, recording.predictions, mode).outcomes
        assert not [one.reason for one in found if one.outcome is Outcome.INFRA_ERROR]
