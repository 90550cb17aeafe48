"""The documents are true: reference pages fresh, links alive, the changelog of this version."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import fctune
from fctune.cli.main import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(p for p in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")


def test_reference_pages_are_fresh() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "reference.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_reference_of_the_command_line_has_every_verb() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^## `fctune ?(.*)`$", page, flags=re.MULTILINE))
    assert shown == {"", *_verbs(typer.main.get_command(app), ())} - {"tools"}


def _verbs(group: Any, above: tuple[str, ...]) -> Iterator[str]:
    for name, command in group.commands.items():
        if not command.hidden:
            yield " ".join((*above, name))
            yield from _verbs(command, (*above, name)) if hasattr(command, "commands") else ()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_changelog_has_this_version() -> None:
    assert f"## {fctune.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["README.md", "README_zh.md"])
def test_the_readme_shows_the_two_commands_first_and_stays_short(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    first_code = text.split("```")[1]
    assert "make quickstart" in first_code and "make test" in first_code
    assert len(text.splitlines()) <= 150


def test_every_rule_of_contributing_names_its_check() -> None:
    """CONTRIBUTING's table of rules: a rule without a check that exists is deleted or gets one."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    rules = [row for row in rows if "`tests/" in row or "ruff" in row or "mypy" in row]
    assert len(rules) >= 10
    for row in rules:
        for path in re.findall(r"`(tests/[^`:]+)", row):
            assert (ROOT / path).exists(), path
