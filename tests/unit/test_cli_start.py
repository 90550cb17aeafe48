"""The collector of cycles at the start of a verb, while it works, and at its end."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from fctune.cli.guards import guarded
from fctune.cli.start import starting

WATCHED = """
import gc, sys
looks = []
gc.callbacks.append(lambda phase, about: looks.append(about["generation"]))
from fctune.cli.main import run
before = len(looks)
try:
    run()
except SystemExit:
    pass
print(len(looks) - before, gc.isenabled(), gc.get_freeze_count() > 10_000, file=sys.stderr)
"""


def test_it_is_paused_in_a_block_that_imports() -> None:
    with starting():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_works_while_a_verb_does() -> None:
    seen: list[bool] = []
    with starting():
        guarded(lambda: seen.append(gc.isenabled()))()
        assert seen == [True]


def test_it_works_again_after_a_fault() -> None:
    with pytest.raises(ValueError), starting():
        raise ValueError
    assert gc.isenabled()


def test_help_is_written_without_a_look_and_nothing_is_left_to_look_at() -> None:
    command = [sys.executable, "-c", WATCHED, "prepare", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr.split() == ["0", "True", "True"]
