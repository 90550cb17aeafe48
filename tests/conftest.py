"""Fixtures of the tests that run the real engine: the tiny model, made once a session."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"

os.environ.setdefault("HF_HUB_OFFLINE", "1")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a test by its argument where that is bytes: what they hold may differ by the second.

    A name of such content (a gzip file holds the time it was made at) is not the same in two
    workers, and pytest-xdist then runs nothing.
    """
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the quickstart's tiny model; needs the [train] extra."""
    if importlib.util.find_spec("llamafactory") is None:
        pytest.skip("the [train] extra is not installed")
    folder = tmp_path_factory.mktemp("tiny") / "model"
    command = [sys.executable, str(ROOT / "scripts" / "make_tiny_model.py"), "--out", str(folder)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real samples that stands beside some checkouts."""
    if not SHARED.exists():
        pytest.skip("the real samples are not beside this clone")
    return SHARED
