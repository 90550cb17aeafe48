"""The end of a run: the record closed, and the fault told where the engine failed.

Input: how the engine's process ended, and what is on disk. Output: the closed RunRecord, or a
TrainerFault with the reason in one line and the engine's last lines under it, or Interrupted.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from fctune.engine.logs import TrainerStep, failure_line, has_weights, steps_reached
from fctune.errors import Interrupted, TrainerFault
from fctune.run.failures import AFRESH, remedy_of
from fctune.run.folder import ENGINE_OUTPUT, look
from fctune.run.launch import Ending, tail
from fctune.run.record import RecordBook, RunRecord, now

_SHOWN_LINES = 15


def close_record(book: RecordBook, ending: Ending, last: TrainerStep | None) -> None:
    """Write how the run ended.

    A run is done when the engine says so and has left its final state; an exit code of 0 alone
    does not tell.

    Args:
        book: the record of the run.
        ending: of the engine's process.
        last: the last line of progress.
    """
    reached = steps_reached(book.folder)
    if ending.exit_code == 0 and reached is not None and has_weights(book.folder):
        status, failure = "done", None
    elif ending.stopped_by is not None:
        status, failure = "interrupted", None
    else:
        status, failure = "failed", failure_line(tail(book.folder / ENGINE_OUTPUT)) or None
    book.change(
        status=status,
        ended=now(),
        exit_code=ending.exit_code,
        steps=reached if status == "done" else (last.step if last else 0),
        steps_total=last.total if last else None,
        failure=failure,
    )


def outcome(folder: Path, record: RunRecord, ending: Ending, *, command: str) -> RunRecord:
    """Return the record of a good end; raise the fault of another.

    Args:
        folder: the output folder.
        record: closed.
        ending: of the engine's process.
        command: the user's command without --resume, for hints.

    Raises:
        TrainerFault: the engine failed.
        Interrupted: fctune was asked to stop.
    """
    if record.status == "done":
        return record
    begun = look(folder).checkpoint is not None
    again = f"{command} --resume" if begun else command
    if record.status == "interrupted" and ending.stopped_by is not None:
        message = f"stopped by {ending.stopped_by.name} at step {record.steps}"
        raise Interrupted(message, where=str(folder), hint=f"go on: {again}")
    log = folder / ENGINE_OUTPUT
    lines = tail(log)
    reason = record.failure or _ended_by(ending.exit_code)
    shown = "\n".join(f"  | {line}" for line in lines[-_SHOWN_LINES:])
    message = f"the engine failed: {reason}\n{shown}" if shown else f"the engine failed: {reason}"
    hint = remedy_of([reason, *lines]) or f"read the whole log: less {shlex.quote(str(log))}"
    if hint.startswith(AFRESH):
        again = f"rm -r {shlex.quote(str(folder))}; {command}" if begun else command
    raise TrainerFault(message, where=str(log), hint=f"{hint}; then: {again}")


def _ended_by(exit_code: int) -> str:
    if exit_code == -9:
        return "killed by SIGKILL, most often because the memory ran out"
    if exit_code < 0:
        return f"killed by signal {-exit_code}"
    return f"exit code {exit_code}, and no reason in its output"
