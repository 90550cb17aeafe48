# ruff: noqa
"""A shop, as someone would write it for their agent: one function per kind of annotation."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Dict,
    List,
    Literal,
    NamedTuple,
    NewType,
    NotRequired,
    Optional,
    Set,
    Tuple,
    TypedDict,
    Union,
)

from annotated_types import Ge, Len
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import Doc

PAGE_SIZE = 5 * 4
OrderId = NewType("OrderId", str)
Percent = Annotated[int, Field(ge=0, le=100, description="In percent.")]
Sort = Literal["price", "name"]


class Unit(str, Enum):
    """A unit of temperature."""

    CELSIUS = "c"
    FAHRENHEIT = "f"


class Priority(IntEnum):
    LOW = 1
    HIGH = 2


class Point(NamedTuple):
    lat: float
    lon: float


class Filter(TypedDict):
    """What to look for.

    Attributes:
        text: words in the title
    """

    text: str
    limit: NotRequired[int]


@dataclass
class Address:
    """Where a parcel goes."""

    street: str
    city: str
    """The city, in English."""
    zip_code: Optional[str] = None
    tags: List[str] = field(default_factory=list)


class Person(BaseModel):
    """Someone who orders.

    Attributes:
        name: full name
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    age: int = Field(18, ge=0, lt=150, description="In years.")


class Order(Person):
    items: Annotated[list[Item], Field(min_length=1)]
    ship_to: Address | None = None
    note: str = Field(default="", alias="remark", max_length=200)


class Item(BaseModel):
    sku: str = Field(pattern=r"^[A-Z]{3}-\d+$")
    count: int = 1
    parts: list["Item"] = []


def get_weather(city: str, unit: Unit = Unit.CELSIUS, days: Percent = 3) -> Dict[str, Any]:
    """Get the weather forecast
    for a city.

    Use it for any question about weather.

    Args:
        city: Name of the city,
            in English.
        unit (Unit): Celsius or Fahrenheit.
        days: How many days.

    Returns:
        The forecast, day by day.

    Raises:
        ValueError: for an unknown city.

    Example:
        >>> get_weather("Oslo")
        {'t': 7}
    """
    return {}


async def search_products(
    query: Annotated[str, "Words to look for."],
    sort: Sort = "price",
    max_price: Annotated[float | None, Ge(0)] = None,
    filters: Filter | None = None,
    page_size: Annotated[int, Doc("Results on a page.")] = PAGE_SIZE,
    labels: Annotated[Set[str], Len(1, 3)] = frozenset(),
) -> list[str]:
    """
    Search products.

    Parameters
    ----------
    query : str
        ignored, the annotation tells it
    sort : {'price', 'name'}
        the order

    Returns
    -------
    list of str
        names
    """
    return []


def 查询物流(订单号: OrderId, 语言: Literal["zh", "en"] = "zh") -> str:
    """查询订单的物流状态，
    并返回最新位置。

    参数：
        订单号：订单编号，例如 ORD-1
        语言（str）：返回结果的语言

    返回：
        物流状态
    """
    return ""


def place_order(
    order: Order, priority: Priority = Priority.LOW, *, dry_run: bool = False
) -> uuid.UUID:
    """Place an order.

    :param order: what to order
    :param priority: how soon
    :returns: the id of the order
    """
    return uuid.uuid4()


def shapes(
    a: Tuple[int, str],
    b: tuple[int, ...],
    c: Sequence[Mapping[str, int]],
    d: Union[int, str, None],
    e: Point,
    f: dt.datetime,
    g: dt.date | None,
    h: uuid.UUID,
    i: Path = Path("."),
    j: Decimal = Decimal("0.1"),
    k: Any = None,
    m: Iterable[bytes] = (),
    n: Literal["a", 1, None] = "a",
    o: Literal["only"] = "only",
    p: dict = {},
    q: "Optional[Address]" = None,
    r: int = None,
    s=None,
    t: dict[Unit, list[int]] = {},
    u: bool | Literal["auto"] = "auto",
    v: str | Path = "",
) -> None:
    """Every other shape."""


def _private(x: int) -> int:
    """No tool."""
    return x


def main() -> None:
    """No tool either."""


class Cart:
    """Not a tool, but its methods can be named."""

    def add(self, sku: str, count: int = 1) -> None:
        """Put something into the cart.

        Args:
            sku: article number
        """

    @staticmethod
    def total(skus: list[str]) -> float:
        """Sum up."""
        return 0.0

    @classmethod
    def load(cls, path: str) -> Cart:
        """Load a cart."""
        return cls()


if __name__ == "__main__":
    main()
