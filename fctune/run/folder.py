"""Output folders: what an earlier run left, and whether a new one may start there.

Role: the engine continues silently from any checkpoint that it finds, with whatever data and model
the config now names, and calls a finished run trained after 0 steps (llamafactory 0.9.5
hparams/parser.py:484-506). So the folder is judged before the engine is started.
Input: an output folder. Output: FolderState.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from fctune.engine.logs import (
    TRAINER_LOG,
    TRAINER_STATE,
    checkpoints,
    has_weights,
    last_whole_checkpoint,
    steps_reached,
)
from fctune.recipe.render import CONFIG_NAME
from fctune.run.record import RECORD_NAME, RunRecord, read_record

ENGINE_OUTPUT = "train.log"
CERTIFICATE = "certificate.json"
# What may lie in a folder in which nothing was trained yet.
_HARMLESS = {RECORD_NAME, CONFIG_NAME, ENGINE_OUTPUT, TRAINER_LOG, CERTIFICATE, "runs"}


class Stand(Enum):
    """How far the work in an output folder came."""

    FRESH = "fresh"  # nothing there that a new run could mix with
    STARTED = "started"  # checkpoints, and no end
    DONE = "done"  # trained to the end
    BROKEN = "broken"  # weights that were not written to their end
    ALIVE = "alive"  # an engine is at work in it now
    FOREIGN = "foreign"  # files of somebody else


@dataclass(frozen=True, slots=True)
class FolderState:
    """What is in an output folder.

    Attributes:
        stand: how far the work came.
        record: the record of the last run, where there is one.
        checkpoint: the newest whole checkpoint, where there is one.
        steps: optimizer steps that the newest state file tells of.
        strange: names of files that no run of ours writes.
    """

    stand: Stand
    record: RunRecord | None = None
    checkpoint: Path | None = None
    steps: int | None = None
    strange: tuple[str, ...] = ()


def look(folder: Path) -> FolderState:
    """Judge an output folder.

    Raises:
        InputFault: its record cannot be read.
    """
    if not folder.exists():
        return FolderState(Stand.FRESH)
    record = read_record(folder)
    checkpoint = last_whole_checkpoint(folder)
    steps = steps_reached(folder) or (steps_reached(checkpoint) if checkpoint else None)
    names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    strange = tuple(sorted(names - _HARMLESS))
    if record is not None and record.is_alive:
        stand = Stand.ALIVE
    elif has_weights(folder) and (_is_done(record) or steps_reached(folder) is not None):
        # The engine writes its root state after the weights, so that it vouches for them.
        stand = Stand.DONE
    elif checkpoints(folder):
        stand = Stand.STARTED
    elif has_weights(folder):
        stand = Stand.BROKEN
    elif record is None and strange:
        stand = Stand.FOREIGN
    else:
        stand = Stand.FRESH
    return FolderState(stand, record, checkpoint, steps, strange)


def _is_done(record: RunRecord | None) -> bool:
    return record is not None and record.status == "done"


def clear_leftovers(folder: Path, *, resumed: bool) -> None:
    """Remove what would make a new run look further than it is.

    The engine appends to its progress file, so that a bar would start at the old run's end; and a
    final state tells that a run is done.

    Args:
        folder: the output folder.
        resumed: the run continues; its logs are kept.
    """
    stale = [TRAINER_STATE] if resumed else [TRAINER_STATE, TRAINER_LOG, ENGINE_OUTPUT]
    for name in stale:
        (folder / name).unlink(missing_ok=True)
