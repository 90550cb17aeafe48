"""Parquet to rows, a batch at a time; the line of a row is its number in the file, from 1.

Input: a path. Output: rows as JSON would hold them. A null in a column or struct is left out, as
Parquet cannot tell it from an absent key: without that, the arguments of each call would name every
parameter of every tool in the file.

Before: messages: [{"role": "user", "content": "Time?", "tool_calls": null}]
After:  {"messages": [{"role": "user", "content": "Time?"}]}
"""

from __future__ import annotations

import base64
import importlib
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fctune.errors import EnvironmentFault, InputFault
from fctune.issues import Origin
from fctune.jsonl.faults import file_fault
from fctune.jsonl.opened import opened_raw, shown
from fctune.jsonl.parse import RawRow, unreadable

PARQUET = b"PAR1"
_BATCH_ROWS = 256


def read_parquet(path: Path) -> Iterator[RawRow]:
    """Yield the rows of a Parquet file.

    Args:
        path: the file, or `-` for stdin.

    Raises:
        InputFault: it cannot be opened, or read to its end.
        EnvironmentFault: pyarrow, which comes with the [train] extra, is not installed.
    """
    where = shown(path)
    arrow, parquet = _pyarrow(where)
    number = 0
    try:
        with opened_raw(path) as stream, parquet.ParquetFile(stream) as file:
            _check_names(where, file.schema_arrow.names)
            for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                for value in batch.to_pylist():
                    number += 1
                    yield _row(Origin(where, number), value)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as fault:
        raise file_fault(where, fault) from fault
    except (arrow.ArrowException, OSError, ValueError, TypeError, OverflowError) as fault:
        raise InputFault(
            f"the Parquet file cannot be read from here on: {str(fault)[:300]}",
            where=f"{where}:{number + 1}",
            hint="write it again, or write one JSON object per row as .jsonl",
        ) from fault


def _pyarrow(where: str) -> tuple[Any, Any]:
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as fault:
        raise EnvironmentFault(
            "the file is Parquet, which needs pyarrow",
            where=where,
            hint="pip install 'fctune[parquet]'",
        ) from fault


def _check_names(where: str, names: list[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputFault(f"two columns have the name {twice!r}", where=where)


def _row(origin: Origin, value: dict[str, Any]) -> RawRow:
    try:
        return RawRow(origin, plain(value), "")
    except _NotANumber as fault:
        text = json.dumps(value, ensure_ascii=False, default=str)
        return unreadable(origin, text, "json-nan", f"got {fault}")


class _NotANumber(Exception):
    """NaN or Infinity was met."""


def plain(value: Any) -> Any:
    """Return a value of pyarrow as JSON has it: no nulls in objects, times and decimals as text.

    >>> plain({"role": "user", "tool_calls": None, "raw": b"ok"})
    {'role': 'user', 'raw': 'ok'}
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _NotANumber(str(value))
        return value
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return _plain_list(list(value))
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return base64.b64encode(value).decode("ascii")
    written = getattr(value, "isoformat", None)
    return written() if written is not None else str(value)


def _plain_list(items: list[Any]) -> Any:
    """Return a list; one of pairs with text keys, as pyarrow gives a map column, as an object."""
    pairs = [item for item in items if isinstance(item, tuple) and len(item) == 2]
    if items and len(pairs) == len(items) and all(isinstance(key, str) for key, _ in pairs):
        return {key: plain(one) for key, one in pairs if one is not None}
    return [plain(item) for item in items]
