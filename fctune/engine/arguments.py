"""The engine's argument names and types, without the engine.

Role: tells what a recipe may say, before anything heavy is imported.
Input: `keys.json` beside this file, written by `scripts/engine_keys.py` from the argument
dataclasses of the pinned engine. Output: `EngineKey` by name, and what is wrong with a value.

The engine does not cast values of a YAML (llamafactory 0.9.5 hparams/parser.py: parse_dict): a
quoted "1e-4" fails in the optimizer after the model is loaded, a quoted "false" counts as true.
So types are checked strictly here.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

_TYPE_NAMES = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "list": "a list",
    "dict": "a mapping",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class EngineKey:
    """One key that the engine's training YAML may have.

    Attributes:
        name: as written in the YAML.
        group: the argument class that has it: model, data, training, finetuning or generating.
        types: the YAML types that it takes, of `bool int float str list dict null`.
        choices: the allowed words, where the engine lists them; empty for free text.
    """

    name: str
    group: str
    types: tuple[str, ...]
    choices: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """What the key takes, in words: `one of no, steps, epoch` or `a number or null`."""
        words = [_TYPE_NAMES[name] for name in self.types if not (name == "str" and self.choices)]
        if self.choices:
            words.insert(0, f"one of {', '.join(self.choices)}")
        return " or ".join(words)


@dataclass(frozen=True, slots=True)
class ValueFault:
    """Why a key cannot take a value, and how to write it."""

    message: str
    hint: str = ""


@cache
def engine_keys() -> Mapping[str, EngineKey]:
    """Return every key of the pinned engine's training YAML by name."""
    return {
        name: EngineKey(
            name, entry["group"], tuple(entry["types"]), tuple(entry.get("choices", ()))
        )
        for name, entry in _table()["keys"].items()
    }


@cache
def engine_templates() -> tuple[str, ...]:
    """Return the names of the pinned engine's chat templates."""
    return tuple(_table()["templates"])


@cache
def table_versions() -> Mapping[str, str]:
    """Return the versions of the packages that the table was made from."""
    versions: dict[str, str] = _table()["versions"]
    return versions


@cache
def _table() -> dict[str, Any]:
    text = resources.files("fctune.engine").joinpath("keys.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name most like `name`, or an empty string where none is like it.

    >>> nearest("learning_rat", ["learning_rate", "lora_rank"])
    'learning_rate'
    """
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.7)), "")


def check_value(key: EngineKey, value: Any) -> ValueFault | None:
    """Say why the engine must not be given this value, or None where it may.

    >>> check_value(engine_keys()["learning_rate"], 1e-4) is None
    True
    >>> check_value(engine_keys()["learning_rate"], "1e-4").hint
    'write it without quotes: learning_rate: 1e-4'
    """
    found = _type_name(value)
    if found in key.types or (found == "int" and "float" in key.types):
        return _check_content(key, value) if isinstance(value, str) else None
    message = f"got {key.name}: {_shown(value)}, expected {key.expected}"
    return ValueFault(message, _type_hint(key, value, found))


def _check_content(key: EngineKey, value: str) -> ValueFault | None:
    if "${" in value:
        hint = "the engine's YAML reader expands ${...}; write the value itself"
        return ValueFault(f"got {key.name}: {value!r}, expected no ${{", hint)
    if not key.choices or value in key.choices:
        return None
    close = nearest(value, key.choices)
    hint = f"did you mean {key.name}: {close}?" if close else ""
    return ValueFault(f"got {key.name}: {value}, expected {key.expected}", hint)


def _type_hint(key: EngineKey, value: Any, found: str) -> str:
    if value is False and "no" in key.choices:
        return f'YAML reads a bare no as false; quote it: {key.name}: "no"'
    if found == "str":
        unquoted = _unquoted_type(value)
        if unquoted in key.types or (unquoted == "int" and "float" in key.types):
            return f"write it without quotes: {key.name}: {value}"
    if "str" in key.types and found in ("int", "float", "bool"):
        return f'quote it: {key.name}: "{_shown(value)}"'
    if "str" in key.types and found == "list":
        return f"separate by commas on one line: {key.name}: {','.join(map(str, value))}"
    return ""


def _unquoted_type(text: str) -> str:
    import yaml  # a few hundredths of a second, which who asks for templates need not pay

    from fctune.engine import dialect

    try:
        return _type_name(dialect.parse(text)) if text.strip() else "str"
    except yaml.YAMLError:
        return "str"


def _type_name(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):  # before int: True is an int to Python
        return "bool"
    names = {int: "int", float: "float", str: "str", list: "list", dict: "dict"}
    return names.get(type(value), type(value).__name__)


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    from fctune.engine import dialect

    return dialect.scalar(value)
