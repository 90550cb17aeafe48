# ruff: noqa
"""One class, alias or name of every kind that an annotation may use."""

import collections, datetime, decimal, enum, ipaddress, pathlib, typing, uuid
import typing as t
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import *
import annotated_types as at
import pydantic
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, conint, conlist, constr
from pydantic import EmailStr, HttpUrl, PositiveInt, SecretStr
from typing_extensions import Doc

T = TypeVar("T")
Bound = TypeVar("Bound", bound=int)
Id = NewType("Id", str)
Tree = dict[str, "Tree"]
Maybe = Optional[int]
MIN = 2


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"
    _order_ = "RED BLUE"


class Level(enum.IntEnum):
    LOW = enum.auto()
    HIGH = enum.auto()


class Kind(enum.StrEnum):
    ONE = enum.auto()


class Mixed(enum.Enum):
    """What it may be."""

    A = "a"
    B = 2


Size = enum.Enum("Size", ["S", "M"])


class Point(NamedTuple):
    lat: float
    lon: float = 0.0


class Movie(TypedDict, total=False):
    """A film."""

    title: Required[str]
    year: int


Book = TypedDict("Book", {"title": str, "pages": int})


@dataclass
class Base:
    a: int


@dataclass
class Part(Base):
    """A part.

    Attributes:
        b: how long
    """

    b: float = 1.5
    c: list[str] = field(default_factory=list)
    d: int = field(default=3)
    kind: ClassVar[str] = "x"


class Node(BaseModel):
    """A node."""

    value: int = Field(ge=0, examples=[1])
    next: "Node | None" = None


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(..., alias="fullName", title="Full name")
    size: Color = Color.RED
    _hidden: int = 0


class Page(BaseModel, Generic[T]):
    items: list[T]


@dataclass
class Quiet:
    a: int
    b: int = field(init=False, default=0)


class Plain:
    x: int
