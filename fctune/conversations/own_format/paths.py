r"""Paths into a raw row: `turns`, `meta.shop["zip.code"]`, `parts[*].text`, `messages[0]`.

Input: a path as text, and a value. Output: what the path leads to, each with its real place. Text
that holds JSON is read where a path goes on into it, as exports put JSON into cells and strings.

Before: path `log.turns[*].say`, {"log": "{\"turns\": [{\"say\": \"Hi\"}, {\"say\": \"Ho\"}]}"}
After:  ("log.turns[0].say", "Hi"), ("log.turns[1].say", "Ho")
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fctune.conversations.literals import NotLiteral, read_value
from fctune.patterns import regex

EVERY = None
"""The step `[*]`."""
Step = str | int | None

MAX_STEPS = 20
_STEP = regex(
    r"""(?P<dot>\.?)(?:
        \[(?P<index>\d{1,6})\] | (?P<every>\[\*\])
        | \["(?P<double>[^"\\]+)"\] | \['(?P<single>[^'\\]+)'\]
        | (?P<name>[^.\[\]"'*]+)
    )""",
    re.VERBOSE,
)
_PLAIN = regex(r"[^\W\d][\w-]*")


@dataclass(frozen=True)
class Path:
    """A path.

    Attributes:
        text: as written.
        steps: keys, indexes, and EVERY for `[*]`; none for `.`, the value itself.
    """

    text: str
    steps: tuple[Step, ...]

    @cached_property
    def several(self) -> bool:
        """True where the path may lead to several places."""
        return EVERY in self.steps


@dataclass(frozen=True, slots=True)
class Found:
    """One value that a path leads to, and its place in the row."""

    where: str
    value: Any


def parse_path(text: str) -> Path:
    """Read a path.

    Raises:
        ValueError: the text is no path; the message says what to write.

    >>> parse_path('log["a.b"][0].turns[*]').steps
    ('log', 'a.b', 0, 'turns', None)
    """
    if text == ".":
        return Path(text, ())
    steps: list[Step] = []
    at = 0
    while at < len(text):
        match = _STEP.match(text, at)
        # The first step has no dot, a name behind another step has one, and brackets have none.
        if match is None or bool(match["dot"]) != (bool(steps) and match["name"] is not None):
            raise ValueError(f"got {_short(text)}, expected a path such as log.turns[0].text")
        steps.append(_step(match))
        at = match.end()
    if not steps or len(steps) > MAX_STEPS:
        raise ValueError(f"got {_short(text)}, expected a path of 1 to {MAX_STEPS} steps")
    return Path(text, tuple(steps))


def _step(match: re.Match[str]) -> Step:
    if match["every"]:
        return EVERY
    if match["index"]:
        return int(match["index"])
    return match["double"] or match["single"] or match["name"]


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def join(where: str, step: str | int) -> str:
    """Return the place of what a step leads to.

    >>> join(join("log", 0), "a.b"), join("", "订单")
    ('log[0]["a.b"]', '订单')
    """
    if isinstance(step, int):
        return f"{where}[{step}]"
    if not _PLAIN.fullmatch(step):
        return f'{where}["{step[:60]}"]'
    return f"{where}.{step}" if where else step


class Decoder:
    """Reads JSON within text once a row, however many paths lead into it."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def __call__(self, value: Any) -> Any:
        """Return the list or object that a text holds; any other value as it is."""
        if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
            return value
        if value not in self._values:
            try:
                self._values[value] = read_value(value)
            except (NotLiteral, ValueError, RecursionError):
                self._values[value] = value
        return self._values[value]


def find(path: Path, value: Any, where: str, decode: Decoder) -> list[Found]:
    """Return what a path leads to, in order; null and what is not there are nothing.

    Args:
        path: the path.
        value: where it starts.
        where: the place of that value.
        decode: reads JSON within text.
    """
    return [found for found in _walk(path.steps, value, where, decode) if found.value is not None]


def _walk(steps: tuple[Step, ...], value: Any, where: str, decode: Decoder) -> Iterator[Found]:
    for at, step in enumerate(steps):
        value = decode(value)
        if step is EVERY:
            for index, item in enumerate(value if isinstance(value, list) else ()):
                yield from _walk(steps[at + 1 :], item, join(where, index), decode)
            return
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return
        elif not isinstance(value, Mapping) or step not in value:
            return
        value = value[step]
        where = join(where, step)
    yield Found(where, value)


def first(path: Path | None, value: Any, where: str, decode: Decoder) -> Found | None:
    """Return the first that a path leads to, or None."""
    found = find(path, value, where, decode) if path is not None else []
    return found[0] if found else None
