"""Classes of a module to JSON Schema: Enum, dataclass, TypedDict, NamedTuple, pydantic models.

Input: a class definition and the TypeReader of its module. Output: the schema of its values in a
call. Fields of base classes count where these stand in the module; texts of fields come from
`Field(description=...)`, the string below the field, or the class's docstring.

Before: @dataclass class Point: x: int; y: int = 0
After:  {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer",
         "default": 0}}, "required": ["x"]}
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from fctune.tools.imports.python_docstrings import read_docstring
from fctune.tools.imports.python_fields import FieldNote, note_of, restricted
from fctune.tools.imports.python_nodes import shown
from fctune.tools.imports.python_source import ModuleSource
from fctune.tools.imports.python_types import TypeReader, enumerated
from fctune.tools.imports.python_values import NO_VALUE, enum_members, is_enum, value_of

_MODELS = frozenset({"BaseModel", "SQLModel", "BaseSettings", "RootModel"})
_SHAPES = frozenset({"TypedDict", "NamedTuple"})
_NEUTRAL = frozenset({"Generic", "ABC", "Protocol", "object"})
_MAX_BASES = 32


@dataclass(frozen=True, slots=True)
class Member:
    """One field of a class: its name in a call, schema, and whether a value must be given."""

    name: str
    schema: dict[str, Any]
    required: bool


def type_reader(module: ModuleSource) -> TypeReader:
    """Return the reader of a module's annotations, which knows its classes."""
    return TypeReader(module, class_schema, functional_schema)


def class_schema(node: ast.ClassDef, reader: TypeReader) -> dict[str, Any]:
    """Return the schema of a class of the module; {} with an issue where it has none."""
    module = reader.module
    if is_enum(node, module):
        return _enum(node, reader)
    kind = _kind(node, module)
    if not kind:
        return reader.unknown(f"class {node.name} has no JSON form")
    lineage = list(_lineage(node, module))
    members: dict[str, Member] = {}
    for owner in lineage:
        for attribute, member in _members(owner, reader, kind):
            members[attribute] = member
    docs = [read_docstring(ast.get_docstring(owner) or "", members) for owner in lineage]
    described = {name: text for doc in docs for name, text in doc.parameters.items() if text}
    fields = [
        replace(member, schema=_with_text(member.schema, described.get(attribute, "")))
        for attribute, member in members.items()
    ]
    schema = _tuple_of(fields) if kind == "NamedTuple" else _object_of(fields)
    if any(_is_closed(owner, module) for owner in lineage):
        schema["additionalProperties"] = False
    text = docs[-1].text
    return {**schema, "description": text} if text else schema


def _enum(node: ast.ClassDef, reader: TypeReader) -> dict[str, Any]:
    values: list[Any] = []
    for name, value in enum_members(node, reader.module):
        if value is NO_VALUE:
            reader.line = node.lineno
            reader.unknown(f"{node.name}.{name} must be computed")
            return {}
        if value not in values:
            values.append(value)
    text = read_docstring(ast.get_docstring(node)).text
    return {**enumerated(values), **({"description": text} if text else {})}


def _kind(node: ast.ClassDef, module: ModuleSource) -> str:
    """Return `dataclass`, `model`, `TypedDict` or `NamedTuple`; "" for any other class."""
    for owner in _lineage(node, module):
        for base in owner.bases:
            bare = base.value if isinstance(base, ast.Subscript) else base
            name = module.qualified(bare).rsplit(".", 1)[-1]
            if name in _MODELS:
                return "model"
            if name in _SHAPES:
                return name
        for decorator in owner.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if module.qualified(called).rsplit(".", 1)[-1] == "dataclass":
                return "dataclass"
    return ""


def _lineage(
    node: ast.ClassDef, module: ModuleSource, seen: tuple[str, ...] = ()
) -> Iterator[ast.ClassDef]:
    """Yield the bases that stand in the module, the farthest first, then the class itself."""
    if node.name not in seen and len(seen) < _MAX_BASES:
        for base in reversed(node.bases):
            bare = base.value if isinstance(base, ast.Subscript) else base
            parent = module.classes.get(bare.id) if isinstance(bare, ast.Name) else None
            if parent is not None and parent is not node:
                yield from _lineage(parent, module, (*seen, node.name))
        yield node


def _members(owner: ast.ClassDef, reader: TypeReader, kind: str) -> Iterator[tuple[str, Member]]:
    total = not any(
        word.arg == "total" and isinstance(word.value, ast.Constant) and word.value.value is False
        for word in owner.keywords
    )
    for index, statement in enumerate(owner.body):
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        name = statement.target.id
        if _word(statement.annotation, reader) == "ClassVar" or (
            kind == "model" and (name.startswith("_") or name == "model_config")
        ):
            continue
        reader.line = statement.lineno
        member = _member(statement, reader, kind, total=total)
        if member is not None:
            text = _text_below(owner.body, index)
            yield name, replace(member, schema=_with_text(member.schema, text))


