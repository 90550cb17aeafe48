"""`fctune tools registry` as a user and a script meet it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fctune.cli.verbs import Group, RegistryVerbs, ToolVerbs, Verb, Verbs
from fctune.errors import Interrupted
from fctune.tools.read import load_catalog
from fctune.tools.registry import open_registry
from tests.unit.conftest import LOOK, Done, Run, WriteRows
from tests.unit.tools_registry_cases import evaluated, prepared

NOW = {
    "name": "现在",
    "description": "现在几点",
    "parameters": {"type": "object", "properties": {"时区": {"type": "string"}}},
}


@pytest.fixture
def registry(fctune: Run) -> Run:
    """Run `fctune tools registry` within this process, in tmp_path."""

    def run(*arguments: str, env: dict[str, str] | None = None) -> Done:
        return fctune("tools", "registry", *arguments, env=env)

    return run


def write(path: Path, *tools: dict[str, Any]) -> str:
    path.write_text(json.dumps(tools, ensure_ascii=False), encoding="utf-8")
    return path.name


def test_the_story_of_two_tools(registry: Run, tmp_path: Path, raw: WriteRows) -> None:
    file = write(tmp_path / "tools.json", LOOK, NOW)
    dry = registry("add", file, "--dry-run")
    assert dry.stdout.splitlines()[-1] == "data/tools.db: 2 new; nothing is written"
    assert not (tmp_path / "data").exists()
    done = registry("add", file, "--by", "ann")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "data/tools.db: 2 new"
    assert (tmp_path / "data" / "tools.db").is_file()

    closed = json.loads(json.dumps(LOOK))
    closed["function"]["parameters"]["properties"]["city"]["enum"] = ["Oslo"]
    write(tmp_path / "tools.json", closed)
    done = registry("add", file)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "data/tools.db: 1 with a new version"
    assert 'look.city: was any value, now one of ["Oslo"] [breaking]' in done.stderr
    assert "hint: if they are gone: fctune tools registry remove 现在" in done.stderr

    done = registry("record", str(prepared(tmp_path, raw, "shop", 4)))
    assert "version 1: 4 training calls in 4 rows" in done.stdout
    done = registry("remove", "现在")
    assert done.stdout == "现在: removed\n"
    done = registry("list", "--all")
    rows = [line.split() for line in done.stdout.splitlines()[2:]]
    assert rows[0][:5] == ["look", "2", "0", "(v1:", "4)"]
    assert rows[1][:3] == ["现在", "1,", "removed"]
    value = json.loads(registry("list", "--json").stdout)
    assert [one["name"] for one in value["tools"]] == ["look"]
    assert value["tools"][0]["trained_calls_by_version"] == {"1": 4}
    history = json.loads(registry("history", "--json").stdout)
    assert [one["event"] for one in history] == ["added", "added", "version", "trained", "removed"]
    assert [one["by"] for one in history[:2]] == ["ann", "ann"]
    shown = registry("history", "现在").stdout.splitlines()
    assert len(shown) == 4 and "removed" in shown[-1]


def test_export_and_show_are_tool_files(registry: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "tools.json", LOOK, NOW)
    registry("add", file, "--origin", "设计部")
    done = registry("export", "--out", "out.yaml")
    assert done.stdout == "out.yaml: 2 tools written\n"
    given, written = load_catalog(tmp_path / file)[0], load_catalog(tmp_path / "out.yaml")[0]
    assert written == given
    done = registry("show", "现在@1")
    assert "from 设计部" in done.stderr
    (tmp_path / "one.yaml").write_text(done.stdout, encoding="utf-8")
    assert load_catalog(tmp_path / "one.yaml")[0].specs == given.specs[1:]


def test_accuracies_and_warnings(registry: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "tools.json", NOW)
    registry("add", file)
    evaluated(tmp_path / "run", right=2)
    done = registry("record", "run", "--json")
    assert json.loads(done.stdout)["unknown"] == ["track"]
    assert "not in the registry: track" in done.stderr


def test_faults_are_told_without_a_traceback(registry: Run, tmp_path: Path) -> None:
    write(tmp_path / "tools.json", NOW)
    (tmp_path / "x.json").write_text("{}")
    with open_registry(str(tmp_path / "data" / "tools.db"), create=True):
        pass
    cases = [
        (("list", "--db", "absent.db"), 3, "fctune tools registry add"),
        (("remove", "now"), 3, "has no tool 'now'"),
        (("record", "x.json"), 3, "is neither a dataset's manifest nor"),
        (("export", "--out", "x.yaml"), 1, "nothing is written"),
        (("list", "--db", "mysql://ann:geheim@h/x"), 2, "postgresql:// URL"),
        (("add", "x.json"), 3, "holds no tool"),
    ]
    for arguments, code, words in cases:
        done = registry(*arguments)
        assert (done.returncode, words in done.stderr) == (code, True), done.stderr
        assert "Traceback" not in done.stderr and "geheim" not in done.stderr


def test_what_is_left_out_is_said(registry: Run, tmp_path: Path) -> None:
    wrong = {"input": "x", "call": {"arguments": {"other": 1}}}
    bad = {"name": "bad", "parameters": {"type": "object", "properties": {"a": {"pattern": "("}}}}
    done = registry("add", write(tmp_path / "tools.json", {**NOW, "examples": [wrong]}))
    assert done.stdout.splitlines()[-1] == "data/tools.db: 1 new"
    assert "tools.json: 1 example is left out" in done.stderr
    done = registry("add", write(tmp_path / "tools.json", {**NOW, "examples": [wrong]}, bad))
    assert "tools.json: 1 tool and 1 example are left out" in done.stderr


def test_hints_can_be_typed_as_they_are(registry: Run, tmp_path: Path) -> None:
    place = ("--db", "my tools.db")
    file = write(tmp_path / "tools.json", NOW, {**NOW, "name": "其他"})
    done = registry("list", *place)
    assert "registry add TOOLS.yaml --db 'my tools.db'\n" in done.stderr
    registry("add", file, *place)
    write(tmp_path / "tools.json", NOW)
    hints = [
        registry("add", file, *place),
        registry("remove", "zzz", *place),
        registry("show", "现在@7", *place),
    ]
    for done in hints:
        command = done.stderr.splitlines()[-1].partition("fctune tools registry ")[2]
        assert registry(*shlex.split(command)).returncode == 0, command
    assert "其他 removed" not in registry("list", *place).stdout


def test_texts_that_cannot_be_stored_end_in_a_sentence(registry: Run, tmp_path: Path) -> None:
    registry("add", write(tmp_path / "tools.json", NOW))
    for arguments, code in (
        (("show", "half\ud83d"), 3),
        (("history", "half\ud83d"), 3),
        (("show", "现在@" + "1" * 5000), 2),
        (("show", "half\ud83d@0"), 2),
        (("remove", "现在", "--by", "half\ud83d"), 2),
    ):
        done = registry(*arguments)
        assert (done.returncode, done.stdout) == (code, ""), done.stderr
        assert len(done.stderr) < 400


def test_the_place_comes_from_the_environment_and_stays_secret(
    registry: Run, tmp_path: Path
) -> None:
    file = write(tmp_path / "tools.json", NOW)
    done = registry("add", file, env={"FCTUNE_REGISTRY": "mine.db"})
    assert done.stdout.splitlines()[-1] == "mine.db: 1 new"
    url = "postgresql://ann:geheim@127.0.0.1:1/x"
    for extra in ((), ("--help",)):
        done = registry("list", *extra, env={"FCTUNE_REGISTRY": url})
        assert done.returncode == (0 if extra else 4)
        assert "geheim" not in done.stdout + done.stderr


@pytest.mark.parametrize("table", [Verbs.table, ToolVerbs.table, RegistryVerbs.table])
def test_every_verb_is_guarded_against_ctrl_c(
    table: Mapping[str, Verb | Group], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    verbs = {name: entry for name, entry in table.items() if isinstance(entry, Verb)}
    assert len(verbs) >= 6
    for name, verb in verbs.items():
        monkeypatch.setattr(f"fctune.cli.{verb.module}.{verb.function}", stopped)
        with pytest.raises(Interrupted):
            verb.made(name).main([], standalone_mode=False)
