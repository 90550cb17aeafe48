"""What a format file may say: a closed shape, checked by pydantic.

Input: the document of a file. Output: a FormatFile whose paths are lawful, or pydantic's errors,
which `fctune.conversations.own_format.load` tells with file and line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from fctune.conversations.own_format.paths import Path, parse_path

Speaker = Literal["user", "model", "call", "result", "system", "ignore"]
NAME = r"^[A-Za-z][A-Za-z0-9_-]{0,63}$"
_SENTENCE = frozenset("\n,;:!?，。；：！？、")


def _path(value: Any) -> Path:
    if isinstance(value, Path):
        return value
    if not isinstance(value, str):
        raise ValueError("expected a path as text")
    return parse_path(value)


def _scalar(value: Any) -> Any:
    if not isinstance(value, str | bool | int | float):
        raise ValueError("expected text, a number, true or false")
    return value


def _only_path(value: Any) -> Any:
    """Let a bare path stand for an object that has nothing but one."""
    return {"path": value} if isinstance(value, str) else value


def _only_text(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


def _one(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _system(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if _SENTENCE & set(value) or value.rstrip().endswith(".") or value.count(" ") > 2:
        raise ValueError(f"got a sentence, expected a path; write {{text: {value[:40]!r}}} for it")
    return {"path": value}


PathText: TypeAlias = Annotated[Path, BeforeValidator(_path)]
PathList: TypeAlias = Annotated[
    list[PathText], BeforeValidator(_one), Field(min_length=1, max_length=20)
]
Scalar: TypeAlias = Annotated[Any, BeforeValidator(_scalar)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Calls(_Closed):
    """Where calls stand; without `path` the turn itself is one."""

    path: PathText | None = None
    name: PathText | None = None
    arguments: PathText | None = None
    id: PathText | None = None
    result: PathText | None = None


class Result(_Closed):
    """Where the words of a result stand, and the id of the call that it answers."""

    text: PathText | None = None
    id: PathText | None = None


class System(_Closed):
    """Where the system text stands, or the text itself."""

    path: PathText | None = None
    text: str | None = None


class Pairs(_Closed):
    """Where question and answer stand, in rows or items that hold one exchange each."""

    user: PathText
    answer: PathText | None = None


class When(_Closed):
    """Which rows are of this format: what they must have, and what must be equal to what."""

    exists: Annotated[list[PathText], BeforeValidator(_one)] = []
    equals: Mapping[PathText, Scalar] = {}


class FormatFile(_Closed):
    """A format file."""

    name: Annotated[str, Field(pattern=NAME)] | None = None
    turns: PathText | None = None
    role: PathText | None = None
    roles: Mapping[str, Speaker] | None = None
    text: PathList | None = None
    thought: PathText | None = None
    calls: Annotated[Calls, BeforeValidator(_only_path)] | None = None
    result: Annotated[Result, BeforeValidator(_only_text)] | None = None
    pairs: Pairs | None = None
    system: Annotated[System, BeforeValidator(_system)] | None = None
    tools: PathText | None = None
    when: When | None = None
    expand: PathText | None = None
    ignore: PathList | None = None
