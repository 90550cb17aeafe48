"""What to do about a failure of the engine, by what it said.

Input: the engine's reason and last lines. Output: the next step, where it is known.
"""

from __future__ import annotations

from collections.abc import Sequence

# Begins the remedies that a resumed run cannot take: it keeps the batch of its checkpoint.
AFRESH = "start afresh with "
_HALF = f"{AFRESH}half of per_device_train_batch_size (the effective batch stays)"
# (a part of what the engine says, the next step); the first that fits is told.
_REMEDIES: tuple[tuple[str, str], ...] = (
    ("CUDA out of memory", f"{_HALF}, or with preset: small"),
    ("OutOfMemoryError", _HALF),
    ("memory ran out", f"{_HALF}, or with a lower cutoff_len"),
    ("Cannot find valid samples", "prepare the dataset again: fctune prepare"),
    ("Undefined dataset", "register the dataset: fctune prepare"),
    ("Invalid JSON format in function message", "prepare the dataset again: fctune prepare"),
    ("No space left on device", "free the disk, or lower save_total_limit"),
    ("Processor was not found", "use a text template, such as gemma in place of gemma3"),
    ("Repo id must be in the form", "mend model_name_or_path: there is no such folder"),
    ("outgoing traffic has been disabled", "download the model first; the hub is switched off"),
    ("gated repo", "accept the model's licence on the hub, then: hf auth login"),
    ("is not a valid SaveStrategy", 'quote it: save_strategy: "no"'),
    ("Please install bitsandbytes", "fctune doctor"),
    ("doesn't match", "the adapter is of another model; start afresh"),
)


def remedy_of(lines: Sequence[str]) -> str:
    """Return the next step for a failure, or an empty string where none is known."""
    text = "\n".join(lines)
    return next((remedy for part, remedy in _REMEDIES if part in text), "")
