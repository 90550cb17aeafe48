"""Values written in source: defaults, enum members, literals, without running anything.

Input: an expression of a module. Output: the JSON value that it stands for, or NO_VALUE.

Before: `-1`, `TIMEOUT` (with `TIMEOUT = 60 * 5`), `Unit.METRIC`, `("a", "b")`
After:  -1, 300, "metric", ["a", "b"]
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from fctune.tools.imports.python_source import ModuleSource

NO_VALUE: Any = type("NoValue", (), {"__repr__": lambda self: "NO_VALUE"})()
ENUMS = frozenset({"Enum", "StrEnum", "IntEnum", "ReprEnum", "Flag", "IntFlag", "TextChoices"})
_TEXT_CALLS = frozenset(
    {"pathlib.Path", "pathlib.PurePath", "decimal.Decimal", "uuid.UUID"}
)  # each written in JSON as the text that it is made from
_EMPTY: dict[str, Callable[[], Any]] = {
    "list": list, "tuple": list, "set": list, "frozenset": list, "dict": dict, "str": str,
}  # fmt: skip
_MAX_DEPTH = 32
_MAX_NUMBER = 10**15


def value_of(node: ast.expr | None, module: ModuleSource, depth: int = 0) -> Any:
    """Return the JSON value of an expression; NO_VALUE where it is none or must be computed.

    Args:
        node: the expression.
        module: where its names are looked up.
        depth: how deep the look-up already is; default 0.
    """
    if node is None or depth > _MAX_DEPTH:
        return NO_VALUE
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str | int | float | None) else NO_VALUE
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        items = [value_of(item, module, depth + 1) for item in node.elts]
        return NO_VALUE if any(item is NO_VALUE for item in items) else items
    if isinstance(node, ast.Dict):
        return _mapping(node, module, depth)
    if isinstance(node, ast.UnaryOp | ast.BinOp):
        return _number(node, module, depth)
    if isinstance(node, ast.Name):
        return value_of(module.aliases.get(node.id), module, depth + 1)
    if isinstance(node, ast.Attribute):
        return _attribute(node, module, depth)
    return _called(node, module, depth) if isinstance(node, ast.Call) else NO_VALUE


def _called(node: ast.Call, module: ModuleSource, depth: int) -> Any:
    """Return the value of `Path("x")`, written as its text, and of empty ones such as `set()`."""
    name = module.qualified(node.func)
    if name in _EMPTY and not node.args and not node.keywords:
        return _EMPTY[name]()
    if name in _TEXT_CALLS and len(node.args) == 1:
        told = value_of(node.args[0], module, depth + 1)
        return told if isinstance(told, str) else NO_VALUE
    return NO_VALUE


def _mapping(node: ast.Dict, module: ModuleSource, depth: int) -> Any:
    pairs = {}
    for key, value in zip(node.keys, node.values, strict=True):
        name = value_of(key, module, depth + 1)
        inner = value_of(value, module, depth + 1)
        if not isinstance(name, str) or inner is NO_VALUE:
            return NO_VALUE
        pairs[name] = inner
    return pairs


def _number(node: ast.UnaryOp | ast.BinOp, module: ModuleSource, depth: int) -> Any:
    """Return the number of `-1` or `60 * 5`; no text, no power: their results could be huge."""
    if isinstance(node, ast.UnaryOp):
        inner = value_of(node.operand, module, depth + 1)
        if not isinstance(inner, int | float) or isinstance(inner, bool):
            return NO_VALUE
        if isinstance(node.op, ast.USub):
            return -inner
        return inner if isinstance(node.op, ast.UAdd) else NO_VALUE
    sides = [value_of(side, module, depth + 1) for side in (node.left, node.right)]
    for side in sides:
        if not isinstance(side, int | float) or isinstance(side, bool) or abs(side) > _MAX_NUMBER:
            return NO_VALUE
    if isinstance(node.op, ast.Mult):
        return sides[0] * sides[1]
    if isinstance(node.op, ast.Add):
        return sides[0] + sides[1]
    return sides[0] - sides[1] if isinstance(node.op, ast.Sub) else NO_VALUE


def _attribute(node: ast.Attribute, module: ModuleSource, depth: int) -> Any:
    """Return the value of `Color.RED` or `Color.RED.value`, where Color is an enum here."""
    if node.attr == "value" and isinstance(node.value, ast.Attribute):
        return _attribute(node.value, module, depth + 1) if depth < _MAX_DEPTH else NO_VALUE
    if not isinstance(node.value, ast.Name):
        return NO_VALUE
    owner = module.classes.get(node.value.id)
    if owner is None or not is_enum(owner, module):
        return NO_VALUE
    return dict(enum_members(owner, module)).get(node.attr, NO_VALUE)


def is_enum(node: ast.ClassDef, module: ModuleSource, depth: int = 0) -> bool:
    """Tell whether a class of the module is an Enum, by its bases or theirs."""
    for base in node.bases:
        if module.qualified(base).rsplit(".", 1)[-1] in ENUMS:
            return True
        local = module.classes.get(base.id) if isinstance(base, ast.Name) else None
        if local is not None and depth < _MAX_DEPTH and is_enum(local, module, depth + 1):
            return True
    return False


def enum_members(node: ast.ClassDef, module: ModuleSource) -> Iterator[tuple[str, Any]]:
    """Yield name and value of each member; NO_VALUE where the value must be computed."""
    named = any(module.qualified(base).endswith("StrEnum") for base in node.bases)
    count = 0
    for statement in node.body:
        for name, value in _members(statement):
            if name.startswith("__") or (name.startswith("_") and name.endswith("_")):
                continue  # Enum's own settings, such as _order_
            if isinstance(value, ast.Call) and module.qualified(value.func).endswith("auto"):
                found: Any = name.lower() if named else count + 1
            else:
                found = value_of(value, module)
            if isinstance(found, int) and not isinstance(found, bool):
                count = found
            yield name, found


def _members(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id, statement.value
