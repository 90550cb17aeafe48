"""The process that runs the calls of dialogues on a user's toolset.

Run as a script by `toolset_process.py`; it imports nothing of fctune, so that the toolset finds the
environment as it is. The module is imported once; for each dialogue the process forks, so that each
dialogue has a fresh module and a fresh instance, and whatever the toolset does to its process
(exit, crash, all memory) ends that one dialogue. No text of a model is ever evaluated: a call is a
look-up in a table of public callables.

Input: JSON lines on one pipe: first the settings, then one dialogue a line. Output: JSON lines on
another pipe; stdout and stderr belong to the toolset.

Before: {"calls": [{"name": "cancel", "arguments": {"order": "A1"}}], "dialogue": "d7"}
After:  {"state": 0, ...}, {"call": 0, "ok": true, "result": "done"}, {"state": 1, ...}, {"done": 1}
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import inspect
import json
import os
import random
import resource
import signal
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fctune.patterns import regex

if TYPE_CHECKING:
    from fctune.evaluation.execution.toolset_http import HttpTools, ServerError
    from fctune.evaluation.execution.toolset_values import NotJson, fingerprint, json_text, plain
else:  # as a script: its siblings are found by their folder, which the toolset then does not see
    sys.path.insert(0, str(Path(__file__).parent))
    from toolset_http import HttpTools, ServerError
    from toolset_values import NotJson, fingerprint, json_text, plain

    sys.path.pop(0)

_GRACE_S = 5.0  # the process's own clock ends it that much later, should nobody else do so
_FILE_BYTES = 64 * 1024 * 1024
_MAX_ERROR = 300
_OWN = ("state", "toolset", "TOOLS")
_ODD = regex(r"[^A-Za-z0-9_]")
_DATA = (dict, list, set, tuple, str, int, float, bool)


class _ModuleTools:
    """The tools of a Python module, for one dialogue.

    Args:
        module: as imported in this process.
        maker: makes the instance that holds the tools; None where the module's functions are them.
        dialogue: the id of the dialogue, for a maker that has a parameter of that name.
    """

    def __init__(self, module: types.ModuleType, maker: Any, dialogue: str) -> None:
        self._holder: Any = module
        if maker is not None:
            takes = "dialogue" in inspect.signature(maker).parameters
            self._holder = maker(dialogue=dialogue) if takes else maker()
        self._tools = _table(self._holder)

    def call(self, name: str, arguments: dict[str, Any], request: Any) -> Any:
        """Return what a tool gives.

        Raises:
            _Refused: there is no such tool, or it does not take these arguments.
        """
        tool = self._tools.get(name) or self._tools.get(_ODD.sub("_", name))
        if tool is None:
            raise _Refused("unknown_tool", f"the toolset has no tool {name}")
        try:
            inspect.signature(tool).bind(**arguments)
        except TypeError as fault:
            raise _Refused("arguments", f"{name}: {fault}") from fault
        except ValueError:  # a function in C, whose parameters nobody can tell
            pass
        result = tool(**arguments)
        return asyncio.run(result) if inspect.iscoroutine(result) else result

    def state(self) -> Any:
        """Return what the dialogue has changed: `state()`, or all public data."""
        own = getattr(self._holder, "state", None)
        if callable(own):
            found = own()
            return asyncio.run(found) if inspect.iscoroutine(found) else found
        values = vars(self._holder) if hasattr(self._holder, "__dict__") else {}
        public = {name: value for name, value in values.items() if not name.startswith("_")}
        if isinstance(self._holder, types.ModuleType):
            return dict(_data_of(public))
        return {name: value for name, value in public.items() if not callable(value)}


def _data_of(values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the plain data of a module; tables of functions and the like are none."""
    for name, value in values.items():
        if isinstance(value, _DATA) and name not in _OWN:
            with contextlib.suppress(NotJson):
                yield name, plain(value)


class _Refused(Exception):
    """A call that never reached the toolset."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def _table(holder: Any) -> dict[str, Callable[..., Any]]:
    """Return the callables that calls may name."""
    listed = getattr(holder, "TOOLS", None)
    if isinstance(listed, dict):
        return {str(name): tool for name, tool in listed.items() if callable(tool)}
    found = {}
    for name in dir(holder):
        if name.startswith("_") or name in _OWN:
            continue
        value = getattr(holder, name)
        if isinstance(holder, types.ModuleType):
            own = inspect.isfunction(value) and value.__module__ == holder.__name__
        else:
            own = callable(value) and not inspect.isclass(value)
        if own:
            found[name] = value
    return found


def _load(settings: dict[str, Any]) -> tuple[types.ModuleType, Any]:
    """Import the module and find what makes its tools."""
    path = Path(settings["path"]).resolve()
    sys.path.insert(0, str(path.parent))
    sys.argv = [str(path)]
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    if settings["attribute"]:
        maker = getattr(module, settings["attribute"], None)
        if not callable(maker):
            raise AttributeError(f"has no class or function {settings['attribute']}")
        return module, maker
    maker = getattr(module, "toolset", None) or getattr(module, "Toolset", None)
    return module, maker if callable(maker) else None


class _Pipe:
    """Writes answers, one JSON line each; no user's print can come between."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send(self, value: dict[str, Any]) -> None:
        data = json.dumps(value).encode("ascii") + b"\n"
        while data:
            data = data[os.write(self._descriptor, data) :]


