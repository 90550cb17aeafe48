"""Why a file is no recording: what it is instead, and what to type.

Input: the file and its rows. Output: InputFault. A newcomer gives `fctune score` the split itself,
or the questions of a test set: nothing was said there yet.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from fctune.errors import InputFault
from fctune.evaluation.cases.no_cases import held_out_of
from fctune.evaluation.replay.rows import SAID_KEYS, Row

_ANSWERED = SAID_KEYS | {"gold", "label", "finish_reason"}
A_RECORDING = "give predictions.jsonl of `fctune eval`, or rows of {prediction, gold, tools}"


def no_predictions(path: Path) -> InputFault:
    """Return the fault of a file without rows."""
    return InputFault("holds no predictions", where=str(path), hint=A_RECORDING)


def unasked(path: Path, rows: Sequence[Row]) -> InputFault | None:
    """Return the fault of a file in which no row holds an answer; None where one does.

    Args:
        path: the file.
        rows: those that can be read; at least one.
    """
    if any(_ANSWERED & row.value.keys() for row in rows):
        return None
    from fctune.conversations.formats import detected
    from fctune.evaluation.cases.by_content import set_of

    typed = shlex.quote(str(path))
    name = set_of(path)
    form = detected(rows[0].value) if name is None else None
    where = str(rows[0].origin)
    if name is not None or form is not None:
        kind = f"conversations ({form.name})" if form is not None else f"questions of {name}"
        message = f"holds {kind} and no predictions: nothing was asked yet"
        return InputFault(message, where=where, hint=_ask(typed))
    split = held_out_of(rows[0].value, path)
    if split is not None:
        hint = _ask(shlex.quote(str(split)))
        return InputFault("is a manifest, expected predictions", where=where, hint=hint)
    keys = ", ".join(list(map(str, rows[0].value))[:8]) or "none"
    message = f"got the keys {keys}, expected predictions"
    return InputFault(message, where=where, hint=A_RECORDING)


def _ask(data: str) -> str:
    return f"fctune eval MODEL --data {data} --out DIR"
