"""`fctune tools check`: what a user sees, what is written, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fctune.cli.tools_check import command
from fctune.errors import InputFault, ProblemsFound, UsageFault
from fctune.tools.read import load_catalog

ROOT = Path(__file__).resolve().parents[2]
DESCRIPTION = "Look something up for the person who asks."
LOOK = {
    "name": "look",
    "description": DESCRIPTION,
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "The city."}},
        "required": ["city"],
    },
}
LOOSE = {
    "name": "seek",
    "description": "Find a shop near a place.",
    "parameters": {"properties": {"city": {"type": "str", "description": "The city."}}},
}
IMPOSSIBLE = {
    **LOOK,
    "parameters": {
        **LOOK["parameters"],  # type: ignore[dict-item]
        "properties": {"city": {"type": "string", "description": "The city.", "enum": []}},
    },
}
OWN = '# my tools\n- {name: seek, description: "Find a shop near a place.", parameters: {}}\n'


def write(path: Path, value: Any) -> Path:
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def report(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(capsys.readouterr().out)
    return value


def test_a_clean_catalogue_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    command(ROOT / "data" / "tools" / "ecommerce.yaml")
    captured = capsys.readouterr()
    assert captured.err == ""
    (line,) = captured.out.splitlines()
    assert line.endswith("ecommerce.yaml: 12 tools; about 1240 tokens; no findings")


def test_findings_stand_under_their_tool(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "tools.json", [LOOK, LOOSE])
    command(path)
    text = capsys.readouterr().out
    assert text.splitlines()[:4] == [
        "seek (tools[1])",
        "  warning  a call without any argument passes [tool-empty-call]",
        "  repair   city: got type 'str', wrote string [tool-type-alias]",
        "  repair   added type object and properties [tool-parameters-missing]",
    ]
    assert "Tokens by estimate" in text
    assert "  tool-empty-call: Write `required`; `fctune tools check FILE --fix`" in text
    assert text.splitlines()[-1].endswith("2 tools; about 128 tokens; 1 warning, 2 repairs")


def test_what_many_tools_share_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"{LOOSE['name']}_{letter}" for letter in "abcdefgh"]
    tools = [{**LOOSE, "name": name, "description": f"{name} {DESCRIPTION}"} for name in names]
    path = write(tmp_path / "tools.json", tools)
    command(path)
    folded = capsys.readouterr().out
    assert "  warning  tool-empty-call: 8 tools: seek_a, seek_b, seek_c, ..." in folded
    assert folded.count("a call without any argument passes") == 1
    command(path, every=True)
    assert capsys.readouterr().out.count("a call without any argument passes") == 8


def test_errors_are_not_folded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tools = [{**IMPOSSIBLE, "name": f"look_{letter}"} for letter in "abcdefgh"]
    with pytest.raises(ProblemsFound, match=r"8 errors$"):
        command(write(tmp_path / "tools.json", tools))
    assert capsys.readouterr().out.count("city.enum: got an empty enum") == 8


def test_the_json_document_has_everything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "tools.json", {"tools": [LOOK, LOOSE, {"description": "x"}, LOOK]})
    with pytest.raises(ProblemsFound):
        command(path, template="gemma3", cutoff_len=100, json=True)
    found = report(capsys)
    assert (found["file"], found["kind"], found["template"]) == (str(path), "catalogue", "gemma3")
    assert [(tool["name"], tool["place"]) for tool in found["tools"]] == [
        ("look", "tools[0]"), ("seek", "tools[1]"), ("", "tools[2]"), ("look", "tools[3]"),
    ]  # fmt: skip
    assert found["tools"][0]["tokens"] > 20 and found["tools"][2]["tokens"] is None
    assert found["tools"][2]["issues"][0]["code"] == "tool-name-missing"
    assert found["tools"][3]["issues"][0]["code"] == "tool-listed-twice"
    assert found["fits"] == {"tools": 1, "cutoff_len": 100, "room": 25}
    assert found["tokens"]["counted_with"] == "estimate"
    assert found["counts"] == {"errors": 1, "repairs": 2, "warnings": 3}
    assert found["fingerprint"] == load_catalog(path)[0].fingerprint
    assert [each["code"] for each in found["issues"]] == [
        "tool-type-alias", "tool-parameters-missing", "tool-empty-call", "tool-name-missing",
        "tool-listed-twice", "catalogue-over-cutoff",
    ]  # fmt: skip
    assert found["fixes"] == []


def test_errors_fail_the_check_and_warnings_only_where_that_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ProblemsFound, match=r"1 error$") as fault:
        command(write(tmp_path / "bad.json", [IMPOSSIBLE]))
    assert fault.value.exit_code == 1 and fault.value.hint
    path = write(tmp_path / "loose.json", [LOOSE])
    command(path)
    with pytest.raises(ProblemsFound, match=r"1 warning$"):
        command(path, strict=True)
    capsys.readouterr()


def test_an_empty_catalogue_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound) as fault:
        command(write(tmp_path / "empty.json", {"tools": []}))
    assert "description" in fault.value.hint


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"template": "qwen3_nothnk"}, "qwen3_nothnk"),
        ({"model": "some/model"}, "--model without --template"),
        ({"dry_run": True}, "belong to --fix"),
        ({"out_file": Path("x.json")}, "belong to --fix"),
        ({"room": 10}, "--room"),
        ({"room": 64, "cutoff_len": 64}, "--room"),
        ({"fix": True, "out_file": Path("tools.txt")}, r"\.json, \.yaml"),
    ],
)
def test_options_that_cannot_be_meant_are_usage(
    tmp_path: Path, options: dict[str, Any], found: str
) -> None:
    path = write(tmp_path / "tools.json", [LOOSE])
    with pytest.raises(UsageFault, match=found):
        command(path, **options)
    assert json.loads(path.read_text()) == [LOOSE]


@pytest.mark.parametrize("name", ["absent.json", "broken.json", "rows.json"])
def test_a_file_that_cannot_be_used_is_an_input_fault(tmp_path: Path, name: str) -> None:
    write(tmp_path / "broken.json", "{")
    write(tmp_path / "rows.json", [{"instruction": "x", "output": "y"}])
    with pytest.raises(InputFault, match=name):
        command(tmp_path / name)


def test_a_server_is_never_started_by_a_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputFault, match="expected a file"):
        command(Path("mcp:touch started"))
    assert list(tmp_path.iterdir()) == []


def test_fixing_writes_back_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "tools.json", {"owner": "我", "tools": [LOOSE]})
    command(path, fix=True, dry_run=True)
    captured = capsys.readouterr()
    assert json.loads(path.read_text())["tools"] == [LOOSE]
    assert (
        "would repair: tools[0].parameters: wrote required: city [tool-empty-call]" in captured.err
    )
    assert captured.err.splitlines()[-1] == "3 repairs, nothing written"
    command(path, fix=True)
    assert "3 repairs, written to" in capsys.readouterr().err
    once = path.read_bytes()
    assert '"owner": "我"' in once.decode()
    command(path, fix=True, json=True)
    assert path.read_bytes() == once
    found = report(capsys)
    assert (found["issues"], found["fixes"]) == ([], [])


@pytest.mark.parametrize("suffix", [".json", ".yaml", ".jsonl"])
def test_fixed_tools_are_read_back_in_every_language(tmp_path: Path, suffix: str) -> None:
    source = write(tmp_path / "tools.json", [LOOK, LOOSE])
    target = tmp_path / f"out{suffix}"
    command(source, fix=True, out_file=target)
    catalog, issues = load_catalog(target)
    assert catalog.names == ("look", "seek") and issues == []
    assert catalog.specs[1].parameters["required"] == ["city"]
    assert json.loads(source.read_text()) == [LOOK, LOOSE]


def test_a_target_that_cannot_be_written_is_told_with_its_option(tmp_path: Path) -> None:
    source = write(tmp_path / "tools.json", [LOOK, LOOSE])
    with pytest.raises(InputFault, match="is a file, expected a folder") as fault:
        command(source, fix=True, out_file=source / "x.json")
    assert (fault.value.where, fault.value.hint) == (str(source), "give another --out")


def test_comments_are_not_lost(tmp_path: Path) -> None:
    path = write(tmp_path / "tools.yaml", OWN)
    with pytest.raises(UsageFault, match="comments") as fault:
        command(path, fix=True)
    assert fault.value.hint == "add --out tools.fixed.yaml"
    command(path, fix=True, dry_run=True)
    command(ROOT / "data" / "tools" / "ecommerce.yaml", fix=True)  # nothing to repair
    assert path.read_text() == OWN
    command(path, fix=True, out_file=tmp_path / "tools.fixed.yaml")
    assert len(load_catalog(tmp_path / "tools.fixed.yaml")[0]) == 1
    plain = write(tmp_path / "plain.yaml", OWN.removeprefix("# my tools\n"))
    command(plain, fix=True)
    assert "type: object" in plain.read_text()


def test_another_shape_is_checked_and_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"question": "q", "function": [{**LOOSE, "name": "shop.seek"}]}]
    path = write(tmp_path / "rows.json", rows)
    command(path)
    captured = capsys.readouterr().out
    assert "shop_seek ([0].function[0])" in captured and "1 tool read as rows" in captured
    with pytest.raises(UsageFault, match="read as rows") as fault:
        command(path, fix=True)
    assert fault.value.hint == "add --out rows.tools.json"
    command(path, fix=True, out_file=tmp_path / "rows.tools.json")
    (spec,) = load_catalog(tmp_path / "rows.tools.json")[0]
    assert spec.parameters["required"] == ["city"]
    assert spec.origin is not None and spec.origin.name == "shop.seek"
    assert json.loads(path.read_text()) == rows


def test_hazards_of_a_template_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = {"type": "integer", "enum": [1, 2], "description": "How many."}
    parameters = {"type": "object", "properties": {"n": schema}, "required": ["n"]}
    path = write(tmp_path / "tools.json", [{**LOOK, "parameters": parameters}])
    command(path)
    assert "no findings" in capsys.readouterr().out
    command(path, template="qwen")
    assert "no findings" in capsys.readouterr().out
    with pytest.raises(ProblemsFound):
        command(path, template="gemma3")
    assert "n.enum: got an enum with values that are no strings" in capsys.readouterr().out


def test_real_tools_of_a_tutorial_are_mended(
    tmp_path: Path, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "tools.yaml"
    source = shared / "raw" / "tutorial_tool_use" / "tools.yaml"
    command(source, fix=True, require_all=True, out_file=target)
    capsys.readouterr()
    command(target, json=True)
    found = report(capsys)
    assert found["counts"] == {"errors": 0, "repairs": 0, "warnings": 7}
    assert {each["code"] for each in found["issues"]} == {"tool-items-missing"}