def _member(
    statement: ast.AnnAssign, reader: TypeReader, kind: str, *, total: bool
) -> Member | None:
    annotation, note = reader.annotated(statement.annotation)
    value = statement.value
    given = note_of(value, reader.module) if isinstance(value, ast.Call) else None
    if isinstance(value, ast.Call) and _is_hidden(value):
        return None
    schema = reader.read(annotation)
    note = note.joined(given or FieldNote())
    schema = restricted(schema, note.options)
    if note.description:
        schema = {**schema, "description": note.description}
    default = note.default if given or value is None else value_of(value, reader.module)
    if default is not NO_VALUE:
        schema = {**schema, "default": default}
    if kind == "TypedDict":
        required = _is_required(statement.annotation, reader, total=total)
    elif given is not None:
        required = not note.optional
    else:
        required = (value is None and not note.optional) or _is_ellipsis(value)
    target = statement.target
    name = target.id if isinstance(target, ast.Name) else ""
    return Member(note.alias if kind == "model" and note.alias else name, schema, required)


def _is_ellipsis(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is ...


def _is_hidden(call: ast.Call) -> bool:
    """Tell `field(init=False)`: no value of it is ever given."""
    return any(
        word.arg == "init" and isinstance(word.value, ast.Constant) and word.value.value is False
        for word in call.keywords
    )


def _is_required(annotation: ast.expr, reader: TypeReader, *, total: bool) -> bool:
    word = _word(annotation, reader)
    return word == "Required" or (total and word != "NotRequired")


def _word(annotation: ast.expr, reader: TypeReader) -> str:
    """Return the outermost word of an annotation, such as `ClassVar` or `NotRequired`."""
    for _ in range(4):
        if not isinstance(annotation, ast.Subscript):
            break
        name = reader.module.qualified(annotation.value).rsplit(".", 1)[-1]
        if name not in ("Annotated", "ReadOnly"):
            return name
        inner = annotation.slice
        annotation = inner.elts[0] if isinstance(inner, ast.Tuple) and inner.elts else inner
    return reader.module.qualified(annotation).rsplit(".", 1)[-1]


def _text_below(body: list[ast.stmt], index: int) -> str:
    """Return the string that stands right below a field, which tools read as its docstring."""
    following = body[index + 1] if index + 1 < len(body) else None
    if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
        value = following.value.value
        return read_docstring(value).text if isinstance(value, str) else ""
    return ""


def _with_text(schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {**schema, "description": text} if text and "description" not in schema else schema


def _object_of(fields: list[Member]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {member.name: member.schema for member in fields},
    }
    required = [member.name for member in fields if member.required]
    return {**schema, "required": required} if required else schema


def _tuple_of(fields: list[Member]) -> dict[str, Any]:
    """Return the array that a named tuple is in JSON; each place tells its name."""
    return {
        "type": "array",
        "prefixItems": [_with_text(member.schema, member.name) for member in fields],
        "minItems": sum(member.required for member in fields),
        "maxItems": len(fields),
    }


def _is_closed(node: ast.ClassDef, module: ModuleSource) -> bool:
    """Tell `model_config = ConfigDict(extra="forbid")`, in any of its spellings."""
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call | ast.Dict):
            names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
            if "model_config" in names and _setting(statement.value, "extra", module) == "forbid":
                return True
    return any(word.arg == "extra" and value_of(word.value, module) == "forbid"
               for word in node.keywords)  # fmt: skip


def _setting(node: ast.Call | ast.Dict, key: str, module: ModuleSource) -> Any:
    if isinstance(node, ast.Dict):
        settings = value_of(node, module)
        return settings.get(key) if isinstance(settings, dict) else None
    return next((value_of(word.value, module) for word in node.keywords if word.arg == key), None)


def functional_schema(name: str, node: ast.Call, reader: TypeReader) -> dict[str, Any] | None:
    """Return the schema of `Enum("Color", ["a", "b"])` or `TypedDict("T", {...})`; else None."""
    if name == "TypedDict" and len(node.args) == 2 and isinstance(node.args[1], ast.Dict):
        fields = []
        for key, value in zip(node.args[1].keys, node.args[1].values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                fields.append(Member(key.value, reader.member(value), True))
        return _object_of(fields)
    if name in ("Enum", "StrEnum", "IntEnum") and len(node.args) == 2:
        told = value_of(node.args[1], reader.module)
        if isinstance(told, dict):
            return enumerated(list(told.values()))
        names = told.replace(",", " ").split() if isinstance(told, str) else told
        if isinstance(names, list) and all(isinstance(item, str) for item in names):
            lower = [item.lower() for item in names]
            return enumerated(lower if name == "StrEnum" else list(range(1, len(names) + 1)))
        return reader.unknown(f"the members of {shown(node)} must be computed")
    return None
