"""Functions read from the imported module: types that the source only names become known.

Input: the functions as read from source. Output: the same functions with the schemas that pydantic
makes of the real types; words that only the source has stay. The module is imported in a process
of its own, with a time limit, and that process and its children are ended afterwards.

Before: `city: City` with `from places import City` has no schema in source.
After:  {"type": "object", "properties": {"name": {"type": "string"}, ...}}
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fctune.errors import EnvironmentFault, InputFault, Interrupted
from fctune.issues import issue
from fctune.stop_signals import raised_on_stop
from fctune.tools.imports.python_docstrings import read_docstring
from fctune.tools.imports.python_draft import Function, Parameter
from fctune.tools.imports.python_source import ModuleSource
from fctune.tools.imports.python_static import INJECTED_TYPES, is_public
from fctune.tools.imports.simplify import simplified

TIMEOUT_S = 60.0
_GRACE_S = 5.0  # the worker's own clock ends it that much later, should nobody else do so
_POLL_S = 0.02
_TAIL_BYTES = 4096
_MAX_REASON = 100


def executed_functions(
    module: ModuleSource,
    functions: list[Function],
    *,
    discover: bool,
    timeout_s: float = TIMEOUT_S,
) -> list[Function]:
    """Return the functions with what the imported module tells of them.

    Args:
        module: as read from its file.
        functions: as read from source, which name what to look at.
        discover: take public functions that the source does not define too, such as those made
            by a loop.
        timeout_s: for the import, in seconds; default 60.

    Raises:
        InputFault: the module cannot be imported, or takes longer.
        Interrupted: fctune was asked to stop.
    """
    names = [function.name for function in functions]
    answer = _asked(module.path, names, discover=discover, timeout_s=timeout_s)
    known = answer["functions"]
    merged = []
    for function in functions:
        told = known.pop(function.name, None)
        merged.append(
            _unread(function, module) if told is None else _merged(function, told, module)
        )
    for name, told in known.items():
        if is_public(name, module):
            merged.append(_merged(_bare(name, told, module), told, module))
    return merged


def _unread(function: Function, module: ModuleSource) -> Function:
    place = module.place(function.line)
    message = f"{function.name} is no function once imported, read from its source"
    return replace(
        function, issues=(*function.issues, issue("import-not-expressed", place, message))
    )


def _bare(name: str, told: Mapping[str, Any], module: ModuleSource) -> Function:
    """Return a function that only the imported module has, before its types are entered."""
    place = module.place(told["line"])
    issues = tuple(
        issue("import-not-expressed", place, f"{star} of {name} takes any further, left out")
        for star in told["stars"]
    )
    parameters = tuple(
        Parameter(one["name"], {}, one["required"], typed=one["typed"])
        for one in told["parameters"]
        if one.get("type") not in INJECTED_TYPES and one["name"] not in ("self", "cls")
    )
    return Function(name, told["line"], told["doc"], parameters, issues=issues)


def _merged(function: Function, told: Mapping[str, Any], module: ModuleSource) -> Function:
    by_name = {one["name"]: one for one in told["parameters"]}
    parameters = tuple(
        _parameter(parameter, by_name[parameter.name], function, module)
        if parameter.name in by_name and not function.modelled
        else parameter
        for parameter in function.parameters
    )
    returns = told["returns"] if told["returns"] is not None else function.returns
    return replace(
        function, doc=told["doc"] or function.doc, parameters=parameters, returns=returns
    )


def _parameter(
    source: Parameter, told: Mapping[str, Any], function: Function, module: ModuleSource
) -> Parameter:
    """Return one parameter with pydantic's schema; the source's where pydantic has none."""
    place = module.place(source.line or function.line)
    subject = f"{source.name} of {function.name}"
    written, _ = simplified(dict(source.schema), place, name=source.name)
    if "schema" in told:
        schema, found = simplified(told["schema"], place, name=source.name)
        schema = filled(tidied(schema), written)
    else:
        schema, found = written, []
        if not (source.whole and written):
            message = f"{subject}: {told['error'][:_MAX_REASON]}, left out"
            found.append(issue("import-not-expressed", place, message))
    schema.pop("default", None)
    if "default" in told:
        schema["default"] = told["default"]
    if "unread" in told:
        message = f"{subject}: the default {told['unread']} has no JSON form, left out"
        found.append(issue("import-not-expressed", place, message))
    return replace(
        source,
        schema=schema,
        required=told["required"],
        description=told.get("description") or source.description,
        issues=tuple(found),
    )


def tidied(node: Any) -> Any:
    """Read the docstrings that pydantic has put into descriptions: text and fields apart."""
    if isinstance(node, list):
        return [tidied(item) for item in node]
    if not isinstance(node, dict):
        return node
    tidy = {key: tidied(value) for key, value in node.items() if key not in ("default", "enum")}
    tidy |= {key: node[key] for key in ("default", "enum") if key in node}
    told = tidy.get("description")
    properties = tidy.get("properties")
    if isinstance(told, str) and "\n" in told and (isinstance(properties, dict) or "enum" in tidy):
        fields = properties if isinstance(properties, dict) else {}
        doc = read_docstring(told, fields)
        tidy["description"] = doc.text
        for name, schema in fields.items():
            if isinstance(schema, dict) and doc.parameters.get(name):
                schema.setdefault("description", doc.parameters[name])
    return tidy


def filled(schema: Any, source: Any) -> Any:
    """Return a schema with the descriptions that only the other reading of it has."""
    if not isinstance(schema, dict) or not isinstance(source, dict):
        return schema
    whole = dict(schema)
    if isinstance(source.get("description"), str):
        whole.setdefault("description", source["description"])
    inner, other = whole.get("properties"), source.get("properties")
    if isinstance(inner, dict) and isinstance(other, dict):
        whole["properties"] = {name: filled(sub, other.get(name)) for name, sub in inner.items()}
    for key in ("items", "additionalProperties"):
        if key in whole:
            whole[key] = filled(whole[key], source.get(key))
    for key in ("prefixItems", "anyOf"):
        mine, theirs = whole.get(key), source.get(key)
        if isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
            whole[key] = [filled(one, two) for one, two in zip(mine, theirs, strict=True)]
    return whole


def _asked(path: Path, names: list[str], *, discover: bool, timeout_s: float) -> dict[str, Any]:
    """Run the worker and return its answer."""
    with tempfile.TemporaryDirectory(prefix="fctune-import-") as folder:
        answer, said = Path(folder) / "answer.json", Path(folder) / "said.txt"
        request = {
            "path": str(path),
            "names": names,
            "discover": discover,
            "answer": str(answer),
            "timeout_s": timeout_s + _GRACE_S,
        }
        code = _run(json.dumps(request), said, timeout_s)
        if code is None:
            hint = "give it longer with --timeout, or import it without --execute"
            raise InputFault(
                f"its import takes longer than {timeout_s:g} s", where=str(path), hint=hint
            )
        try:
            told = json.loads(answer.read_text(encoding="utf-8"))
        except (OSError, ValueError) as fault:
            raise InputFault(
                f"its import ended the process with code {code}{_last_words(said)}",
                where=str(path),
            ) from fault
    if "error" in told:
        raise _import_fault(path, told["error"])
    return dict(told)


def _run(request: str, said: Path, timeout_s: float) -> int | None:
    """Run the worker; return its exit code, or None where the time was over.

    The whole process group is ended before the worker is reaped, so that its number cannot have
    become another's.
    """
    worker = Path(__file__).with_name("python_worker.py")
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    with said.open("wb") as stream:
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", str(worker)],
                stdin=subprocess.PIPE,
                stdout=stream,
                stderr=stream,
                env=environment,
                start_new_session=True,
            )
        except OSError as fault:
            message = f"cannot be started: {fault.strerror}"
            raise EnvironmentFault(message, where=sys.executable) from fault
        try:
            with raised_on_stop(lambda name: Interrupted(f"stopped by {name}")):
                _send(process, request)
                ended = _awaited(process.pid, timeout_s)
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
    return code if ended else None


def _send(process: subprocess.Popen[bytes], request: str) -> None:
    if process.stdin is not None:
        try:
            process.stdin.write(request.encode())
            process.stdin.close()
        except BrokenPipeError:
            return


def _awaited(pid: int, timeout_s: float) -> bool:
    """Wait for the end of a child without reaping it; tell whether it came in time."""
    deadline = time.monotonic() + timeout_s
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def _last_words(said: Path) -> str:
    with said.open("rb") as stream:
        stream.seek(max(0, said.stat().st_size - _TAIL_BYTES))
        lines = stream.read().decode("utf-8", errors="replace").strip().splitlines()
    return f": {lines[-1].strip()}" if lines else ""


def _import_fault(path: Path, error: Mapping[str, Any]) -> InputFault:
    place = f"{path}:{error['line']}" if error["line"] else str(path)
    hint = "mend the module, or import it without --execute"
    if error["missing"]:
        hint = f"install what has {error['missing']} beside fctune, or import without --execute"
    return InputFault(f"cannot be imported: {error['message']}", where=place, hint=hint)
