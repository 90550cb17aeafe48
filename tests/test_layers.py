"""The shape of the code, checked on its syntax tree: layers, names, sizes, printing, imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "fctune"
# DESIGN section 2: each may import only those above it. `catalogue` is the table behind `issues`.
LAYERS = (
    "errors", "patterns", "stop_signals", "catalogue", "issues", "native", "jsonl", "pages",
    "tools", "conversations", "engine", "dataset", "synthesis", "certify", "recipe", "evaluation",
    "run", "export", "serving", "monitoring", "cli",
)  # fmt: skip
HEAVY = {"torch", "transformers", "datasets", "llamafactory", "peft", "ray", "fastapi"}
# Packages that cost a start-up: imported where used, in any layer.
SLOW = {
    "mcp", "griffe", "sqlalchemy", "jinja2", "psycopg", "rapidfuzz", "rensa", "pyarrow", "httpx",
    "llguidance",
}  # fmt: skip
MAX_MODULE_LINES = 300
MAX_BODY_LINES = 40
MAX_PARAMETERS = 6
MODULES = sorted(PACKAGE.rglob("*.py"))


def _name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def _layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imports(tree: ast.AST) -> Iterator[tuple[str, ast.stmt]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node
            if node.module == "fctune":
                for alias in node.names:
                    yield f"fctune.{alias.name}", node


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_imports_only_layers_above_it(path: Path) -> None:
    if path.parent == PACKAGE and path.name == "__init__.py":
        return
    own = LAYERS.index(_layer(path))
    for module, node in _imports(ast.parse(path.read_text())):
        parts = module.split(".")
        if parts[0] == "fctune" and len(parts) > 1 and parts[1] != "__version__":
            other = LAYERS.index(parts[1])
            assert other <= own, f"{path}:{node.lineno}: {_layer(path)} may not import {parts[1]}"


def test_every_folder_is_a_known_layer_and_no_deeper_than_three() -> None:
    for path in MODULES:
        parts = path.relative_to(PACKAGE).parts
        assert len(parts) <= 3, f"{path} is too deep"
        assert not {"utils", "common", "helpers", "utils.py", "common.py", "helpers.py"} & set(
            parts
        )
        if parts[0] != "__init__.py":
            assert _layer(path) in LAYERS, f"{path} is in no layer"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_heavy_packages_are_imported_inside_functions(path: Path) -> None:
    tree = ast.parse(path.read_text())
    for node in tree.body:
        for module, statement in _imports(ast.Module([node], [])):
            if isinstance(node, ast.Import | ast.ImportFrom):
                root = module.split(".")[0]
                assert root not in HEAVY | SLOW, f"{path}:{statement.lineno}: import {module} late"
    allowed = _layer(path) == "engine" or path.name.startswith("predict")
    for module, statement in _imports(tree):
        root = module.split(".")[0]
        assert allowed or root not in HEAVY, f"{path}:{statement.lineno}: only engine/ uses {root}"


def _run_by_an_import(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what an import of the module runs: all but the bodies of functions."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _run_by_an_import(child)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_an_import_compiles_no_pattern(path: Path) -> None:
    for node in _run_by_an_import(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called != "re.compile", f"{path}:{node.lineno}: use fctune.patterns.regex"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_modules_and_functions_are_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MAX_MODULE_LINES, f"{path} has too many lines"
    for function in _functions(ast.parse(text)):
        body = function.body[1:] if ast.get_docstring(function) else function.body
        lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
        place = f"{path}:{function.lineno} {function.name}"
        assert lines <= MAX_BODY_LINES, f"{place} has {lines} lines"
        if _layer(path) != "cli":  # a verb's options are its parameters
            arguments = function.args
            names = [a.arg for a in arguments.posonlyargs + arguments.args + arguments.kwonlyargs]
            own = [name for name in names if name not in ("self", "cls")]
            assert len(own) <= MAX_PARAMETERS, f"{place} has {len(own)} parameters"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_only_the_command_line_prints_or_exits(path: Path) -> None:
    if _layer(path) == "cli":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in {"print", "sys.exit", "exit", "typer.echo", "sys.stdout.write"}, (
                f"{path}:{node.lineno}: {called}"
            )


def test_only_one_reader_knows_the_words_of_sharegpt() -> None:
    """DESIGN section 2: only formats/sharegpt.py knows these tags; the registry spells them out."""
    allowed = {
        "conversations/formats/langchain.py",  # which has a word in common with it
        "conversations/formats/sharegpt.py",
        "dataset/registry.py",
        "engine/templates.py",
    }
    for path in MODULES:
        if _name(path) in allowed or path.name.startswith("quick"):
            continue  # the quick reader is the short way of that format
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant):
                assert node.value not in {"observation", "human", "gpt"}, f"{path}:{node.lineno}"
