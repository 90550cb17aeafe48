"""Where the parts of a dataset lie.

Input: what a person typed: a name of dataset_info.json, the path of a manifest, a file of rows or
of rejected rows. Output: a Place: the files of rows by split, how their rows are written, manifest,
sidecar, rejects.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fctune.dataset.estimates import ESTIMATE
from fctune.dataset.manifest import load_manifest
from fctune.dataset.registry import REGISTRY, entry, registered
from fctune.dataset.targets import (
    card_name,
    manifest_name,
    rejects_name,
    report_name,
    trail_name,
)
from fctune.errors import InputFault
from fctune.jsonl.faults import file_fault

SPLITS = ("train", "dev", "test")
_MANIFEST = ".manifest.json"
_REJECTS = rejects_name("")
_DATA = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".gz", ".zst")
_NAMED = 8
# Files that prepare writes and that hold no rows of the set: what they hold instead.
_NO_ROWS = {
    trail_name(""): "where its rows came from",
    report_name(""): "its page for a browser",
    card_name(""): "its card in Markdown",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One file of rows.

    Attributes:
        split: train, dev or test; the name of the file's dataset where it is of none.
        path: the file.
        entry: its entry of dataset_info.json, defaults filled in.
    """

    split: str
    path: Path
    entry: Mapping[str, Any] = field(default_factory=lambda: entry(""))


@dataclass(frozen=True, slots=True)
class Place:
    """The files of one dataset.

    Attributes:
        name: its name.
        folder: the folder of its files.
        parts: its files of rows; () where a file of rejected rows alone was named.
        manifest: the manifest's object; {} for a dataset that fctune did not make.
        sidecar: origins, lessons and codes by row; None where there are none for these parts.
        rejects: the rejected rows, or None.
        home: where its files will stand, when they are still staged elsewhere.
    """

    name: str
    folder: Path
    parts: tuple[Part, ...]
    manifest: Mapping[str, Any] = field(default_factory=dict)
    sidecar: Path | None = None
    rejects: Path | None = None
    home: Path | None = None

    @property
    def estimated(self) -> bool:
        """Whether the lengths of its sidecar are estimates, and no tokenizer counted them."""
        return ESTIMATE in (self.manifest.get("lengths") or {}).values()


def find(dataset: str, folder: Path) -> Place:
    """Return where a dataset lies.

    Args:
        dataset: a name, the path of a manifest, or the path of a file of rows or rejected rows.
        folder: the folder of dataset_info.json, for names.

    Raises:
        InputFault: there is no such dataset, or a file of it cannot be read.
    """
    path = Path(dataset)
    if path.name.endswith(_MANIFEST):
        return of_manifest(path)
    try:
        if path.suffix and path.is_file():
            return _of_file(path)
        if (folder / manifest_name(dataset)).is_file():
            return of_manifest(folder / manifest_name(dataset))
        entries = registered(folder)
        if dataset in entries:
            return _of_entry(dataset, entries[dataset], folder)
        if path.is_file():
            return _of_file(path)
        raise _unknown(dataset, folder, entries)
    except OSError as fault:  # a name that no file can have, or a folder that nobody may look into
        raise file_fault(str(fault.filename or dataset), fault) from fault


def of_manifest(path: Path) -> Place:
    """Return the place of a dataset that fctune wrote.

    Raises:
        InputFault: the manifest cannot be read, or lists no file of rows.
    """
    manifest = load_manifest(path)
    name = str(manifest.get("name") or path.name.removesuffix(_MANIFEST))
    files = manifest.get("files")
    listed = files if isinstance(files, Mapping) else {}
    parts = tuple(
        Part(split, path.parent / str(written["file"]))
        for split in SPLITS
        if isinstance(written := listed.get(f"{name}_{split}"), Mapping) and "file" in written
    )
    if not parts:
        raise InputFault("the manifest lists no file of rows", where=str(path))
    return Place(
        name,
        path.parent,
        parts,
        manifest,
        _existing(path.parent / trail_name(name)),
        _existing(path.parent / rejects_name(name)),
    )


def _of_file(path: Path) -> Place:
    """Return the place of one file: as a split of its dataset where a manifest lists it."""
    entries = registered(path.parent)
    known = next((k for k, v in entries.items() if _file_name(v) == path.name), None)
    if known is None:
        if path.name.endswith(_REJECTS):
            return _of_rejects(path)
        _refuse_no_rows(path, entries)
    return _of_entry(known or path.stem, entries.get(known or "", entry(path.name)), path.parent)


def _of_rejects(path: Path) -> Place:
    """Return the place of rejected rows alone, as they stand where no row could be used."""
    name = path.name.removesuffix(_REJECTS)
    manifest = path.parent / manifest_name(name)
    known = load_manifest(manifest) if manifest.is_file() else {}
    return Place(name, path.parent, (), known, rejects=path)


