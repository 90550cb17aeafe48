"""Write fctune/engine/keys.json from the installed engine: names, types and choices of its keys.

Role: fctune checks recipes without the engine; this table is how it knows the engine's keys.
Input: the installed llamafactory and transformers. Output: the table, on stdout or into the file.
Command: python scripts/engine_keys.py --write   (run it when the pinned engine changes)
"""

import argparse
import dataclasses
import enum
import json
import types
import typing
from importlib.metadata import version
from pathlib import Path
from typing import Any

TABLE = Path(__file__).resolve().parents[1] / "fctune" / "engine" / "keys.json"
GROUPS = {
    "ModelArguments": "model",
    "DataArguments": "data",
    "TrainingArguments": "training",
    "FinetuningArguments": "finetuning",
    "GeneratingArguments": "generating",
}
PLAIN = {bool: "bool", int: "int", float: "float", str: "str", list: "list", dict: "dict"}
ORDER = ("bool", "int", "float", "str", "list", "dict", "null")


def engine_table() -> dict[str, Any]:
    """Return the whole table as the installed engine has it."""
    from llamafactory.data.template import TEMPLATES
    from llamafactory.hparams.parser import _TRAIN_ARGS

    keys = {}
    for arguments in _TRAIN_ARGS:
        hints = typing.get_type_hints(arguments)
        for field in dataclasses.fields(arguments):
            if field.init:
                keys[field.name] = describe(hints[field.name], GROUPS[arguments.__name__])
    return {
        "versions": {name: version(name) for name in ("llamafactory", "transformers")},
        "keys": dict(sorted(keys.items())),
        "templates": sorted(TEMPLATES),
    }


def describe(annotation: Any, group: str) -> dict[str, Any]:
    """Return group, YAML types and allowed words of one annotated key.

    >>> describe(int | None, "model")
    {'group': 'model', 'types': ['int', 'null']}
    """
    names: set[str] = set()
    choices: list[str] = []
    for part in parts_of(annotation):
        origin = typing.get_origin(part) or part
        if origin is typing.Literal:
            names.add("str")
            choices += [str(word) for word in typing.get_args(part)]
        elif isinstance(origin, type) and issubclass(origin, enum.Enum):
            names.add("str")
            choices += [str(member.value) for member in origin]
        elif part is type(None):
            names.add("null")
        elif origin in PLAIN:
            names.add(PLAIN[origin])
    entry: dict[str, Any] = {"group": group, "types": [name for name in ORDER if name in names]}
    if choices:
        entry["choices"] = choices
    return entry


def parts_of(annotation: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the annotation alone."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return typing.get_args(annotation)
    return (annotation,)


def as_text(table: dict[str, Any]) -> str:
    """Return the table as JSON with one key to a line, so that a change is a short diff."""
    lines = [
        f"    {json.dumps(name)}: {json.dumps(entry)}" for name, entry in table["keys"].items()
    ]
    keys = ",\n".join(lines)
    return (
        f'{{\n  "versions": {json.dumps(table["versions"])},\n'
        f'  "keys": {{\n{keys}\n  }},\n'
        f'  "templates": {json.dumps(table["templates"])}\n}}\n'
    )


def main() -> None:
    """Print the table, or write it where --write is given."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"write {TABLE.name}")
    text = as_text(engine_table())
    if parser.parse_args().write:
        TABLE.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
