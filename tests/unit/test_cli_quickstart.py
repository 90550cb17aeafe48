"""The quickstart's verb and its shell script tell the same story."""

from __future__ import annotations

from pathlib import Path

from fctune.cli.quickstart import DEFAULT_SEED, story

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "quickstart.sh"


def test_the_script_holds_the_verbs_commands() -> None:
    lines = SCRIPT.read_text().splitlines()
    commands = [line for line in lines if line.startswith(("fctune ", "python "))]
    assert commands == [step.command for step in story(DEFAULT_SEED)]


def test_a_seed_reaches_model_split_and_training() -> None:
    commands = [step.command for step in story(7)]
    assert [c for c in commands if "--seed 7" in c or "seed=7" in c] == [
        commands[1],
        commands[2],
        commands[3],
        commands[4],
    ]