def _refuse_no_rows(path: Path, entries: Mapping[str, Any]) -> None:
    """Refuse the files beside the rows: shown as rows they would look damaged.

    Raises:
        InputFault: it is the registry, or a sidecar, page or card of a dataset.
    """
    if path.name == REGISTRY:
        raise InputFault(
            "is the registry of datasets, expected one of them",
            where=str(path),
            hint=_known(path.parent, list(entries)) or "fctune prepare RAW makes a dataset",
        )
    for ending, held in _NO_ROWS.items():
        manifest = path.parent / manifest_name(path.name.removesuffix(ending))
        if path.name.endswith(ending) and manifest.is_file():
            raise InputFault(
                f"holds {held}, expected a file of rows",
                where=str(path),
                hint=f"fctune inspect {shlex.quote(str(manifest))}",
            )


def _of_entry(key: str, value: Any, folder: Path) -> Place:
    """Return the place of one registered file."""
    file = _file_name(value)
    if not file:
        raise InputFault(
            f"{key!r} is no local file, so that its rows cannot be shown",
            where=str(folder / REGISTRY),
            hint="inspect shows entries with a file_name",
        )
    path = folder / file
    if not path.is_file():
        raise InputFault(
            "no such file; a folder of files is not shown" if path.is_dir() else "no such file",
            where=str(path),
            hint=f"it is the file_name of {key!r} in {folder / REGISTRY}",
        )
    own = _split_of(path)
    if own is not None:
        whole, split = own
        parts = tuple(part for part in whole.parts if part.split == split)
        return Place(whole.name, whole.folder, parts, whole.manifest, whole.sidecar, whole.rejects)
    return Place(key, folder, (Part(key, path, _filled(value)),))


def _split_of(path: Path) -> tuple[Place, str] | None:
    """Return dataset and split of a file that is a split of a dataset of fctune."""
    for split in SPLITS:
        name = path.stem.removesuffix(f"_{split}")
        manifest = path.parent / manifest_name(name)
        if name != path.stem and manifest.is_file():
            place = of_manifest(manifest)
            if any(part.path == path and part.split == split for part in place.parts):
                return place, split
    return None


def _file_name(value: Any) -> str:
    file = value.get("file_name") if isinstance(value, Mapping) else None
    return file if isinstance(file, str) else ""


def _filled(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry as the engine takes it, a missing block being its defaults."""
    defaults = entry("")
    formatting = str(value.get("formatting", "alpaca"))
    columns = value.get("columns")
    tags = value.get("tags")
    blank = {} if formatting == "alpaca" else defaults["columns"]
    return {
        "formatting": formatting,
        "columns": columns if isinstance(columns, Mapping) else blank,
        "tags": {**defaults["tags"], **(tags if isinstance(tags, Mapping) else {})},
    }


def _existing(path: Path) -> Path | None:
    return path if path.is_file() else None


def _unknown(dataset: str, folder: Path, entries: Mapping[str, Any]) -> InputFault:
    path = Path(dataset)
    for name in (f"{dataset}.failed", dataset):
        rejects = folder / rejects_name(name)
        if rejects.is_file():
            hint = f"why: fctune inspect {shlex.quote(str(rejects))}"
            return InputFault("no row of it could be used", where=dataset, hint=hint)
    if path.is_dir():
        hint = _known(path, list(registered(path)))
        return InputFault(
            "got a folder, expected a dataset's name, a manifest or a file of rows",
            where=dataset,
            hint=hint or f"make a dataset of its files: fctune prepare {shlex.quote(dataset)}",
        )
    if path.suffix in _DATA or path.name != dataset:
        return file_fault(dataset, FileNotFoundError())
    return InputFault(
        f"got {dataset!r}, expected a dataset's name, a manifest or a file of rows",
        where=str(folder / REGISTRY),
        hint=_known(folder, list(entries), dataset)
        or "fctune prepare RAW makes a dataset; --dir names the folder of dataset_info.json",
    )


def _known(folder: Path, entries: Sequence[str], wanted: str = "") -> str:
    """Return the command that shows the dataset that is meant, or names that a folder has."""
    made = [p.name.removesuffix(_MANIFEST) for p in sorted(folder.glob(f"*{_MANIFEST}"))]
    names = list(dict.fromkeys([*made, *entries]))
    near = difflib.get_close_matches(wanted, names, n=1)
    if near or len(made) == 1:
        return f"fctune inspect {(near or made)[0]} --dir {shlex.quote(str(folder))}"
    more = f", and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"known here: {', '.join(names[:_NAMED])}{more}" if names else ""
