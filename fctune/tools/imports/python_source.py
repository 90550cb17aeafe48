"""A Python file as a syntax tree, with what its top level defines. Nothing of it is ever run.

Input: the path of a module. Output: a ModuleSource: functions, classes, aliases and imports by
name. Encoding cookies, byte order marks and any line ends are read as Python reads them.
"""

from __future__ import annotations

import ast
import platform
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fctune.errors import InputFault
from fctune.jsonl.faults import file_fault

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_ALTERNATIVES = ("orelse", "finalbody")


@dataclass(frozen=True, slots=True)
class ModuleSource:
    """The top level of a module.

    Attributes:
        path: of the file, as the user gave it.
        functions: by name, in the order of the file; the last definition of a name counts.
        classes: by name.
        aliases: names that are assigned a value: type aliases and constants.
        imports: local name to dotted origin, such as `t` to `typing`; relative ones start with a
            dot.
        exported: the names of `__all__` where it is a plain list, else None.
    """

    path: Path
    functions: dict[str, FunctionNode] = field(default_factory=dict)
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    aliases: dict[str, ast.expr] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    exported: frozenset[str] | None = None

    def place(self, line: int) -> str:
        """Return `file:line`."""
        return f"{self.path}:{line}"

    def qualified(self, node: ast.expr) -> str:
        """Return the dotted origin of a name, such as `typing.Optional`; "" for other nodes."""
        if isinstance(node, ast.Name):
            return self.imports.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            owner = self.qualified(node.value)
            return f"{owner}.{node.attr}" if owner else ""
        return ""


def read_source(path: Path) -> ModuleSource:
    """Read and parse a module.

    Raises:
        InputFault: the file cannot be read or is not valid Python; `where` names file and line.
    """
    if path.is_dir():
        hint = f"name a file of it, such as {path / '__init__.py'}"
        raise InputFault("got a folder, expected a Python file", where=str(path), hint=hint)
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise file_fault(str(path), fault) from fault
    tree = _parsed(data, path)
    module = ModuleSource(path, exported=_exported(tree))
    _collect(tree.body, module, weak=False)
    return module


def _parsed(data: bytes, path: Path) -> ast.Module:
    version = platform.python_version()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the module's own invalid escapes and the like
            return ast.parse(data, filename=str(path))
    except SyntaxError as fault:
        place = f"{path}:{fault.lineno}" if fault.lineno else str(path)
        raise InputFault(
            f"not valid Python {version}: {fault.msg}",
            where=place,
            hint=f"python -m py_compile {path}",
        ) from fault
    except (RecursionError, MemoryError) as fault:
        raise InputFault("nested too deep to be read", where=str(path)) from fault
    except ValueError as fault:  # a null byte, in older releases of Python
        raise InputFault(f"not valid Python {version}: {fault}", where=str(path)) from fault


def _collect(body: list[ast.stmt], module: ModuleSource, *, weak: bool) -> None:
    """Enter the definitions of a block; in a weak one (`else`, `except`) only those still absent.

    A function may stand in `if sys.version_info ...:` or `try:`; `if __name__ == "__main__":` is
    a script's end and defines nothing.
    """
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if not _is_overload(node) and not (weak and node.name in module.functions):
                module.functions[node.name] = node
        elif isinstance(node, ast.ClassDef):
            if not (weak and node.name in module.classes):
                module.classes[node.name] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            _enter_import(node, module.imports, weak=weak)
        elif isinstance(node, ast.If) and _is_main_guard(node.test):
            continue
        else:
            for name, value in _assigned(node):
                if not (weak and name in module.aliases):
                    module.aliases[name] = value
            for inner, is_weak in _blocks(node):
                _collect(inner, module, weak=weak or is_weak)


def _blocks(node: ast.stmt) -> Iterator[tuple[list[ast.stmt], bool]]:
    if isinstance(node, ast.If | ast.Try | ast.With):
        yield node.body, False
        for handler in getattr(node, "handlers", []):
            yield handler.body, True
        for name in _ALTERNATIVES:
            yield getattr(node, name, []), True


def _assigned(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        if isinstance(node.target, ast.Name):
            yield node.target.id, node.value
    elif type(node).__name__ == "TypeAlias":  # `type X = ...`, from Python 3.12 on
        name, value = getattr(node, "name", None), getattr(node, "value", None)
        if isinstance(name, ast.Name) and isinstance(value, ast.expr):
            yield name.id, value


def _enter_import(
    node: ast.Import | ast.ImportFrom, imports: dict[str, str], *, weak: bool
) -> None:
    found: dict[str, str] = {}
    if isinstance(node, ast.Import):
        for alias in node.names:
            root = alias.name.split(".")[0]
            found[alias.asname or root] = alias.name if alias.asname else root
    else:
        origin = "." * node.level + (node.module or "")
        for alias in node.names:
            dot = "" if origin.endswith(".") else "."
            found[alias.asname or alias.name] = f"{origin}{dot}{alias.name}"
    for name, dotted in found.items():
        if not (weak and name in imports):
            imports[name] = dotted


def _is_main_guard(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and any(
        isinstance(side, ast.Name) and side.id == "__name__"
        for side in (test.left, *test.comparators)
    )


def _is_overload(node: FunctionNode) -> bool:
    return any(ast.unparse(decorator).endswith("overload") for decorator in node.decorator_list)


def _exported(tree: ast.Module) -> frozenset[str] | None:
    for node in tree.body:
        for name, value in _assigned(node):
            if name == "__all__" and isinstance(value, ast.List | ast.Tuple):
                return frozenset(
                    item.value
                    for item in value.elts
                    if isinstance(item, ast.Constant) and isinstance(item.value, str)
                )
    return None


def methods_of(node: ast.ClassDef) -> Mapping[str, FunctionNode]:
    """Return the functions of a class by name; the last definition counts."""
    return {
        inner.name: inner
        for inner in node.body
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_overload(inner)
    }
