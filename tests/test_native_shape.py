"""The shape of the compiled part: formatted, small files, `unsafe` in few of them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

CORE = Path(__file__).resolve().parents[1] / "fctune" / "native" / "core"
SOURCES = sorted((CORE / "src").glob("*.rs"))
MAX_LINES = 300
DOORS = {"abi", "abi_files", "abi_near", "sixteen"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_files_are_small_and_tell_their_role(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("//! "), f"{path} does not tell its role"
    assert len(text.splitlines()) <= MAX_LINES, f"{path} has too many lines"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_unsafe_stands_at_the_doors_alone(path: Path) -> None:
    if path.stem not in DOORS:
        code = [line for line in path.read_text().splitlines() if not line.strip().startswith("//")]
        assert not any("unsafe" in line for line in code)


def test_it_needs_no_other_library() -> None:
    lock = (CORE / "Cargo.lock").read_text()
    assert lock.count("[[package]]") == 1


def test_sources_are_formatted() -> None:
    if shutil.which("rustfmt") is None:
        pytest.skip("no rustfmt on this machine")
    command = ["rustfmt", "--edition", "2021", "--check", str(CORE / "src" / "lib.rs")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=CORE)
    assert done.returncode == 0, done.stdout[:2000]
