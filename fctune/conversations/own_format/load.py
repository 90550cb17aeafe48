"""Format files from disk: every mistake at once, with file, line and what to write.

Input: the path of a YAML or JSON file. Output: a RawFormat that reads rows by it.

Before: {name: shop_bot, turns: dialog, role: who, roles: {customer: user, bot: model}, text: say}
After:  RegisteredFormat("shop_bot", ...), whose rows have a list `dialog`
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from fctune.conversations.own_format.mapped import MappedFormat
from fctune.conversations.own_format.spec import (
    NAME,
    Calls,
    FormatFile,
    Pairs,
    Result,
    System,
    When,
)
from fctune.errors import InputFault
from fctune.jsonl import read_document
from fctune.jsonl.faults import json_kind
from fctune.jsonl.lines import DocumentLines, Keys

HINT = "the keys of a format file are in docs/own-format.md"
SUFFIXES = (".yaml", ".yml", ".json")
_INNER: dict[str, type[BaseModel]] = {
    "calls": Calls, "result": Result, "system": System, "pairs": Pairs, "when": When,
}  # fmt: skip
_BARE = "ValueError, "
Told = tuple[Keys, str, str]  # where, what, hint


def is_format_file(name: str) -> bool:
    """Tell whether a value of --format is a path, and not the name of a format."""
    return name.lower().endswith(SUFFIXES)


def load_mapped(path: Path) -> MappedFormat:
    """Read a format file.

    Raises:
        InputFault: the file cannot be read or has mistakes; all are named, with their lines.
    """
    try:
        document = read_document(path)
    except InputFault as fault:
        hint = fault.hint or f"{HINT}; within braces a path with [ ] stands in quotes"
        raise InputFault(fault.message, where=fault.where, hint=hint) from fault
    if not isinstance(document, Mapping):
        raise InputFault("got no mapping, expected turns, role, text", where=str(path), hint=HINT)
    lines = DocumentLines(path)
    told: list[Told] = [
        ((*keys, name), f"{name} is written twice", "remove one of the two")
        for keys, name in lines.repeated(())
    ]
    try:
        file = FormatFile.model_validate(document)
    except ValidationError as fault:
        told += [_told(error) for error in fault.errors()]
        raise _fault(told, path, lines) from None
    told += _together(file)
    name = file.name or re.sub(r"[^A-Za-z0-9_-]+", "_", path.stem.split(".")[0]).strip("_-")
    if not re.match(NAME, name):
        told.append((("name",), f"no name can be made of {path.name}", "add: name: my_format"))
    if told:
        raise _fault(told, path, lines)
    return MappedFormat(name, file)


def _fault(told: Sequence[Told], path: Path, lines: DocumentLines) -> InputFault:
    ordered = sorted(dict.fromkeys(told), key=lambda one: lines.line(one[0]) or 0)
    if len(ordered) == 1:
        keys, message, hint = ordered[0]
        return InputFault(message, where=lines.place(keys), hint=hint or HINT)
    listed = "\n".join(
        f"  {lines.place(keys)}: {message}" + (f"\n    hint: {hint}" if hint else "")
        for keys, message, hint in ordered
    )
    what = f"{len(ordered)} mistakes, expected none:\n{listed}"
    return InputFault(what, where=str(path), hint=HINT)


def _told(error: Mapping[str, Any]) -> Told:
    """Return one error of pydantic in the words of this project."""
    keys: Keys = tuple(key for key in error["loc"] if key != "[key]")
    label, kind, value = _label(keys), error["type"], error["input"]
    if kind == "extra_forbidden":
        known = _INNER[str(keys[0])] if len(keys) > 1 and keys[0] in _INNER else FormatFile
        return keys, f"unknown key {label}", _like(str(keys[-1]), known.model_fields)
    if kind == "literal_error":
        expected = error["ctx"]["expected"].replace("'", "")
        like = _like(str(value), re.findall(r"\w+", expected))
        return keys, f"got {label}: {_shown(value)}, expected {expected}", like
    if kind == "missing":
        return keys, f"no {label}", f"add: {keys[-1]}: PATH"
    if kind == "value_error":
        return keys, f"{label}: {error['ctx']['error']}", ""
    if kind == "string_pattern_mismatch":
        what = "expected letters, digits, _ and -, a letter first"
        return keys, f"got {label}: {_shown(value)}, {what}", "write name: my_format"
    what = error["msg"].removeprefix("Input should be ")
    return keys, f"got {label}: {_shown(value)}, expected {what}", ""


def _label(keys: Keys) -> str:
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else (f".{key}" if text else key)
    return text or "the file"


def _like(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else ""


def _shown(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = json_kind(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _together(file: FormatFile) -> list[Told]:
    """Check keys against each other: what a reader needs, and what would never be used."""
    told: list[Told] = []
    if file.turns is None and file.pairs is None:
        return [((), "no turns and no pairs", "add: turns: PATH of the list of turns")]
    if file.pairs is not None:
        for key in ("role", "roles", "text", "thought"):
            if getattr(file, key) is not None:
                told.append(((key,), f"{key} beside pairs is never read", f"remove {key}"))
    else:
        if file.role is None:
            told.append((("turns",), "turns without role", "add: role: PATH within a turn"))
        if file.text is None:
            told.append((("turns",), "turns without text", "add: text: PATH within a turn"))
    if file.roles is not None and not set(file.roles.values()) & {"model", "call"}:
        told.append((("roles",), "no role is model or call", "add: NAME: model"))
    if file.calls is not None and file.calls.path is None:
        needs = file.pairs is not None or "call" not in (file.roles or {}).values()
        if needs:
            told.append((("calls",), "calls without path", "add: path: PATH of the calls"))
    return told
