"""Why a path is no checkpoint, and what to type instead.

Input: what was given as the checkpoint. Output: InputFault. A newcomer's first try is the id that
the recipes hold, as OWNER/NAME: ids are not downloaded here, since an evaluation is of one folder
whose bytes do not change.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from fctune.engine.environment import hub_cache
from fctune.errors import InputFault
from fctune.patterns import regex

MODEL_FILES = ("config.json", "adapter_config.json")
_HUB_ID = regex(r"[\w-][\w.-]*/[\w-][\w.-]*")
# First words of paths that are no owners on a hub.
_FOLDERS = frozenset(
    ("build", "checkpoints", "data", "models", "out", "output", "quickstart", "runs", "saves",
     "workspace")
)  # fmt: skip
_SAVES = Path("saves")


def no_folder(checkpoint: Path) -> InputFault:
    """Return the fault of a checkpoint that is no folder."""
    where = str(checkpoint)
    if checkpoint.exists():
        parent = _typed(checkpoint.parent)
        hint = f"give the folder in which training saved the model: ls {parent}"
        return InputFault("is a file, expected the folder of a checkpoint", where=where, hint=hint)
    owner = checkpoint.parent
    if _HUB_ID.fullmatch(where) and not owner.exists() and owner.name not in _FOLDERS:
        message = "no such folder; got a hub id, expected a folder"
        return InputFault(message, where=where, hint=_of_hub(where))
    return InputFault("no such folder, expected a checkpoint", where=where, hint=_near(checkpoint))


def no_model(checkpoint: Path) -> InputFault:
    """Return the fault of a folder without a model, naming a folder inside it that has one."""
    hint = "give the folder in which training saved the model"
    for name in MODEL_FILES:
        for found in sorted(checkpoint.glob(f"*/{name}"))[-1:]:
            hint = f"a folder of it holds one: fctune eval {_typed(found.parent)} ..."
    message = f"holds neither {' nor '.join(MODEL_FILES)}, expected a model or an adapter"
    return InputFault(message, where=str(checkpoint), hint=hint)


def _of_hub(name: str) -> str:
    """Return what makes a folder of a hub id, or the folder in which the hub's client keeps it."""
    kept = hub_cache() / f"models--{name.replace('/', '--')}" / "snapshots"
    for folder in sorted(kept.glob("*")):
        if (folder / "config.json").is_file():
            return f"it was downloaded before: fctune eval {_typed(folder)} ..."
    short = name.partition("/")[2]
    return f"hf download {name} --local-dir models/{short}, then fctune eval models/{short} ..."


def _near(checkpoint: Path) -> str:
    """Return where to look: the folder that should hold it, or where training saves."""
    for folder in (checkpoint.parent, _SAVES):
        if folder.is_dir() and folder not in (Path(), Path("/")):
            return f"ls {_typed(folder)}"
    return "give the folder in which training saved the model, or --endpoint URL --model NAME"


def _typed(path: Path) -> str:
    return shlex.quote(str(path))
