"""What a run of the engine tells: its progress file, its output, its checkpoints.

Input: `trainer_log.jsonl`, the captured output, and `trainer_state.json` of an output folder.
Output: TrainerStep values, the one line that says why a run failed, and checkpoints that are whole.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fctune.patterns import regex

TRAINER_LOG = "trainer_log.jsonl"
TRAINER_STATE = "trainer_state.json"
# llamafactory 0.9.5 extras/constants.py CHECKPOINT_NAMES: with one of these in it, and no
# checkpoint, the engine refuses the folder; other files do not matter to it.
WEIGHT_FILES = (
    "adapter_model.safetensors",
    "adapter_model.bin",
    "model.safetensors.index.json",
    "model.safetensors",
    "pytorch_model.bin.index.json",
    "pytorch_model.bin",
)

_CHECKPOINT = regex(r"checkpoint-(\d+)")
_RANK = regex(r"^(?:\[rank\d+\]:\s*|\[default\d+\]:\s*)")
_FAULT = regex(r"^(?:[A-Za-z_]\w*\.)*(?:[A-Z]\w*(?:Error|Exception|NotFound|Interrupt))\b(?::.*)?$")
# Said by whoever started the process that failed; the cause stands above.
_MESSENGERS = ("ChildFailedError", "CalledProcessError")
_CLOCK = regex(r"(?:(\d+) days?, )?(\d+):(\d\d):(\d\d)")


@dataclass(frozen=True, slots=True)
class TrainerStep:
    """One line of `trainer_log.jsonl`.

    Attributes:
        step: optimizer steps done.
        total: optimizer steps of the whole run.
        loss: mean training loss since the line before, or None on other lines.
        eval_loss: loss on the evaluation set, or None.
        epoch: epochs done.
        remaining_s: the engine's estimate of the time left, or None.
    """

    step: int
    total: int
    loss: float | None = None
    eval_loss: float | None = None
    epoch: float | None = None
    remaining_s: int | None = None


class LogReader:
    """Reads a growing `trainer_log.jsonl` from where it stood when the reader was made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = path.stat().st_size if path.exists() else 0
        self._rest = b""

    def new_steps(self) -> list[TrainerStep]:
        """Return the lines written since the last call; half a line waits for its end."""
        try:
            with self._path.open("rb") as stream:
                stream.seek(self._offset)
                data = stream.read()
        except FileNotFoundError:
            return []
        self._offset += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        steps = [parse_step(line) for line in lines if line.strip()]
        return [step for step in steps if step is not None]


def parse_step(line: bytes | str) -> TrainerStep | None:
    """Read one line of the progress file; None where it is none.

    >>> parse_step('{"current_steps": 5, "total_steps": 20, "remaining_time": "0:01:30"}')
    TrainerStep(step=5, total=20, loss=None, eval_loss=None, epoch=None, remaining_s=90)
    """
    try:
        entry = json.loads(line)
        return TrainerStep(
            step=int(entry["current_steps"]),
            total=int(entry["total_steps"]),
            loss=_number(entry.get("loss")),
            eval_loss=_number(entry.get("eval_loss")),
            epoch=_number(entry.get("epoch")),
            remaining_s=_seconds(entry.get("remaining_time")),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _seconds(clock: Any) -> int | None:
    found = _CLOCK.fullmatch(str(clock))
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def failure_line(lines: Sequence[str]) -> str:
    """Return the line of the engine's output that says why it failed, or an empty string.

    >>> failure_line(["Traceback ...", "ValueError: Undefined dataset x in dataset_info.json."])
    'ValueError: Undefined dataset x in dataset_info.json.'
    """
    for line in reversed(lines):
        text = _RANK.sub("", line.strip())
        if _FAULT.match(text) and not any(name in text.split(":")[0] for name in _MESSENGERS):
            return text
    return ""


def checkpoints(output_dir: Path) -> list[tuple[int, Path]]:
    """Return every checkpoint folder with its step, in order; whole or not."""
    if not output_dir.is_dir():
        return []
    found = [(_CHECKPOINT.fullmatch(path.name), path) for path in output_dir.iterdir()]
    return sorted((int(match[1]), path) for match, path in found if match and path.is_dir())


def last_whole_checkpoint(output_dir: Path) -> Path | None:
    """Return the newest checkpoint that was written to its end.

    The trainer writes weights, optimizer and random state first and `trainer_state.json` last
    (transformers 4.57.6 trainer.py _save_checkpoint); a killed run can leave one without it.
    """
    whole = [path for step, path in checkpoints(output_dir) if steps_reached(path) == step]
    return whole[-1] if whole else None


def steps_reached(folder: Path) -> int | None:
    """Return `global_step` of a folder's `trainer_state.json`; None where there is none."""
    try:
        state = json.loads((folder / TRAINER_STATE).read_text(encoding="utf-8"))
        return int(state["global_step"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def has_weights(folder: Path) -> bool:
    """Tell whether a folder holds the weights of a model or adapter."""
    return any((folder / name).is_file() for name in WEIGHT_FILES)
