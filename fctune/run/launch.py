"""The engine's process: started without a shell, watched, and ended as a whole tree.

Input: a TrainCommand, a log file, and what to do at each tick. Output: how the process ended.
The process has a session of its own, so that Ctrl-C reaches fctune alone, which then ends every
descendant: torchrun puts its workers into sessions of their own, and they would train on.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psutil

from fctune.engine.command import TrainCommand
from fctune.errors import EnvironmentFault

POLL_S = 0.5
MARK = "FCTUNE_RUN"  # environment variable by which the engine's processes are known
GRACE_S = 10.0
TAIL_LINES = 200
_TAIL_BYTES = 256_000
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Ending:
    """How the engine's process ended.

    Attributes:
        exit_code: of the process; negative where a signal ended it.
        stopped_by: the signal that fctune was asked to stop with, or None.
    """

    exit_code: int
    stopped_by: signal.Signals | None = None


@dataclass(slots=True)
class _StopRequest:
    """What the signal handlers leave for the watching loop."""

    received: list[int] = field(default_factory=list)

    def note(self, number: int, frame: FrameType | None) -> None:
        self.received.append(number)


def run_engine(
    command: TrainCommand,
    log: Path,
    *,
    append: bool,
    started: Callable[[int], None],
    tick: Callable[[], None],
    grace_s: float = GRACE_S,
) -> Ending:
    """Run the engine to its end; end it and all its descendants where fctune is asked to stop.

    Args:
        command: what to run.
        log: the file for stdout and stderr.
        append: keep what an earlier run wrote into it.
        started: called once with the process id.
        tick: called about twice a second, and once more at the end.
        grace_s: how long the engine may take to end by itself when it is stopped.

    Raises:
        EnvironmentFault: the program cannot be started.
    """
    mark = uuid.uuid4().hex
    with _stop_requests() as request:  # before the start, so that no signal can orphan the engine
        process = _start(command, log, append=append, mark=mark)
        try:
            started(process.pid)
            while process.poll() is None and not request.received:
                tick()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=POLL_S)
        except BaseException:
            _end(_family(process, mark), grace_s, lambda: False)
            raise
        if process.returncode != 0:  # stopped, or failed: a launcher that dies leaves workers
            _end(_family(process, mark), grace_s, lambda: len(request.received) > 1)
        exit_code = process.wait()
        tick()
        stopped_by = signal.Signals(request.received[0]) if request.received else None
    return Ending(exit_code, stopped_by)


def _start(command: TrainCommand, log: Path, *, append: bool, mark: str) -> subprocess.Popen[bytes]:
    with log.open("ab" if append else "wb") as stream:
        try:
            return subprocess.Popen(
                command.argv,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=command.environment(os.environ) | {MARK: mark},
                start_new_session=True,
            )
        except OSError as fault:
            message = f"cannot be started: {fault.strerror}"
            raise EnvironmentFault(message, where=command.argv[0], hint="fctune doctor") from fault


@contextlib.contextmanager
def _stop_requests() -> Iterator[_StopRequest]:
    """Turn the stop signals into a note for the loop; restore the old handlers at the end.

    A signal that is ignored stays so: that is what `nohup` asks for.
    """
    request = _StopRequest()
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in _STOP_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, request.note)
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _family(engine: subprocess.Popen[bytes], mark: str) -> list[psutil.Process]:
    """Return the engine's process and all that descend from it, wherever they are by now.

    Descendants are known by the parent that they have, or by the mark in their environment where
    their parent is gone. They are collected before any signal is sent.
    """
    # The id of a process that is gone may be another's by now.
    family = set(_children_of(engine.pid)) if engine.returncode is None else set()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK) == mark:
                family.add(process)
    return list(family)


def _children_of(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [*root.children(recursive=True), root]
    except psutil.NoSuchProcess:
        return []


def _end(family: list[psutil.Process], grace_s: float, hurry: Callable[[], bool]) -> None:
    """End processes: SIGTERM first, SIGKILL after the grace time or when the user hurries."""
    _send(family, signal.SIGTERM)
    family = _wait_for(family, grace_s, hurry)
    _send(family, signal.SIGKILL)
    _wait_for(family, grace_s, lambda: False)


def _wait_for(
    family: list[psutil.Process], timeout_s: float, hurry: Callable[[], bool]
) -> list[psutil.Process]:
    """Wait until all are gone; return those that are not.

    psutil's own wait would take the exit code of a child away from its Popen object.
    """
    deadline = time.monotonic() + timeout_s
    living = [process for process in family if _lives(process)]
    while living and time.monotonic() < deadline and not hurry():
        time.sleep(0.1)
        # A process may have started others since; find them while it still lives.
        found = (child for process in living for child in _children_of(process.pid))
        living = list({*living, *found})
        living = [process for process in living if _lives(process)]
    return living


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _send(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def tail(log: Path, lines: int = TAIL_LINES) -> list[str]:
    """Return the last lines of the engine's output, progress bars reduced to their last state."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            text = stream.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return []
    shown = (line.rstrip().rsplit("\r", 1)[-1] for line in text.split("\n"))
    return list(deque((line for line in shown if line.strip()), maxlen=lines))
