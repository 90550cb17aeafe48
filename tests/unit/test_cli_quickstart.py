"""The quickstart's verb and its shell script tell the same story."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

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


# A step that takes longer to end than Ctrl-C leaves to a child by default; it notes each signal.
CHILD = """
import pathlib, signal, time
log = pathlib.Path("log")
got = []
def note(number, frame):
    got.append(signal.Signals(number).name)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, note)
log.write_text("ready")
while not got:
    time.sleep(0.05)
time.sleep(1.0)
log.write_text(" ".join(got))
"""
PARENT = """
import sys
from fctune.cli import quickstart
from fctune.errors import Interrupted
quickstart._argv = lambda text: [sys.executable, "child.py"]
try:
    quickstart._run(1, 1, quickstart.Step("train", "x"))
except Interrupted as fault:
    print(fault.message)
    sys.exit(fault.exit_code)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_reaches_the_step_once_and_is_waited_for(tmp_path: Path, number: int) -> None:
    if signal.getsignal(number) == signal.SIG_IGN:
        pytest.skip(
            "this signal is ignored here, as in a background job; programs started here too"
        )
    (tmp_path / "child.py").write_text(CHILD)
    command = [sys.executable, "-c", PARENT]
    parent = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    log = tmp_path / "log"
    deadline = time.monotonic() + 30
    while not (log.exists() and log.read_text() == "ready") and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(parent.pid, number)  # as a terminal does: to the whole group
    said, _ = parent.communicate(timeout=30)
    name = signal.Signals(number).name
    assert log.read_text() == name
    assert parent.returncode == 130
    assert f"stopped by {name} in the step `train`" in said
