"""Type annotations to JSON Schema, read from source: the module is never run.

Input: the expression of an annotation and the module around it. Output: the schema that pydantic
gives for the type where it has one, so that the static and the executed import agree, and an
issue with `file:line` for what has none.

Before: `Annotated[list[Literal["a", "b"]] | None, Field(max_length=2)]`
After:  {"anyOf": [{"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 2},
                   {"type": "null"}]}
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fctune.issues import Issue, issue
from fctune.tools.imports.python_fields import CONSTRAINED, FieldNote, note_of, restricted
from fctune.tools.imports.python_known import ARRAYS, KNOWN, MAPS, SETS, TRANSPARENT, known_name
from fctune.tools.imports.python_nodes import alternatives, is_empty_tuple, parts_of, shown
from fctune.tools.imports.python_source import ModuleSource
from fctune.tools.imports.python_values import NO_VALUE, value_of

_MAX_DEPTH = 48


@dataclass(slots=True)
class TypeReader:
    """Reads the annotations of one module.

    Attributes:
        module: where names are looked up.
        read_class: gives the schema of a class of the module.
        read_call: gives the schema of a call that makes a class, or None.
        issues: what could not be expressed; the caller takes them away.
        line: of the annotation that is read, for issues.
        subject: the parameter that it belongs to, for issues.
        open_names: classes and aliases that are being read: a second entry is a cycle.
        depth: of the expression within the annotation.
    """

    module: ModuleSource
    read_class: Callable[[ast.ClassDef, TypeReader], dict[str, Any]]
    read_call: Callable[[str, ast.Call, TypeReader], dict[str, Any] | None]
    issues: list[Issue] = field(default_factory=list)
    line: int = 0
    subject: str = ""
    open_names: list[str] = field(default_factory=list)
    depth: int = 0

    def taken_issues(self) -> tuple[Issue, ...]:
        """Return the issues since the last call, each once."""
        found = tuple(dict.fromkeys(self.issues))
        self.issues.clear()
        return found

    def read(self, node: ast.expr | None) -> dict[str, Any]:
        """Return the schema of an annotation; {} where there is none or it cannot be read."""
        if node is None:
            return {}
        if self.depth > _MAX_DEPTH:
            return self.unknown("its type is nested too deep")
        self.depth += 1
        try:
            return self._read(node)
        finally:
            self.depth -= 1

    def annotated(self, node: ast.expr | None) -> tuple[ast.expr | None, FieldNote]:
        """Split `Annotated[T, ...]` into T and what is told of it; other types stay as they are."""
        note = FieldNote()
        for _ in range(_MAX_DEPTH):
            node = self._unquoted(node) if isinstance(node, ast.Constant) else node
            if isinstance(node, ast.Name) and node.id not in self.module.classes:
                node = self._annotated_alias(node)
            if not isinstance(node, ast.Subscript):
                return node, note
            name = known_name(self.module.qualified(node.value))
            parts = parts_of(node)
            if name == "Annotated" and parts:
                for extra in parts[1:]:
                    note = note.joined(note_of(extra, self.module) or FieldNote())
            elif name not in TRANSPARENT or len(parts) != 1:
                return node, note
            node = parts[0]
        return node, note

    def _annotated_alias(self, node: ast.Name) -> ast.expr:
        """Return the `Annotated[...]` that a name of the module stands for, or the name itself."""
        target = self.module.aliases.get(node.id)
        known = isinstance(target, ast.Subscript) and self.module.qualified(target.value)
        return target if target is not None and known_name(known or "") == "Annotated" else node

    def unknown(self, what: str) -> dict[str, Any]:
        """Note that a type has no schema; return the schema that accepts anything."""
        place = self.module.place(self.line)
        subject = f"{self.subject}: " if self.subject else ""
        message = f"{subject}{what}, left out"
        self.issues.append(issue("import-not-expressed", place, message))
        return {}

    def _read(self, node: ast.expr) -> dict[str, Any]:
        if isinstance(node, ast.Constant):
            return self._constant(node)
        if isinstance(node, ast.Name | ast.Attribute):
            return self._name(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self._union(list(alternatives(node)))
        if isinstance(node, ast.Subscript):
            return self._subscript(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        return self.unknown(f"type {shown(node)} has no JSON form")

    def _constant(self, node: ast.Constant) -> dict[str, Any]:
        if node.value is None:
            return {"type": "null"}
        if node.value is ...:
            return {}
        inner = self._unquoted(node)
        return (
            self.unknown(f"type {shown(node)} has no JSON form")
            if isinstance(inner, ast.Constant)
            else self.read(inner)
        )

    def _unquoted(self, node: ast.Constant) -> ast.expr:
        """Return the expression of a forward reference; the node itself where it is none."""
        if not isinstance(node.value, str):
            return node
        try:
            return ast.parse(node.value.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return node

    def _name(self, node: ast.Name | ast.Attribute) -> dict[str, Any]:
        if isinstance(node, ast.Name):
            if node.id in self.module.classes:
                return self._local_class(node.id)
            if node.id in self.module.aliases:
                return self._alias(node.id)
        qualified = self.module.qualified(node)
        name = known_name(qualified)
        if name in KNOWN:
            return dict(KNOWN[name])
        if name in ARRAYS | SETS | MAPS:
            return self._container(name, [])
        return self.unknown(self._origin(node, qualified))

    def _origin(self, node: ast.expr, qualified: str) -> str:
        """Say why a type has no schema: it has none, or it stands in a file that is not read."""
        where = qualified.rpartition(".")[0]
        if not where or known_name(qualified):
            return f"type {shown(node)} has no JSON form"
        return f"type {shown(node)} comes from {where}, which only --execute reads"

    def _local_class(self, name: str) -> dict[str, Any]:
        with self._entered(name) as fresh:
            if not fresh:
                return self._cut(name, {"type": "object"})
            return self.read_class(self.module.classes[name], self)

    def _alias(self, name: str) -> dict[str, Any]:
        with self._entered(name) as fresh:
            return self.read(self.module.aliases[name]) if fresh else self._cut(name, {})

    @contextmanager
    def _entered(self, name: str) -> Iterator[bool]:
        fresh = name not in self.open_names
        line, depth = self.line, self.depth
        self.open_names.append(name)
        self.depth = len(self.open_names)
        try:
            yield fresh
        finally:
            self.open_names.pop()
            self.line, self.depth = line, depth

    def _cut(self, name: str, shape: dict[str, Any]) -> dict[str, Any]:
        accepts = f"any {shape['type']}" if shape else "any value"
        message = f"{name} contains itself, the inner place accepts {accepts}"
        self.issues.append(issue("import-cycle-cut", self.module.place(self.line), message))
        return shape

    def _union(self, parts: list[ast.expr]) -> dict[str, Any]:
        """Return the schema of alternatives; one without a JSON form is never a model's choice."""
        branches: list[dict[str, Any]] = []
        for part in parts:
            before = len(self.issues)
            branch = self.member(part)
            if not branch and len(self.issues) == before:
                return {}  # `Any` accepts anything, so the union does
            if branch and branch not in branches:
                branches.append(branch)
        if branches in ([], [{"type": "null"}]):
            return {}
        return branches[0] if len(branches) == 1 else {"anyOf": branches}

    def member(self, node: ast.expr | None) -> dict[str, Any]:
        """Return the schema of a type inside another, its own description within."""
        inner, note = self.annotated(node)
        schema = restricted(self.read(inner), note.options)
        return {**schema, "description": note.description} if note.description else schema

    def _subscript(self, node: ast.Subscript) -> dict[str, Any]:
        name = known_name(self.module.qualified(node.value))
        parts = parts_of(node)
        local = node.value.id if isinstance(node.value, ast.Name) else ""
        if local in self.module.classes or local in self.module.aliases:
            return self.read(node.value)  # a generic class of the module: its variables are open
        if name == "Literal":
            return self._literal(parts)
        if name == "Optional" and parts:
            return self._union([parts[0], ast.Constant(None)])
        if name == "Union":
            return self._union(parts)
        if name == "Annotated" or name in TRANSPARENT:
            return self.member(node)
        if name in ARRAYS | SETS | MAPS:
            return self._container(name, parts)
        if name in KNOWN:
            return dict(KNOWN[name])
        return self.unknown(self._origin(node, self.module.qualified(node.value)))

    def _container(self, name: str, parts: list[ast.expr]) -> dict[str, Any]:
        if name in MAPS:
            return self._map(name, parts)
        schema: dict[str, Any] = {"type": "array"}
        if name in SETS:
            schema["uniqueItems"] = True
        if name not in ("tuple", "Tuple"):
            item = self.member(parts[0]) if parts else {}
            return {**schema, "items": item} if item else schema
        if len(parts) == 2 and isinstance(parts[1], ast.Constant) and parts[1].value is ...:
            item = self.member(parts[0])
            return {**schema, "items": item} if item else schema
        items = [self.member(part) for part in parts if not is_empty_tuple(part)]
        if not parts:
            return schema
        size = {"minItems": len(items), "maxItems": len(items)}
        return {**schema, "prefixItems": items, **size} if items else {**schema, **size}

    def _map(self, name: str, parts: list[ast.expr]) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "object"}
        if name == "Counter":
            return {**schema, "additionalProperties": {"type": "integer"}}
        if len(parts) != 2:
            return schema
        keys, values = self.member(parts[0]), self.member(parts[1])
        if "enum" in keys or "pattern" in keys:
            schema["propertyNames"] = keys
        return {**schema, "additionalProperties": values} if values else schema

    def _literal(self, parts: list[ast.expr]) -> dict[str, Any]:
        values: list[Any] = []
        for part in parts:
            value = value_of(part, self.module)
            if value is NO_VALUE or isinstance(value, dict):
                self.unknown(f"Literal[{shown(part)}] has no JSON form")
            elif not any(value == old and type(value) is type(old) for old in values):
                values.append(value)
        return enumerated(values)

    def _call(self, node: ast.Call) -> dict[str, Any]:
        """Read `NewType("Id", int)`, `conint(ge=1)` and the like, where an alias leads to one."""
        name = known_name(self.module.qualified(node.func))
        if name in ("NewType", "TypeAliasType") and len(node.args) == 2:
            return self.member(node.args[1])
        if name == "TypeVar":
            bound = next((word.value for word in node.keywords if word.arg == "bound"), None)
            return self._union(node.args[1:]) if len(node.args) > 1 else self.read(bound)
        if name in CONSTRAINED:
            note = note_of(node, self.module) or FieldNote()
            base = self._container("list", node.args[:1]) if name == "conlist" else None
            return restricted(base or dict(KNOWN[CONSTRAINED[name]]), note.options)
        made = self.read_call(name, node, self)
        return self.unknown(f"type {shown(node)} has no JSON form") if made is None else made


def enumerated(values: list[Any]) -> dict[str, Any]:
    """Return the schema of a choice, with its type where all values share one."""
    names = {bool: "boolean", str: "string", int: "integer", float: "number"}
    kinds = {names.get(type(value)) for value in values}
    kind = kinds.pop() if len(kinds) == 1 else None
    return {"enum": values, **({"type": kind} if kind else {})} if values else {}