def _limit(memory_bytes: int) -> None:
    """Bound what this process and its children may take."""
    for what, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, _FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(OSError, ValueError):  # a lower limit stands already
            resource.setrlimit(what, (most, most))


def _told(fault: BaseException) -> str:
    """Return an exception as one short line."""
    try:
        text = " ".join(str(fault).split())
    except BaseException:  # noqa: BLE001 - a user's exception may fail even at being told
        text = ""
    name = type(fault).__name__
    return (f"{name}: {text}" if text else name)[:_MAX_ERROR]


def _last_line(fault: BaseException, path: str) -> int:
    """Return the line of the user's file in which an exception came up; 0 where in none."""
    if isinstance(fault, SyntaxError) and fault.filename == path:
        return fault.lineno or 0
    frames = traceback.extract_tb(fault.__traceback__)
    return next((frame.lineno or 0 for frame in reversed(frames) if frame.filename == path), 0)


def _send_state(pipe: _Pipe, tools: Any, index: int, most: int) -> None:
    try:
        value = plain(tools.state())
        text = json_text(value)
    except BaseException as fault:  # noqa: BLE001 - a user's state() may raise anything
        pipe.send({"state": index, "error": _told(fault)})
        return
    pipe.send(
        {
            "state": index,
            "hash": fingerprint(text),
            "value": value if len(text) <= most else None,
        }
    )


def _answer(tools: Any, call: dict[str, Any], most: int) -> dict[str, Any]:
    """Run one call and return what came of it."""
    if "refused" in call:
        return {"ok": False, "kind": "arguments", "error": call["refused"][:_MAX_ERROR]}
    try:
        result = tools.call(call["name"], call["arguments"], call.get("request"))
    except _Refused as fault:
        return {"ok": False, "kind": fault.kind, "error": str(fault)[:_MAX_ERROR]}
    except ServerError as fault:
        return {"ok": False, "kind": fault.kind, "error": str(fault)[:_MAX_ERROR]}
    except BaseException as fault:  # noqa: BLE001 - a tool may raise anything, SystemExit too
        return {"ok": False, "kind": "tool_error", "error": _told(fault)}
    try:
        text = json_text(result)
        plain(json.loads(text))  # not nested too deep either
    except (NotJson, MemoryError, RecursionError) as fault:
        return {"ok": False, "kind": "result", "error": f"the result is no JSON: {_told(fault)}"}
    if len(text) > most:
        found = f"the result has {len(text)} characters, expected at most {most}"
        return {"ok": False, "kind": "result", "error": found}
    return {"ok": True, "result": json.loads(text)}


def _dialogue(settings: dict[str, Any], loaded: Any, request: dict[str, Any], pipe: _Pipe) -> None:
    """Run the calls of one dialogue in this process, which is its own."""
    alarm = settings["timeout_s"] + _GRACE_S
    most = settings["output_bytes"]
    for descriptor in (1, 2):
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
    signal.setitimer(signal.ITIMER_REAL, alarm)  # ends an orphan too
    random.seed(0)
    try:
        if settings["kind"] == "http":
            tools: Any = HttpTools(settings)
        else:
            tools = _ModuleTools(loaded[0], loaded[1], request["dialogue"])
    except BaseException as fault:  # noqa: BLE001 - a constructor may raise anything
        pipe.send({"begun": False, "error": _told(fault)})
        return
    pipe.send({"begun": True})
    _send_state(pipe, tools, 0, most)
    for index, call in enumerate(request["calls"]):
        signal.setitimer(signal.ITIMER_REAL, alarm)
        pipe.send({"call": index, **_answer(tools, call, most)})
        _send_state(pipe, tools, index + 1, most)
    pipe.send({"done": True})


def _ready(settings: dict[str, Any], pipe: _Pipe) -> Any:
    """Import the toolset and say so; return None where it cannot be."""
    if settings["kind"] == "http":
        pipe.send({"ready": True})
        return ()
    try:
        loaded = _load(settings)
    except BaseException as fault:  # noqa: BLE001 - a module may raise anything, SystemExit too
        path = str(Path(settings["path"]).resolve())
        pipe.send({"ready": False, "error": _told(fault), "line": _last_line(fault, path)})
        return None
    pipe.send({"ready": True})
    return loaded


def main() -> None:
    """Serve dialogues until the pipe of requests is closed."""
    requests, pipe = os.fdopen(int(sys.argv[1]), "rb"), _Pipe(int(sys.argv[2]))
    for descriptor in map(int, sys.argv[1:3]):
        os.set_inheritable(descriptor, False)
    settings = json.loads(requests.readline())
    _limit(settings["memory_bytes"])
    signal.setitimer(signal.ITIMER_REAL, settings["start_s"] + _GRACE_S)
    loaded = _ready(settings, pipe)
    signal.setitimer(signal.ITIMER_REAL, 0)
    while loaded is not None and (line := requests.readline()):
        child = os.fork()
        if child == 0:
            try:
                _dialogue(settings, loaded, json.loads(line), pipe)
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        pipe.send({"ended": os.waitstatus_to_exitcode(status)})
    os._exit(0)


if __name__ == "__main__":
    main()
