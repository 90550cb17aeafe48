"""Values of options that are plain, made without the library that typer makes them with.

Role: typer loads pydantic to turn the first text into a number or a path, which takes a tenth of a
second of every verb. A text, a whole number, a decimal or a path to something readable is made here
as typer makes it; all else, and every fault, stays typer's. Where typer has no such place, nothing
is changed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args, get_origin

_PLACE = "_runtime_param"  # where typer keeps what makes the values of a parameter, once it is made
_NOT_PLAIN = object()
_WHOLE, _DECIMAL = re.compile(r"[0-9]{1,9}"), re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
# What else a parameter may ask of its values, and what says that it does not.
_ASKED = {
    "parser": None, "click_type": None, "clamp": False, "exists": False, "file_okay": True,
    "dir_okay": True, "writable": False, "readable": True, "resolve_path": False,
    "allow_dash": False, "path_type": None,
}  # fmt: skip


def quicken(params: Iterable[Any]) -> None:
    """Let plain values of these parameters be made here."""
    for param in params:
        if getattr(param, _PLACE, param) is None and _is_known(param):
            setattr(param, _PLACE, _Quick())


def _is_known(param: Any) -> bool:
    descriptor = getattr(param, "type_descriptor", None)
    info = getattr(descriptor, "parameter_info", None)
    return info is not None and all(
        (getattr(info, name, wanted) or None) == (wanted or None) for name, wanted in _ASKED.items()
    )


class _Quick:
    """Stands where typer puts what makes the values of a parameter."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value as typer makes it; what is not plain is made by typer."""
        descriptor = param.type_descriptor
        found = _made(value, descriptor.annotation, param.multiple or param.nargs == -1)
        if found is _NOT_PLAIN or not _within(found, descriptor.parameter_info):
            setattr(param, _PLACE, None)
            found = param.get_runtime_param().coerce(value, param=param, ctx=ctx)
        return found


def _made(value: Any, kind: Any, several: bool) -> Any:
    if value is None:
        return () if several else None
    if not several:
        return _one(value, kind)
    if get_origin(kind) is not list or not isinstance(value, list | tuple):
        return _NOT_PLAIN
    found = [_one(one, get_args(kind)[0]) for one in value]
    return _NOT_PLAIN if any(one is _NOT_PLAIN for one in found) else found


def _one(value: Any, kind: Any) -> Any:
    if kind is str and type(value) is str:
        return value
    if kind is Path and (isinstance(value, Path) or (type(value) is str and value)):
        return _path(value)
    if kind in (int, float) and type(value) is kind:
        return value
    if kind is int and type(value) is str and _WHOLE.fullmatch(value):
        return int(value)
    if kind is float and type(value) is str and _DECIMAL.fullmatch(value):
        return float(value)
    return _NOT_PLAIN


def _path(value: str | Path) -> Any:
    try:
        os.stat(value)  # noqa: PTH116
    except OSError:
        return Path(value)
    except ValueError:
        return _NOT_PLAIN
    return Path(value) if os.access(value, os.R_OK) else _NOT_PLAIN


def _within(found: Any, info: Any) -> bool:
    if isinstance(found, bool) or not isinstance(found, int | float):
        return True
    return (info.min is None or found >= info.min) and (info.max is None or found <= info.max)
