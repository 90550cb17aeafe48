"""Python functions to tools: read from source, or from the imported module where the user says so.

Input: the path of a module. Output: Imported. By default the module is parsed and never run; with
`execute` it is imported in a process of its own, which knows types that the source only names.

Before: `def look(city: str, unit: Literal["c", "f"] = "c"): "Look up the weather."`
After:  ToolSpec("look", "Look up the weather.", {"type": "object", "properties": {...}})
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fctune.errors import InputFault
from fctune.issues import Issue
from fctune.tools.imports.python_classes import type_reader
from fctune.tools.imports.python_draft import Function, tool_of
from fctune.tools.imports.python_execute import TIMEOUT_S, executed_functions
from fctune.tools.imports.python_source import ModuleSource, read_source
from fctune.tools.imports.python_static import nested_tools, static_functions, uses_decorators
from fctune.tools.imports.result import Imported
from fctune.tools.spec import ToolCatalog, ToolSpec


def import_python(
    path: Path,
    *,
    execute: bool = False,
    names: Sequence[str] = (),
    timeout_s: float = TIMEOUT_S,
) -> Imported:
    """Return the tools of a Python module.

    Args:
        path: the module's file.
        execute: import the module, in a process of its own, instead of only reading it; default
            False. The module's code runs then.
        names: functions, or methods as `Class.method`; default: those that a tool decorator makes
            tools, or without any such decorator all public functions.
        timeout_s: for `execute`, in seconds; default 60.

    Raises:
        InputFault: the file cannot be read or parsed, a name is not in it, it offers no function,
            or, with `execute`, it cannot be imported.
    """
    module = read_source(path)
    try:
        functions = static_functions(module, names)
    except RecursionError as fault:
        raise InputFault("nested too deep to be read", where=str(path)) from fault
    hidden = [] if names else nested_tools(module)
    if execute:
        discover = not names and not uses_decorators(module)
        functions = executed_functions(module, functions, discover=discover, timeout_s=timeout_s)
    if not functions and hidden:
        raise InputFault(
            "has tools only within classes or functions", where=str(path), hint=hidden[0].message
        )
    if not functions:
        raise InputFault(
            "has no public functions",
            where=str(path),
            hint="name the functions or methods to take, such as Class.method",
        )
    catalog, issues = _tools(functions, module)
    return Imported(catalog, (*issues, *hidden), "python")


def _tools(
    functions: list[Function], module: ModuleSource
) -> tuple[ToolCatalog, tuple[Issue, ...]]:
    specs: dict[str, ToolSpec] = {}
    issues: list[Issue] = []
    for function in functions:
        spec, found = tool_of(function, str(module.path), specs, typed_by=_types_in_words(module))
        specs[spec.name] = spec
        issues += found
    return ToolCatalog(tuple(specs.values())), tuple(dict.fromkeys(issues))


def _types_in_words(module: ModuleSource) -> Callable[[str], Mapping[str, Any] | None]:
    """Return the reader of types that docstrings tell; it knows the module's classes."""
    reader = type_reader(module)

    def read(text: str) -> Mapping[str, Any] | None:
        try:
            node = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        schema = reader.member(node)
        return None if reader.taken_issues() else schema

    return read
