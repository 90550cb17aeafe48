"""`fctune tools confusions` as a user and a script meet it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .test_cli_score import fctune

ID = {"type": "object", "properties": {"order_id": {"type": "string"}}, "required": ["order_id"]}
TOOLS = [
    {"name": "cancel_order", "description": "取消订单 / Cancel an order.", "parameters": ID},
    {"name": "refund_order", "description": "订单退款 / Refund an order.", "parameters": ID},
    {"name": "fetch_order", "description": "Show an order and its price.", "parameters": ID},
    {"name": "get_order", "description": "Show the content of an order.", "parameters": ID},
    {
        "name": "play_music",
        "description": "Play a song.",
        "parameters": {"type": "object", "properties": {"title": {"type": "string"}}},
    },
]


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    path = tmp_path / "tools.json"
    path.write_text(json.dumps(TOOLS, ensure_ascii=False), encoding="utf-8")
    return path


def test_the_table_names_pairs_reasons_and_steps(tools: Path) -> None:
    done = fctune("tools", "confusions", tools)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["score", "tool", "taken", "for", "because"]
    assert lines[2].split()[1:3] == ["fetch_order", "get_order"]
    assert '  - Add to fetch_order: Not for "Show the content of an order": use get_order.' in lines
    assert lines[-1].startswith(f"{tools}: 5 tools; ")
    assert "play_music" not in done.stdout


def test_json_holds_all_that_the_table_does_not(tools: Path) -> None:
    done = fctune("tools", "confusions", tools, "--json", "--min-score", "0", "--top", "3")
    assert done.returncode == 0, done.stderr
    value = json.loads(done.stdout)
    assert value["tools"] == 5
    assert value["pairs_found"] == 10
    assert len(value["pairs"]) == 3
    first = value["pairs"][0]
    assert (first["a"], first["b"]) == ("fetch_order", "get_order")
    assert {"signal", "weight", "text", "words"} == set(first["reasons"][0])
    assert first["advice"]
    assert 0 <= first["signals"]["name-words"] <= 1


def test_top_says_what_is_not_shown(tools: Path) -> None:
    done = fctune("tools", "confusions", tools, "--min-score", "0", "--top", "2")
    assert done.stdout.splitlines()[-1].endswith(", 2 shown; --top 0 shows all")
    done = fctune("tools", "confusions", tools, "--min-score", "0", "--top", "0")
    assert done.stdout.count("\n  - Add to ") == 20


def test_no_pair_is_said_in_one_line(tools: Path) -> None:
    done = fctune("tools", "confusions", tools, "--min-score", "1")
    assert done.returncode == 0
    assert done.stdout == f"{tools}: 5 tools; 0 confusable pairs (score 1.00 or more)\n"


def test_the_report_is_one_page_without_network(tools: Path, tmp_path: Path) -> None:
    page = tmp_path / "out" / "confusions.html"
    page.parent.mkdir()
    done = fctune("tools", "confusions", tools, "--min-score", "0", "--report", page)
    assert done.returncode == 0, done.stderr
    assert done.stderr == f"report: {page}\n"
    text = page.read_text(encoding="utf-8")
    assert "<svg" in text
    assert "取消订单" in text
    assert 'type="search"' in text
    assert "http" not in text.replace("http-equiv", "")


def test_gates_exit_1_and_name_the_next_command(tools: Path) -> None:
    done = fctune("tools", "confusions", tools, "--min-score", "0", "--max-pairs", "9")
    assert done.returncode == 1
    assert "got 10 confusable pairs, expected at most 9" in done.stderr
    assert f"hint: fctune tools confusions {tools} --report" in done.stderr
    assert fctune("tools", "confusions", tools, "--max-pairs", "10").returncode == 0
    done = fctune("tools", "confusions", tools, "--fail-above", "0.3")
    assert done.returncode == 1
    assert "expected none above 0.30" in done.stderr
    assert fctune("tools", "confusions", tools, "--fail-above", "1").returncode == 0


def test_the_gate_holds_under_json_too(tools: Path) -> None:
    done = fctune("tools", "confusions", tools, "--json", "--fail-above", "0.3")
    assert done.returncode == 1
    assert json.loads(done.stdout)["pairs"]


@pytest.mark.parametrize(
    ("options", "code"),
    [(("--min-score", "2"), 2), (("--top", "-1"), 2), (("--fail-above", "x"), 2)],
)
def test_options_out_of_range_are_usage_faults(
    tools: Path, options: tuple[str, ...], code: int
) -> None:
    assert fctune("tools", "confusions", tools, *options).returncode == code


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    done = fctune("tools", "confusions", tmp_path / "none.yaml")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    path = tmp_path / "tools.json"
    bad = {**TOOLS[0], "examples": [{"input": "x", "call": {"arguments": {"order_id": 5}}}]}
    path.write_text(json.dumps([bad, *TOOLS[1:]]), encoding="utf-8")
    done = fctune("tools", "confusions", path)
    assert done.returncode == 0
    assert f"{path}: 1 example is left out" in done.stderr
    assert f"{path}: 5 tools; " in done.stdout
    path.write_text(json.dumps([bad, *TOOLS[1:], {"description": "no name"}]), encoding="utf-8")
    done = fctune("tools", "confusions", path)
    assert f"{path}: 1 tool and 1 example are left out" in done.stderr
    assert f"hint: fctune tools check {path}" in done.stderr


def test_the_report_never_takes_the_place_of_the_tools(tmp_path: Path) -> None:
    path, linked = tmp_path / "tools.html", tmp_path / "linked.html"
    path.write_text(json.dumps(TOOLS), encoding="utf-8")
    linked.symlink_to(path)
    before = path.read_bytes()
    for report in (path, linked, tmp_path / "." / "tools.html"):
        done = fctune("tools", "confusions", path, "--report", report)
        assert done.returncode == 2
        assert f"{report}: --report is the file that is read" in done.stderr
    assert path.read_bytes() == before


def test_a_report_that_cannot_be_written_is_told_with_its_option(tools: Path) -> None:
    link = tools.parent / "link"
    link.symlink_to(tools.parent / "absent")
    for folder, said in ((tools, "is a file"), (link, "is a link to nothing")):
        done = fctune("tools", "confusions", tools, "--report", folder / "x.html")
        assert (done.returncode, done.stdout) == (3, "")
        assert f"{folder}: {said}, expected a folder" in done.stderr
        assert "hint: give another --report" in done.stderr


@pytest.mark.parametrize("name", ["tools.json", "page.yaml", "page", "folder.html"])
def test_the_report_is_a_html_file_or_nothing(tools: Path, name: str) -> None:
    (tools.parent / "folder.html").mkdir()
    before = tools.read_bytes()
    done = fctune("tools", "confusions", tools, "--report", tools.parent / name)
    assert done.returncode == 2
    assert "expected a file name in .html or .htm" in done.stderr
    assert tools.read_bytes() == before


def test_a_folder_that_is_made_for_the_report_is_said(tools: Path) -> None:
    page = tools.parent / "new" / "page.HTM"
    done = fctune("tools", "confusions", tools, "--report", page)
    assert done.returncode == 0
    assert done.stderr == f"report: {page} (made the folder {page.parent})\n"
    assert page.exists()
