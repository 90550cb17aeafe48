"""Why each row of a file is read as it is: `fctune prepare --explain`.

Input: a data file and how its rows are read. Output: for each format how many rows it took, a few
rows with the least of them that makes them of that format, and the rows that no format took, with
their keys and the nearest format. Nothing is written.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fctune.conversations.formats import FORMATS, RawFormat
from fctune.conversations.read import read_conversation
from fctune.conversations.registered import FormatChoice, format_of, known_formats
from fctune.dataset.least import least
from fctune.dataset.sources import Reading, raw_parts
from fctune.issues import Rejected, Severity, issue
from fctune.jsonl import shown
from fctune.jsonl.faults import json_kind
from fctune.patterns import regex

SAMPLES = 3
TOOL = "tool"
_MAX_KINDS = 20  # of rows that no format took
_KEYS = regex(r"`(\w+)`")
_INDEX = regex(r"\[\d+\]")
_NEAR = 0.34
_OPENAPI = {"openapi", "swagger"}
_TOOL_NAMES = {"name", "api_name", "function", "tool_name"}
_TOOL_BODIES = {"parameters", "inputschema", "input_schema", "input_parameters"}


@dataclass
class Taken:
    """The rows that one format took.

    Attributes:
        rows: how many.
        kept: how many of them can be used.
        codes: why the others cannot.
        unread: keys that no path of a user's own format reads, and how many rows have them.
    """

    rows: int = 0
    kept: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)


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
        unreadable_first: file and line of the first of each code, and what was found there.
        unknown: rows that no format took, by their keys.
        samples: a few rows, of as many formats as there are.
        signs: what makes a row one of a format, by its name.
    """

    file: str
    read: int = 0
    formats: dict[str, Taken] = field(default_factory=dict)
    unreadable: Counter[str] = field(default_factory=Counter)
    unreadable_first: dict[str, tuple[str, str]] = field(default_factory=dict)
    unknown: dict[tuple[str, ...], Unknown] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    signs: dict[str, str] = field(default_factory=dict)


def explain(path: Path, reading: Reading) -> Explained:
    """Read a file and say what was recognised, and why.

    Args:
        path: the file, or `-` for stdin.
        reading: how rows are read; a format that it names takes every row.

    Raises:
        InputFault: the file cannot be opened, or not be read to its end.
    """
    known = known_formats(reading.format)
    told = Explained(shown(path), signs={one.name: one.sign for one in (*known, *FORMATS)})
    firsts: dict[str, list[Sample]] = {}
    for row, part in raw_parts(path, reading.format):
        told.read += 1
        if row.issue is not None or not isinstance(part, Mapping):
            found = row.issue or issue("json-not-object", "", f"got {json_kind(part)}")
            told.unreadable[found.code] += 1
            told.unreadable_first.setdefault(found.code, (str(row.origin), found.message))
            continue
        chosen = format_of(part, reading.format)
        if chosen is None:
            _count_unknown(told, part, str(row.origin))
            continue
        taken = told.formats.setdefault(chosen.name, Taken())
        taken.rows += 1
        verdict = read_conversation(
            part,
            row.origin,
            tools=reading.tools,
            format=chosen,
            system=reading.system,
            mapping=reading.mapping,
        )
        unread = {one.where for one in verdict.issues if one.code == "format-part-unread"}
        taken.unread.update({_INDEX.sub("[*]", where) for where in unread})
        if isinstance(verdict, Rejected):
            errors = {one.code for one in verdict.issues if one.severity is Severity.ERROR}
            taken.codes.update(errors)
        else:
            taken.kept += 1
        samples = firsts.setdefault(chosen.name, [])
        if len(samples) < SAMPLES:
            samples.append(_sample(part, chosen, str(row.origin), reading.format))
    told.samples = list(_mixed(firsts))
    return told


def _mixed(firsts: Mapping[str, list[Sample]]) -> Iterator[Sample]:
    """Yield the first rows of each format, then the second ones, up to the number wanted."""
    every = firsts.values()
    rounds = (samples[at] for at in range(SAMPLES) for samples in every if at < len(samples))
    for _, sample in zip(range(SAMPLES), rounds, strict=False):
        yield sample


def _sample(part: Mapping[str, Any], chosen: RawFormat, where: str, choice: FormatChoice) -> Sample:
    forced = isinstance(choice, str | RawFormat)
    if forced and not chosen.detect(part):
        return Sample(where, chosen.name, None, ())
    known = known_formats(choice)
    before = () if forced else tuple(one.name for one in known[: known.index(chosen)])
    return Sample(where, chosen.name, least(dict(part), chosen.detect), before)


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
    if (keys & _TOOL_NAMES and keys & _TOOL_BODIES) or ("paths" in keys and keys & _OPENAPI):
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
