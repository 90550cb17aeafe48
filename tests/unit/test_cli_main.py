"""The command line as a user meets it: start-up, help, exit codes, no traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "torch",
    "transformers",
    "datasets",
    "llamafactory",
    "ray",
    "fastapi",
    "peft",
    "rich.progress",
)
VERBS = ("prepare", "inspect", "train", "eval", "score", "compare", "doctor", "quickstart", "tools")


def fctune(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from fctune.cli.main import run; run()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from fctune.cli.main import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        f"sys.exit(','.join(m for m in {HEAVY!r} if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"imported by --help: {done.stderr}"


def _imported(*words: str) -> set[str]:
    """Return the modules of the command line that these words import."""
    code = (
        "import sys\n"
        "from fctune.cli.main import app\n"
        f"try:\n    app({list(words)!r})\nexcept SystemExit:\n    pass\n"
        "print(*(m for m in sys.modules if m.startswith('fctune.cli.')), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return {name.removeprefix("fctune.cli.") for name in done.stderr.split()}


def test_a_verb_is_imported_when_it_is_called() -> None:
    verbs = {"prepare", "inspect", "train", "eval", "variants", "score", "tools_check"}
    assert not verbs & _imported("--help")
    assert not verbs & _imported("tools", "--help")
    assert verbs & _imported("train", "--help") == {"train"}


def test_help_names_every_verb() -> None:
    text = fctune("--help").stdout
    assert [verb for verb in VERBS if verb not in text] == []


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str) -> None:
    done = fctune(verb, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_a_missing_file_is_one_line_with_a_hint_and_exit_3(tmp_path: Path) -> None:
    done = fctune("prepare", "absent.jsonl", cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-2:] == [
        "absent.jsonl: no such file or folder",
        "hint: ls .",
    ]
    assert "Traceback" not in done.stderr


def test_an_unknown_option_is_usage(tmp_path: Path) -> None:
    assert fctune("prepare", "--nonsense").returncode == 2


def test_a_closed_pipe_is_not_a_fault(tmp_path: Path) -> None:
    command = f"{sys.executable} -c 'from fctune.cli.main import run; run()' doctor --json | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_tools_check_prints_json(tmp_path: Path) -> None:
    path = tmp_path / "tools.yaml"
    path.write_text("- name: 查询\n  description: look\n  parameters: {city: {type: str}}\n")
    done = fctune("tools", "check", str(path), "--json")
    value = json.loads(done.stdout)
    assert [tool["name"] for tool in value["tools"]] == ["查询"]
    assert {found["code"] for found in value["issues"]} == {
        "tool-name-unlawful",
        "tool-parameters-missing",
        "tool-type-alias",
        "tool-description-missing",
        "tool-description-thin",
        "tool-empty-call",
    }
    assert done.returncode == 0
