"""What stands beside a type: `Field(...)`, annotated_types, Doc, a plain string; and defaults.

Input: the metadata of `Annotated[...]` or the call that stands as a default. Output: a FieldNote:
description, JSON Schema keywords, default. pydantic, FastAPI, annotated_types and dataclasses are
known by the names of their classes; what cannot be read is left out with an issue by the caller.

Before: `Annotated[int, Field(ge=1, description="how many")] = 3`
After:  FieldNote("how many", {"minimum": 1}, ...), default 3
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fctune.tools.imports.python_source import ModuleSource
from fctune.tools.imports.python_values import NO_VALUE, value_of

_KEYWORDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
    "pattern": "pattern",
    "regex": "pattern",
    "examples": "examples",
    "title": "title",
    "deprecated": "deprecated",
}
_SIZES = {
    "min_length": ("minLength", "minItems", "minProperties"),
    "max_length": ("maxLength", "maxItems", "maxProperties"),
    "min_items": ("minLength", "minItems", "minProperties"),
    "max_items": ("maxLength", "maxItems", "maxProperties"),
}
_SINGLE = {
    "Ge": "ge",
    "Gt": "gt",
    "Le": "le",
    "Lt": "lt",
    "MultipleOf": "multiple_of",
    "MinLen": "min_length",
    "MaxLen": "max_length",
}
FIELDS = frozenset(
    {"Field", "Query", "Path", "Body", "Header", "Cookie", "Form", "field", "Interval", "Len"}
    | {"StringConstraints", "Parameter", "Param", "ToolParam"}
)
DOCS = frozenset({"Doc", "doc", "Description"})
INJECTING = frozenset(
    {"Depends", "InjectedToolArg", "InjectedState", "InjectedStore", "InjectedToolCallId"}
    | {"Inject", "Security", "CurrentContext"}
)


@dataclass(frozen=True, slots=True)
class FieldNote:
    """What the metadata of one parameter or field says.

    Attributes:
        description: in words, or "".
        options: the options as written, such as `ge`, with their values.
        alias: the name under which a value is given, or "".
        default: the default, or NO_VALUE.
        optional: there is a default, even one that cannot be written down.
        injected: the framework gives the value, never the model.
        unread: options whose values must be computed.
    """

    description: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    alias: str = ""
    default: Any = NO_VALUE
    optional: bool = False
    injected: bool = False
    unread: tuple[str, ...] = ()

    def joined(self, later: FieldNote) -> FieldNote:
        """Return both notes as one; what the later says counts."""
        return FieldNote(
            later.description or self.description,
            {**self.options, **later.options},
            later.alias or self.alias,
            self.default if later.default is NO_VALUE else later.default,
            self.optional or later.optional,
            self.injected or later.injected,
            self.unread + later.unread,
        )


def note_of(node: ast.expr, module: ModuleSource) -> FieldNote | None:
    """Return what one piece of metadata, or a call that stands as a default, says.

    Args:
        node: the expression.
        module: where names are looked up.

    Returns:
        None where it is nothing that describes a field.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return FieldNote(description=node.value)
    if not isinstance(node, ast.Call):
        name = module.qualified(node).rsplit(".", 1)[-1]
        return FieldNote(injected=True) if name in INJECTING else None
    name = module.qualified(node.func).rsplit(".", 1)[-1]
    if name in INJECTING:
        return FieldNote(injected=True)
    if name in _SINGLE and node.args:
        return _options({_SINGLE[name]: node.args[0]}, module)
    if name in DOCS:
        told = value_of(node.args[0], module) if node.args else NO_VALUE
        return FieldNote(description=told) if isinstance(told, str) else None
    if module.qualified(node.func).startswith("pathlib."):
        return None
    if name in FIELDS or (name.startswith("con") and name in CONSTRAINED):
        return _field_call(node, name, module)
    return None


CONSTRAINED = {"conint": "int", "confloat": "float", "constr": "str", "conlist": "list"}


def _field_call(node: ast.Call, name: str, module: ModuleSource) -> FieldNote:
    given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    if name == "Len":
        given = {**dict(zip(("min_length", "max_length"), node.args, strict=False)), **given}
    elif node.args and name not in CONSTRAINED:
        given.setdefault("default", node.args[0])
    note = _options({key: value for key, value in given.items() if key in _READ}, module)
    told = value_of(given.get("description"), module)
    alias = value_of(given.get("validation_alias", given.get("alias")), module)
    default = given.get("default")
    required = default is None or (isinstance(default, ast.Constant) and default.value is ...)
    return FieldNote(
        told if isinstance(told, str) else "",
        note.options,
        alias if isinstance(alias, str) else "",
        NO_VALUE if required else value_of(default, module),
        optional=not required or "default_factory" in given,
        unread=note.unread
        + (("default",) if not required and value_of(default, module) is NO_VALUE else ()),
    )


_READ = frozenset({*_KEYWORDS, *_SIZES, "json_schema_extra"})


def _options(given: Mapping[str, ast.expr], module: ModuleSource) -> FieldNote:
    found = {key: value_of(value, module) for key, value in given.items()}
    unread = tuple(key for key, value in found.items() if value is NO_VALUE)
    told = {
        key: value for key, value in found.items() if value is not NO_VALUE and value is not None
    }
    return FieldNote(options=told, unread=unread)


def restricted(schema: dict[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema with the options of a field written as its keywords.

    A bound belongs to the branch of a union that it can bind, so null stays a lawful value; a
    size counts characters, items or keys, whichever the type has.

    >>> restricted({"type": "array"}, {"min_length": 1})
    {'type': 'array', 'minItems': 1}
    """
    branches = schema.get("anyOf")
    bounds = {key: options[key] for key in options if key not in ("title", "examples")}
    if isinstance(branches, list) and bounds:
        inner = [
            branch if branch == {"type": "null"} else restricted(branch, bounds)
            for branch in branches
        ]
        rest = {key: options[key] for key in options if key not in bounds}
        return restricted({**schema, "anyOf": inner}, rest)
    written = dict(schema)
    for key, value in options.items():
        if key in _SIZES:
            kind = schema.get("type")
            position = {"string": 0, "array": 1, "object": 2}.get(str(kind))
            if position is not None:
                written[_SIZES[key][position]] = value
        elif key == "json_schema_extra":
            written.update(value if isinstance(value, dict) else {})
        else:
            written[_KEYWORDS[key]] = value
    return written
