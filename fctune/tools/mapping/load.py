"""Mappings from files: a catalogue with `tool_mapping`, a file of its own, or a recipe.

Input: a path, and the model-facing tools where they are known from elsewhere. Output: a ToolMapping
without conflicts. Where there are any, one fault names them all with file and line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fctune.catalogue import CATALOGUE
from fctune.errors import InputFault
from fctune.jsonl import read_document
from fctune.jsonl.lines import DocumentLines
from fctune.tools.mapping.conflicts import Conflict, Keys
from fctune.tools.mapping.read import KEY, parse_mapping
from fctune.tools.mapping.spec import ToolMapping
from fctune.tools.mapping.value import shown
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCatalog

_CATALOG_KEYS = ("tools", "functions")


def load_mapping(path: Path, catalog: ToolCatalog | None = None) -> ToolMapping:
    """Read the mapping of a file.

    Args:
        path: JSON or YAML: an object with `tool_mapping`, or a bare list of entries. A recipe may
            give the path of another file there, relative to the current folder.
        catalog: the model-facing tools; those that the file itself lists are added.

    Raises:
        InputFault: the file cannot be read, has no mapping, or its mapping has conflicts.
    """
    found = _read(path, catalog)
    if found is None:
        raise InputFault(
            f"holds no {KEY}",
            where=str(path),
            hint=f"write {KEY}: [{{tool: NAME, api: NAME, parameters: {{...}}}}]",
        )
    return found


def find_mapping(path: Path, catalog: ToolCatalog | None = None) -> ToolMapping | None:
    """Read the mapping of a catalogue file, or return None where it has none.

    Raises:
        InputFault: as `load_mapping`, but not where there is no mapping.
    """
    return _read(path, catalog)


def conflicts_fault(
    conflicts: Sequence[Conflict], path: Path, lines: DocumentLines | None = None
) -> InputFault:
    """Return the one fault that names every conflict with file, line, place and remedy."""
    known = lines if lines is not None else DocumentLines(path)
    ordered = sorted(conflicts, key=lambda one: known.line(one.keys) or 0)
    told = [
        (known.place(one.keys), f"{one.where}: {one.message} [{one.code}]", hint_of(one))
        for one in ordered
    ]
    if len(told) == 1:
        where, message, hint = told[0]
        return InputFault(message, where=where, hint=hint)
    listed = "\n".join(f"  {where}: {text}\n    hint: {hint}" for where, text, hint in told)
    return InputFault(f"{len(told)} conflicts in {KEY}, expected none:\n{listed}", where=str(path))


def hint_of(conflict: Conflict) -> str:
    """Return what a user can do about a conflict."""
    return conflict.hint or CATALOGUE[conflict.code].hint


def repeated_keys(lines: DocumentLines, keys: Keys) -> list[Conflict]:
    """Return the keys that stand twice in one object, of which a JSON reader keeps the last."""
    return [
        Conflict((*place, name), "mapping-tool-duplicate", f"the key {name!r} is written twice")
        for place, name in lines.repeated(keys)
    ]


def _read(path: Path, catalog: ToolCatalog | None) -> ToolMapping | None:
    document = read_document(path)
    raw, keys = _raw_of(document)
    if raw is None:
        return None
    if isinstance(raw, str):
        return _elsewhere(raw, path, catalog)
    own = _own_tools(document)
    known = own if catalog is None else catalog.merged(own)
    mapping, conflicts = parse_mapping(raw, known, keys)
    lines = DocumentLines(path) if conflicts or path.suffix.lower() == ".json" else None
    if lines is not None:
        conflicts = [*repeated_keys(lines, keys), *conflicts]
    if conflicts:
        raise conflicts_fault(conflicts, path, lines)
    return mapping


def _raw_of(document: Any) -> tuple[Any, Keys]:
    """Return the value of the mapping and its place; a bare list of entries is one, too."""
    if isinstance(document, Mapping):
        return document.get(KEY), (KEY,)
    if isinstance(document, list) and document:
        entries = [one for one in document if isinstance(one, Mapping)]
        if len(entries) == len(document) and all("tool" in one and "api" in one for one in entries):
            return document, ()
    return None, ()


def _elsewhere(name: str, path: Path, catalog: ToolCatalog | None) -> ToolMapping:
    target = Path(name)
    if not target.is_file():
        place = DocumentLines(path).place((KEY,))
        raise InputFault(
            f"got {KEY}: {shown(name)}, which is no file",
            where=place,
            hint="write the path as seen from the current folder, as all paths of a recipe",
        )
    document = read_document(target)
    if isinstance(_raw_of(document)[0], str):
        raise InputFault(f"got a {KEY} that names one more file", where=str(target))
    return load_mapping(target, catalog)


def _own_tools(document: Any) -> ToolCatalog:
    if isinstance(document, Mapping) and any(
        isinstance(document.get(key), list) for key in _CATALOG_KEYS
    ):
        return parse_catalog(document)[0]
    return ToolCatalog()
