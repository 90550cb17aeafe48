"""The process that imports a user's module and tells what its functions take.

Run as a script by `python_execute.py`; it imports nothing of fctune, so that the module finds the
environment as it is. Input: a JSON request on stdin. Output: a JSON answer in the file that the
request names; stdout and stderr belong to the module. JSON Schema is made by pydantic.

Before: {"path": "shop.py", "names": ["look"], "discover": false, "answer": "/tmp/x", ...}
After:  {"functions": {"look": {"doc": ..., "parameters": [{"name": "city", "schema": {...}}]}}}
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import os
import signal
import sys
import traceback
import types
import typing
import warnings
from pathlib import Path
from typing import Any

from fctune.patterns import regex

_ADDRESS = regex(r" at 0x[0-9a-fA-F]+")
_NO_SCHEMA = regex(r"schema for (.+?)(?:\. Set |$)")
_WRAPPED_IN = ("func", "fn", "coroutine", "function", "_func", "__wrapped__")


def main() -> None:
    """Answer the request on stdin, then end without waiting for what the module has started."""
    request = json.load(sys.stdin)
    signal.setitimer(signal.ITIMER_REAL, request["timeout_s"])  # ends an orphan too
    warnings.simplefilter("ignore")
    try:
        answer = _answer(request)
        written = json.dumps(answer)
    except BaseException as fault:  # noqa: BLE001 - a module may raise anything, SystemExit too
        written = json.dumps({"error": _told(fault, request["path"])})
    Path(request["answer"]).write_text(written, encoding="utf-8")
    os._exit(0)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    import pydantic  # before the module can put a folder of its own in front of it
    import typing_extensions

    if sys.version_info < (3, 12):  # pydantic refuses the older one: it hides inherited keys
        typing.TypedDict = typing_extensions.TypedDict
    _ = pydantic.VERSION
    module = _imported(Path(request["path"]))
    found: dict[str, Any] = {}
    for name in request["names"]:
        function = _function_of(_looked_up(module, name))
        if function is not None:
            found[name] = _described(function)
    if request["discover"]:
        for name, value in vars(module).items():
            own = inspect.isfunction(value) and value.__module__ == module.__name__
            if own and name not in found and value.__name__ == name:
                found[name] = _described(value)
    return {"functions": found, "exported": getattr(module, "__all__", None)}


def _imported(path: Path) -> types.ModuleType:
    """Import a file: as part of its package where it stands in one, else on its own."""
    path = path.resolve()
    parts = [] if path.name == "__init__.py" else [path.stem]
    root = path.parent
    while (root / "__init__.py").exists() and root.name.isidentifier():
        parts.insert(0, root.name)
        root = root.parent
    sys.path.insert(0, str(root))
    sys.argv = [str(path)]
    if len(parts) > 1 or path.name == "__init__.py":
        return importlib.import_module(".".join(parts))
    taken = parts[0] in sys.modules or parts[0] in sys.stdlib_module_names
    name = f"imported_{parts[0]}" if taken else parts[0]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        loader = importlib.machinery.SourceFileLoader(name, str(path))
        spec = importlib.util.spec_from_loader(name, loader)
    if spec is None or spec.loader is None:
        raise ImportError(f"no loader for {path.name}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _looked_up(module: types.ModuleType, name: str) -> Any:
    value: Any = module
    for part in name.split("."):
        value = inspect.getattr_static(value, part, None)
        value = value.__func__ if isinstance(value, staticmethod | classmethod) else value
    return value


def _function_of(value: Any) -> types.FunctionType | None:
    """Return the plain function of a value: itself, or what a tool decorator has wrapped."""
    for _ in range(8):
        if inspect.isfunction(value):
            unwrapped = inspect.unwrap(value)
            return unwrapped if inspect.isfunction(unwrapped) else value
        value = next(
            (inner for key in _WRAPPED_IN if callable(inner := getattr(value, key, None))), None
        )
    return None


def _described(function: types.FunctionType) -> dict[str, Any]:
    signature = inspect.signature(function, follow_wrapped=False)
    told = [
        _parameter(parameter, function)
        for parameter in signature.parameters.values()
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    stars = [
        str(parameter).split(":")[0]
        for parameter in signature.parameters.values()
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    returns = None
    if signature.return_annotation is not signature.empty:
        returns = _schema(signature.return_annotation, None, function).get("schema")
    return {
        "doc": function.__doc__ or "",
        "line": function.__code__.co_firstlineno,
        "parameters": told,
        "stars": stars,
        "returns": returns,
    }


def _parameter(parameter: inspect.Parameter, function: types.FunctionType) -> dict[str, Any]:
    from pydantic.fields import FieldInfo
    from pydantic_core import PydanticUndefined, to_jsonable_python

    default = parameter.default
    note = default if isinstance(default, FieldInfo) else None
    typed = parameter.annotation is not parameter.empty
    told = _schema(parameter.annotation if typed else Any, note, function)
    for source in (note, told.pop("note", None)):
        if source is not None and source.default is not PydanticUndefined:
            default = source.default
        elif source is not None and (default is source or source.default_factory):
            default = parameter.empty if source.default_factory is None else PydanticUndefined
    required = default is parameter.empty or default is ...
    told |= {"name": parameter.name, "typed": typed, "required": required}
    if not required and default is not PydanticUndefined:
        try:
            value = to_jsonable_python(default)
            json.dumps(value)  # refuses what has more digits than Python prints
            told["default"] = value
        except Exception:  # noqa: BLE001 - a sentinel object, a function: no JSON
            told["unread"] = _shown(default)
    return told


def _shown(value: Any) -> str:
    """Return a value as Python writes it, or its type where it cannot be written."""
    try:
        return _ADDRESS.sub("", repr(value))[:60]
    except Exception:  # noqa: BLE001 - a repr may do anything
        return f"of type {type(value).__name__}"


def _schema(annotation: Any, note: Any, function: types.FunctionType) -> dict[str, Any]:
    """Return `schema`, or `error`, and `description` and `note` where `Annotated` tells them."""
    from pydantic import TypeAdapter
    from pydantic.fields import FieldInfo

    try:
        holder = types.SimpleNamespace(__annotations__={"x": annotation})
        hint = typing.get_type_hints(holder, function.__globals__, include_extras=True)["x"]
        extras = getattr(hint, "__metadata__", ())
        described = [text for text in map(_text_of, (*extras, note)) if text]
        annotated = typing.Annotated[hint, note] if note is not None else hint
        schema = TypeAdapter(annotated).json_schema(schema_generator=_generator())
        json.dumps(schema)
    except Exception as fault:  # noqa: BLE001 - a type may do anything when it is looked at
        return {"error": _reason(fault)}
    schema.pop("title", None)
    schema.pop("default", None)
    fields = [extra for extra in extras if isinstance(extra, FieldInfo)]
    names = [hint.__name__] if inspect.isclass(hint) else []
    return {
        "schema": schema,
        "description": described[-1] if described else "",
        **({"note": fields[-1]} if fields else {}),
        "type": names[0] if names else "",
    }


def _reason(fault: Exception) -> str:
    """Return why a type has no schema, in one line."""
    text = str(fault).split("\n")[0]
    named = _NO_SCHEMA.search(text)
    return f"type {named.group(1)} has no JSON form" if named else f"{type(fault).__name__}: {text}"


def _text_of(extra: Any) -> str:
    if isinstance(extra, str):
        return extra
    for name in ("description", "documentation"):
        told = getattr(extra, name, None)
        if isinstance(told, str):
            return told
    return ""


def _generator() -> Any:
    from pydantic.json_schema import GenerateJsonSchema

    class Generator(GenerateJsonSchema):
        """pydantic's own, with plain names as titles and one form for Decimal."""

        def get_title_from_name(self, name: str) -> str:
            return name

        def decimal_schema(self, schema: Any) -> dict[str, Any]:
            return {"type": "string", "format": "decimal"}

    return Generator


def _told(fault: BaseException, path: str) -> dict[str, Any]:
    """Return the last line of the error, and the last line of the module that led to it."""
    lines = traceback.format_exception_only(type(fault), fault)
    own = [
        frame.lineno
        for frame in traceback.extract_tb(fault.__traceback__)
        if frame.filename and Path(frame.filename).resolve() == Path(path).resolve()
    ]
    missing = fault.name if isinstance(fault, ModuleNotFoundError) else None
    return {
        "message": lines[-1].strip() or type(fault).__name__,
        "line": own[-1] if own else 0,
        "missing": missing,
    }


if __name__ == "__main__":
    main()
