"""The files that a dataset consists of: their names, and the guard of raw input against them.

Input: a dataset's name and folder. Output: the names of every file that a build may write. A build
that read such a file would destroy it, or train on its own output.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fctune.dataset.registry import REGISTRY
from fctune.errors import UsageFault
from fctune.jsonl import STDIN, read_json

PARTS = ("train", "dev", "test", "general_train", "toolcall_train")
_MANIFEST = ".manifest.json"
_REJECTS = ".rejects.jsonl"
_TRAIL = ".rows.jsonl"
_REPORT = ".report.html"
_CARD = ".card.md"


def rejects_name(name: str) -> str:
    """Return the file name of the rejects.

    >>> rejects_name("shop")
    'shop.rejects.jsonl'
    """
    return name + _REJECTS


def manifest_name(name: str) -> str:
    """Return the file name of the manifest."""
    return name + _MANIFEST


def trail_name(name: str) -> str:
    """Return the file name of the account of each row: where it came from, what was done to it."""
    return name + _TRAIL


def report_name(name: str) -> str:
    """Return the file name of the report."""
    return name + _REPORT


def card_name(name: str) -> str:
    """Return the file name of the dataset card."""
    return name + _CARD


def beside(name: str) -> tuple[str, ...]:
    """Return the names of the files beside the rows, in the order in which they are replaced."""
    named = (trail_name, report_name, card_name, rejects_name, manifest_name)
    return tuple(one(name) for one in named)


def targets(name: str) -> tuple[str, ...]:
    """Return the name of every file that a build of this dataset may write."""
    rows = (f"{name}_{part}.jsonl" for part in PARTS)
    return (*rows, *beside(name), REGISTRY)


def refuse_targets(sources: Iterable[Path], folder: Path, name: str) -> None:
    """Refuse a build that would read a file that it writes.

    Raises:
        UsageFault: a source is a target of this build.
    """
    own = [folder / target for target in targets(name)]
    for source in sources:
        if any(_is_same(source, target) for target in own):
            raise UsageFault(
                f"this file would be written by the dataset {name!r} that is made from it",
                where=str(source),
                hint="give another --name or --out",
            )


def outputs_in(folder: Path) -> frozenset[str]:
    """Return the names of the files in a folder that datasets wrote there.

    Raises:
        InputFault: a manifest in the folder cannot be read.
    """
    endings = (_REJECTS, _TRAIL)
    names = {REGISTRY} | {path.name for end in endings for path in folder.glob(f"*{end}")}
    for path in folder.glob(f"*{_MANIFEST}"):
        names.add(path.name)
        names.update(file for _, file in listed_in(path))
    return frozenset(names)


def listed_elsewhere(folder: Path, name: str) -> dict[str, str]:
    """Return registry name to manifest name of what other datasets of a folder wrote.

    Raises:
        InputFault: a manifest in the folder cannot be read.
    """
    others = sorted(p for p in folder.glob(f"*{_MANIFEST}") if p.name != manifest_name(name))
    return {entry: path.name for path in others for entry, _ in listed_in(path)}


def listed_in(path: Path) -> list[tuple[str, str]]:
    """Return registry name and file name of all that a manifest lists; [] where it lists nothing.

    Raises:
        InputFault: it cannot be read.
    """
    value: Any = read_json(path)
    files = value.get("files") if isinstance(value, dict) else None
    written = files.items() if isinstance(files, dict) else ()
    return [(n, f["file"]) for n, f in written if isinstance(f, dict) and "file" in f]


def _is_same(source: Path, target: Path) -> bool:
    if source == STDIN:
        return False
    return source.resolve() == target.resolve() or (target.exists() and source.samefile(target))
