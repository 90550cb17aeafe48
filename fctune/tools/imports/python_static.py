"""Functions read from source: signatures from the syntax tree, types without running anything.

Input: a ModuleSource and the names wanted. Output: one Function per tool, in the order of the
file. Where tool decorators are used, those with one; else the public ones but `main`.

Before: `def look(city: str, days: int = 3): ...`
After:  Function("look", 1, "", (Parameter("city", {"type": "string"}, True), ...))
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from fctune.errors import InputFault
from fctune.issues import Issue, issue
from fctune.tools.imports.python_classes import type_reader
from fctune.tools.imports.python_draft import Function, Parameter
from fctune.tools.imports.python_fields import FieldNote, note_of, restricted
from fctune.tools.imports.python_nodes import shown
from fctune.tools.imports.python_source import FunctionNode, ModuleSource, methods_of
from fctune.tools.imports.python_types import TypeReader
from fctune.tools.imports.python_values import NO_VALUE, value_of

# Types and names whose values a framework hands in; the model never gives them.
INJECTED_TYPES = frozenset(
    {
        "Context", "RunContext", "RunContextWrapper", "ToolContext", "ToolRuntime", "Request",
        "RunnableConfig", "CallbackManagerForToolRun", "AsyncCallbackManagerForToolRun",
        "Response", "WebSocket", "BackgroundTasks", "CallContext", "InvocationContext",
    }
)  # fmt: skip
TOOL_DECORATORS = frozenset(
    {"tool", "function_tool", "tool_plain", "ai_function", "kernel_function", "agent_tool"}
    | {"register_tool", "beta_tool", "beta_async_tool"}
)
_LABEL_OPTIONS = ("name", "name_override", "tool_name")
_TOLD_OPTIONS = ("description", "description_override")
_SHOWN_NAMES = 12


def static_functions(module: ModuleSource, names: Sequence[str] = ()) -> list[Function]:
    """Return the functions of a module that become tools.

    Args:
        module: as read from its file.
        names: functions, or methods as `Class.method`; default: those with a tool decorator, or
            in a module without any all public functions.

    Raises:
        InputFault: a name is not in the module.
    """
    reader = type_reader(module)
    return [
        _function(name, node, reader, method=method)
        for name, node, method in _chosen(module, names)
    ]


def _chosen(module: ModuleSource, names: Sequence[str]) -> Iterator[tuple[str, FunctionNode, bool]]:
    """Yield name, definition, and whether the first parameter is the object itself."""
    if not names:
        decorated = uses_decorators(module)
        for name, node in module.functions.items():
            if is_tool(node, module) if decorated else is_public(name, module):
                yield name, node, False
        return
    for name in dict.fromkeys(names):
        owner, _, inner = name.rpartition(".")
        if not owner and name in module.functions:
            yield name, module.functions[name], False
            continue
        methods = methods_of(module.classes[owner]) if owner in module.classes else {}
        if inner not in methods:
            raise _absent(name, module)
        yield name, methods[inner], not _has_decorator(methods[inner], "staticmethod", module)


def uses_decorators(module: ModuleSource) -> bool:
    """Tell whether a module marks its tools with decorators, so that others are none."""
    tops = any(is_tool(node, module) for node in module.functions.values())
    return tops or bool(nested_tools(module))


def nested_tools(module: ModuleSource) -> list[Issue]:
    """Return an issue for each decorated tool within a class or a function: it was not taken."""
    issues = []
    for owner in (*module.classes.values(), *module.functions.values()):
        methods = methods_of(owner) if isinstance(owner, ast.ClassDef) else {}
        for node in ast.walk(owner):
            if node is owner or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if is_tool(node, module):
                within = f"{node.name} stands within {owner.name}"
                message = f"{within}: move it to the top level, or import the server live"
                if methods.get(node.name) is node:
                    message = f"{within}: take it with --name {owner.name}.{node.name}"
                issues.append(issue("import-tool-nested", module.place(node.lineno), message))
    return issues


def is_public(name: str, module: ModuleSource) -> bool:
    """Tell whether a function is offered: in `__all__`, or without one neither `_x` nor `main`."""
    if module.exported is not None:
        return name in module.exported
    return not name.startswith("_") and name != "main"


def is_tool(node: FunctionNode, module: ModuleSource) -> bool:
    """Tell whether a decorator such as `@tool` or `@mcp.tool()` makes the function a tool."""
    return any(_decorator_name(item, module) in TOOL_DECORATORS for item in node.decorator_list)


def _has_decorator(node: FunctionNode, name: str, module: ModuleSource) -> bool:
    return any(_decorator_name(item, module) == name for item in node.decorator_list)


def _decorator_name(node: ast.expr, module: ModuleSource) -> str:
    called = node.func if isinstance(node, ast.Call) else node
    return module.qualified(called).rsplit(".", 1)[-1]


def _absent(name: str, module: ModuleSource) -> InputFault:
    owner = name.rpartition(".")[0]
    known = list(module.functions)
    if owner in module.classes:
        known = [f"{owner}.{method}" for method in methods_of(module.classes[owner])]
    listed = ", ".join(known[:_SHOWN_NAMES]) + (" ..." if len(known) > _SHOWN_NAMES else "")
    return InputFault(
        f"has no function {name!r}, got: {listed or 'no functions'}",
        where=str(module.path),
        hint="name a top-level function, or a method as Class.method",
    )


def _function(name: str, node: FunctionNode, reader: TypeReader, *, method: bool) -> Function:
    module = reader.module
    label, told = _decorated(node, module)
    issues = []
    for star, argument in (("*", node.args.vararg), ("**", node.args.kwarg)):
        if argument is not None and not _is_injected(argument, FieldNote(), module):
            message = f"{star}{argument.arg} of {name} takes any further arguments, left out"
            place = module.place(argument.lineno)
            issues.append(issue("import-not-expressed", place, message))
    reader.line = node.lineno
    returns = reader.member(node.returns) if node.returns is not None else None
    reader.taken_issues()  # of the result: the model never writes it
    modelled = _modelled(name, node, reader)
    return Function(
        name,
        node.lineno,
        ast.get_docstring(node) or "",
        tuple(_parameters(name, node, reader, method=method) if modelled is None else modelled),
        returns=returns,
        label=label,
        told=told,
        issues=tuple(issues),
        modelled=modelled is not None,
    )


def _modelled(name: str, node: FunctionNode, reader: TypeReader) -> list[Parameter] | None:
    """Return the parameters that `@tool(args_schema=Model)` names; None where it names none."""
    words = [word for call in node.decorator_list if isinstance(call, ast.Call)
             for word in call.keywords if word.arg == "args_schema"]  # fmt: skip
    if not words or not isinstance(words[0].value, ast.Name):
        return None
    reader.subject = f"args_schema of {name}"
    schema = reader.read(words[0].value)
    issues = reader.taken_issues()
    if "properties" not in schema:
        return None
    required = schema.get("required", [])
    return [
        Parameter(key, value, key in required, issues=issues, line=node.lineno)
        for key, value in schema["properties"].items()
    ]


def _decorated(node: FunctionNode, module: ModuleSource) -> tuple[str, str]:
    """Return name and description that a tool decorator gives, each "" where it gives none."""
    for decorator in node.decorator_list:
        if not isinstance(decorator, ast.Call):
            continue
        if _decorator_name(decorator, module) not in TOOL_DECORATORS:
            continue
        options: dict[str, Any] = {
            word.arg: value_of(word.value, module) for word in decorator.keywords if word.arg
        }
        label = value_of(decorator.args[0], module) if decorator.args else NO_VALUE
        given = (options[key] for key in _LABEL_OPTIONS if isinstance(options.get(key), str))
        told = (options[key] for key in _TOLD_OPTIONS if isinstance(options.get(key), str))
        return next(given, label if isinstance(label, str) else ""), next(told, "")
    return "", ""


def _parameters(
    name: str, node: FunctionNode, reader: TypeReader, *, method: bool
) -> Iterator[Parameter]:
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    pairs = list(zip(positional, [*defaults, *arguments.defaults], strict=True))
    if method or (pairs and pairs[0][0].arg in ("self", "cls")):
        pairs = pairs[1:]
    pairs += list(zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True))
    for argument, default in pairs:
        reader.subject = f"{argument.arg} of {name}"
        parameter = _parameter(argument, default, reader)
        if parameter is not None:
            yield parameter


def _parameter(argument: ast.arg, default: ast.expr | None, reader: TypeReader) -> Parameter | None:
    """Return a parameter; None where a framework gives its value."""
    module = reader.module
    reader.line = argument.lineno
    annotation, note = reader.annotated(argument.annotation)
    called = note_of(default, module) if isinstance(default, ast.Call) else None
    note = note.joined(called or FieldNote())
    if _is_injected(replace_annotation(argument, annotation), note, module):
        return None
    schema = restricted(reader.read(annotation), note.options)
    unread = [f"the value of {name}" for name in note.unread]
    value = note.default
    if default is not None and called is None:
        value = value_of(default, module)
        unread += [f"the default {shown(default)}"] if value is NO_VALUE else []
    if value is not NO_VALUE:
        schema = {**schema, "default": value}
    issues = reader.taken_issues()
    whole = all(found.code != "import-not-expressed" for found in issues)
    for what in unread:
        message = f"{reader.subject}: {what} is no plain JSON value, left out"
        issues += (issue("import-not-expressed", module.place(argument.lineno), message),)
    return Parameter(
        argument.arg,
        schema,
        required=not note.optional and (default is None or called is not None),
        description=note.description.strip(),
        typed=argument.annotation is not None,
        whole=whole,
        issues=issues,
        line=argument.lineno,
    )


def replace_annotation(argument: ast.arg, annotation: ast.expr | None) -> ast.arg:
    """Return the argument with another annotation, as `Annotated` was taken off it."""
    return ast.arg(argument.arg, annotation, lineno=argument.lineno)


def _is_injected(argument: ast.arg, note: FieldNote, module: ModuleSource) -> bool:
    """Tell a parameter such as `ctx: Context`, also in `Context | None` or `Context[...]`."""
    if note.injected:
        return True
    pending = [argument.annotation] if argument.annotation is not None else []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.BinOp):
            pending += [node.left, node.right]
            continue
        bare = node.value if isinstance(node, ast.Subscript) else node
        name = module.qualified(bare).rsplit(".", 1)[-1]
        local = isinstance(bare, ast.Name) and bare.id in module.classes
        if name in INJECTED_TYPES and not local:
            return True
        if name == "Optional" and isinstance(node, ast.Subscript):
            pending.append(node.slice)
    return False
