"""Why each row of a file is read as it is: `fctune prepare --explain`.

Input: a data file and how its rows are read. Output: for each format how many rows it took, a few
rows with the least of them that makes them of that format, and the rows that no format took, with
their keys and the nearest format. Nothing is written.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fctune.conversations.formats import FORMATS, RawFormat
from fctune.conversations.read import read_conversation
from fctune.dataset.sources import Reading, raw_parts
from fctune.issues import Rejected, Severity
from fctune.jsonl import shown

SAMPLES = 3
TOOL = "tool"
_MAX_KINDS = 20  # of rows that no format took
_MAX_TRIALS = 1500  # a row is not worth more calls of `detect` than this
_KEYS = re.compile(r"`(\w+)`")
_NEAR = 0.34
# Text without spaces, such as Chinese, is cut into pieces of this length.
_WORD = re.compile(r"\S{1,40}\s*|\s+")
_TOOL_NAMES = {"name", "api_name", "function", "tool_name"}
_TOOL_BODIES = {"parameters", "inputschema", "input_schema", "input_parameters"}


@dataclass
class Taken:
    """The rows that one format took: how many, how many of them are kept, and why not."""

    rows: int = 0
    kept: int = 0
    codes: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Sample:
    """One row, and why it is of its format.

    Attributes:
        where: file and line.
        format: the name of the format that took it.
        decided: the least part of the row that still is of this format.
        tried: the formats asked before it, which said no.
    """

    where: str
    format: str
    decided: Any
    tried: tuple[str, ...]


@dataclass
class Unknown:
    """Rows of one set of keys that no format took, where the first one stands, and what is near.

    Attributes:
        keys: the keys of the rows; `...` for all kinds beyond the first twenty.
        where: file and line of the first one.
        nearest: the name of the nearest format, `tool` for a description of a tool, or empty.
        rows: how many there are.
    """

    keys: tuple[str, ...]
    where: str
    nearest: str
    rows: int = 0


@dataclass
class Explained:
    """What was recognised in one file.

    Attributes:
        file: its name, `stdin` for `-`.
        read: rows, each part of one that holds several counted.
        formats: the formats that took rows, by name.
        unreadable: rows that are no object, or could not be parsed, by code.
        unknown: rows that no format took, by their keys.
        samples: a few rows, of as many formats as there are.
    """

    file: str
    read: int = 0
    formats: dict[str, Taken] = field(default_factory=dict)
    unreadable: Counter[str] = field(default_factory=Counter)
    unknown: dict[tuple[str, ...], Unknown] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)


def explain(path: Path, reading: Reading) -> Explained:
    """Read a file and say what was recognised, and why.

    Args:
        path: the file, or `-` for stdin.
        reading: how rows are read; a format that it names takes every row.

    Raises:
        InputFault: the file cannot be opened, or not be read to its end.
    """
    told = Explained(shown(path))
    firsts: dict[str, list[Sample]] = {}
    for row, part in raw_parts(path, reading.format):
        told.read += 1
        if row.issue is not None or not isinstance(part, Mapping):
            told.unreadable[row.issue.code if row.issue is not None else "json-not-object"] += 1
            continue
        chosen = _chosen(part, reading.format)
        if chosen is None:
            _count_unknown(told, part, str(row.origin))
            continue
        taken = told.formats.setdefault(chosen.name, Taken())
        taken.rows += 1
        verdict = read_conversation(
            part,
            row.origin,
            tools=reading.tools,
            format=chosen.name,
            system=reading.system,
            mapping=reading.mapping,
        )
        if isinstance(verdict, Rejected):
            errors = {one.code for one in verdict.issues if one.severity is Severity.ERROR}
            taken.codes.update(errors)
        else:
            taken.kept += 1
        samples = firsts.setdefault(chosen.name, [])
        if len(samples) < SAMPLES:
            samples.append(_sample(part, chosen, str(row.origin), reading.format is not None))
    told.samples = list(_mixed(firsts))
    return told


def _chosen(part: Mapping[str, Any], format: str | None) -> RawFormat | None:
    if format is not None:
        return next((known for known in FORMATS if known.name == format), None)
    return next((known for known in FORMATS if known.detect(part)), None)


def _mixed(firsts: Mapping[str, list[Sample]]) -> Iterator[Sample]:
    """Yield the first rows of each format, then the second ones, up to the number wanted."""
    every = firsts.values()
    rounds = (samples[at] for at in range(SAMPLES) for samples in every if at < len(samples))
    for _, sample in zip(range(SAMPLES), rounds, strict=False):
        yield sample


def _sample(part: Mapping[str, Any], chosen: RawFormat, where: str, forced: bool) -> Sample:
    if forced and not chosen.detect(part):
        return Sample(where, chosen.name, None, ())
    before = FORMATS[: FORMATS.index(chosen)]
    decided = least(dict(part), chosen.detect)
    return Sample(where, chosen.name, decided, () if forced else tuple(f.name for f in before))


def _count_unknown(told: Explained, part: Mapping[str, Any], where: str) -> None:
    keys = tuple(sorted(str(key) for key in part))
    if keys not in told.unknown:
        if len(told.unknown) >= _MAX_KINDS:
            keys = ("...",)
        told.unknown.setdefault(keys, Unknown(keys, where, nearest(part)))
    told.unknown[keys].rows += 1


def nearest(row: Mapping[str, Any]) -> str:
    """Return the name of the format whose keys are most like those of a row.

    An empty text where none is, and `tool` where the row describes a tool and is no conversation.

    >>> nearest({"message": [{"role": "user", "content": "Time?"}]})
    'openai'
    """
    keys = {str(key).lower() for key in row} | set(_inner_keys(row))
    if keys & _TOOL_NAMES and keys & _TOOL_BODIES:
        return TOOL
    best, name = 0.0, ""
    for known in FORMATS:
        wanted = [key.lower() for key in _KEYS.findall(known.sign)]
        if not wanted or not keys:
            continue
        likeness = [max(_alike(key, other) for other in keys) for key in wanted]
        met = sum(likeness)
        # Keys that are there count for a format, and half as much against it those that lack.
        score = met - (len(wanted) - met) / 2
        if met / len(wanted) > _NEAR and score > best:
            best, name = score, known.name
    return name


def _alike(key: str, other: str) -> float:
    ratio = difflib.SequenceMatcher(None, key, other[:60]).ratio()
    return ratio if ratio >= 0.75 else 0.0


def _inner_keys(row: Mapping[str, Any]) -> Iterator[str]:
    for value in row.values():
        first = value[0] if isinstance(value, list) and value else None
        if isinstance(first, Mapping):
            yield from (str(key).lower() for key in first)


def least(row: dict[str, Any], holds: Callable[[Mapping[str, Any]], bool]) -> Any:
    """Return the least part of a row of which a condition still holds: what decides on it.

    Args:
        row: a row of which it holds; not changed.
        holds: the condition, such as the `detect` of a format.

    >>> least({"id": 1, "query": "Time?", "calling": [{"api": "now"}]},
    ...       lambda row: "query" in row and isinstance(row.get("calling"), list))
    {'query': '', 'calling': []}
    """
    trials = _Trials(row, holds)
    trials.shrink(row, lambda value: value)
    return trials.row


class _Trials:
    """Shrinks a row piece by piece, as long as the condition holds and trials are left."""

    def __init__(self, row: dict[str, Any], holds: Callable[[Mapping[str, Any]], bool]) -> None:
        self.row: Any = row
        self._holds, self._left = holds, _MAX_TRIALS

    def shrink(self, value: Any, within: Callable[[Any], Any]) -> Any:
        """Return the least form of a value; `within` puts it in its place in the row."""
        for smaller in _smaller(value):
            if self._try(within(smaller)):
                value = smaller
                break
        if isinstance(value, str):
            return self._shrink_text(value, within)
        if not isinstance(value, dict | list):
            return value
        for key in list(value) if isinstance(value, dict) else range(len(value) - 1, -1, -1):
            fewer = _without(value, key)
            if self._try(within(fewer)):
                value = fewer
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            inner = self._inside(value, key, within)
            value = _replaced(value, key, self.shrink(value[key], inner))
        return value

    def _inside(self, value: Any, key: Any, within: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda one: within(_replaced(value, key, one))

    def _shrink_text(self, text: str, within: Callable[[Any], Any]) -> str:
        """Drop words, many at a time and then one by one."""
        words = _WORD.findall(text)
        size = max(1, len(words) // 2) if words else 0
        while size:
            at, cut = 0, False
            while at < len(words):
                fewer = words[:at] + words[at + size :]
                if self._try(within("".join(fewer))):
                    words, cut = fewer, True
                else:
                    at += size
            size = size if cut and size == 1 and self._left > 0 else size // 2
        return "".join(words)

    def _try(self, row: Any) -> bool:
        if self._left <= 0:
            return False
        self._left -= 1
        if not self._holds(row):
            return False
        self.row = row
        return True


def _smaller(value: Any) -> list[Any]:
    """Return the empty form of a value, where it is not empty."""
    if isinstance(value, dict | list | str) and value:
        return [type(value)()]
    return []


def _without(value: Any, key: Any) -> Any:
    if isinstance(value, dict):
        return {other: one for other, one in value.items() if other != key}
    return value[:key] + value[key + 1 :]


def _replaced(value: Any, key: Any, one: Any) -> Any:
    if isinstance(value, dict):
        return {**value, key: one}
    return [*value[:key], one, *value[key + 1 :]]
