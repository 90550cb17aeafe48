"""The engine's process: its whole family ends, even what put itself into another session."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

import psutil
import pytest

from fctune.engine.command import TrainCommand
from fctune.errors import EnvironmentFault
from fctune.run.launch import run_engine, tail

# A parent that starts a worker in a session of its own, as torchrun does; both write their ids.
FAMILY = """
import os, subprocess, sys, time
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"],
                          start_new_session=True)
print(os.getpid(), worker.pid, flush=True)
{then}
"""


def command(code: str) -> TrainCommand:
    return TrainCommand((sys.executable, "-c", code))


def wait_until(condition, timeout_s=20.0):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "nothing happened in time"
        time.sleep(0.05)


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_ends_the_whole_family(tmp_path, number):
    log = tmp_path / "train.log"
    handler = signal.getsignal(number)

    def stop():
        wait_until(lambda: log.exists() and len(log.read_text().split()) == 2)
        os.kill(os.getpid(), number)

    threading.Thread(target=stop, daemon=True).start()
    ticks = []
    ending = run_engine(
        command(FAMILY.format(then="time.sleep(60)")),
        log,
        append=False,
        started=lambda pid: None,
        tick=lambda: ticks.append(1),
    )
    assert ending.stopped_by == number
    assert ending.exit_code == -signal.SIGTERM
    assert all(is_gone(int(pid)) for pid in log.read_text().split())
    assert signal.getsignal(number) is handler
    assert ticks


def test_a_family_that_ignores_sigterm_is_killed(tmp_path):
    code = (
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('deaf', flush=True)\n"
        "time.sleep(60)\n"
    )
    log = tmp_path / "train.log"

    def stop():
        wait_until(lambda: log.exists() and "deaf" in log.read_text())
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=stop, daemon=True).start()
    ending = run_engine(
        command(code),
        log,
        append=False,
        started=lambda pid: None,
        tick=lambda: None,
        grace_s=1.0,
    )
    assert ending.exit_code == -signal.SIGKILL


def test_workers_that_outlive_the_engine_are_ended(tmp_path):
    log = tmp_path / "train.log"
    ending = run_engine(
        command(FAMILY.format(then="sys.exit(3)")),
        log,
        append=False,
        started=lambda pid: None,
        tick=lambda: None,
    )
    assert ending.exit_code == 3
    assert ending.stopped_by is None
    assert all(is_gone(int(pid)) for pid in log.read_text().split())


def test_output_of_both_streams_is_kept_and_appended(tmp_path):
    log = tmp_path / "train.log"
    log.write_text("before\n")
    code = "import sys; print('out', flush=True); print('err', file=sys.stderr)"
    run_engine(command(code), log, append=True, started=lambda pid: None, tick=lambda: None)
    assert tail(log) == ["before", "out", "err"]


def test_a_fault_of_ours_does_not_leave_the_engine_running(tmp_path):
    log, pids = tmp_path / "train.log", []

    def broken():
        if log.read_text().split():
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        run_engine(
            command(FAMILY.format(then="time.sleep(60)")),
            log,
            append=False,
            started=pids.append,
            tick=broken,
        )
    assert all(is_gone(int(pid)) for pid in [*pids, *log.read_text().split()])


def test_a_program_that_is_absent_is_an_environment_fault(tmp_path):
    absent = TrainCommand((str(tmp_path / "absent"), "train"))
    with pytest.raises(EnvironmentFault):
        run_engine(
            absent, tmp_path / "log", append=False, started=lambda pid: None, tick=lambda: None
        )


def test_bars_are_reduced_to_their_last_state(tmp_path):
    log = tmp_path / "train.log"
    log.write_bytes(b"  1%|x\r  2%|x\r  3%|x\n\n\xff\nlast\n")
    assert tail(log) == ["  3%|x", "\ufffd", "last"]
    assert tail(log, 1) == ["last"]
    assert tail(tmp_path / "absent") == []
