"""The tools of `ecommerce.yaml` as code: a small shop in memory, for `--toolset`.

Each dialogue has a shop of its own. Orders, products and members are made up from their numbers, so
that every number of the right form exists and always has the same data; `state()` tells what a
dialogue has changed. Write yours the same way: one method for each tool, and `state()`.

    fctune score predictions.jsonl --toolset module:data/tools/ecommerce_toolset.py --out scored
"""

from __future__ import annotations

import re
import zlib
from typing import Any

ITEMS = ("violin", "kettle", "lamp", "blanket", "guitar", "scarf", "drum", "camera", "glove")
CITIES = ("Oslo", "Cairo", "Turin", "Lima", "Rome", "Sydney", "Leeds", "Berlin")
REASONS = ("damaged", "wrong_item", "late", "unwanted")


class Toolset:
    """One shop, for one dialogue."""

    def __init__(self) -> None:
        self._orders: dict[str, dict[str, Any]] = {}
        self._tickets: list[dict[str, Any]] = []

    def state(self) -> dict[str, Any]:
        """Return what has changed: the orders touched, and the tickets written."""
        return {"orders": self._orders, "tickets": self._tickets}

    # what only looks ---------------------------------------------------------------------------

    def query_order(self, order_id: str) -> dict[str, Any]:
        """Show the details of an order."""
        number = _number(order_id, "order", r"SO\d{5}")
        return {"order_id": order_id, "item": ITEMS[number % len(ITEMS)], **self._price(order_id)}

    def check_logistics(self, order_id: str) -> dict[str, Any]:
        """Track the parcel of an order."""
        number = _number(order_id, "order", r"SO\d{5}")
        if self._orders.get(order_id, {}).get("cancelled"):
            return {"order_id": order_id, "state": "cancelled"}
        state = ("ready", "on the way", "delivered")[number % 3]
        return {"order_id": order_id, "state": state, "at": CITIES[number % len(CITIES)]}

    def search_product(self, keyword: str, max_price: int | None = None) -> dict[str, Any]:
        """Find products by keyword."""
        number = zlib.crc32(keyword.strip().casefold().encode())
        price = 5 + number % 900
        if max_price is not None and price > max_price:
            price = 1 + number % max_price
        return {
            "sku": f"P{number % 10000:04d}",
            "keyword": keyword.strip().casefold(),
            "price": price,
        }

    def check_stock(self, sku: str, size: str | None = None) -> dict[str, Any]:
        """Tell how many of a product are left."""
        number = _number(sku, "product", r"P\d{4}")
        wanted = {"size": size} if size else {}
        return {"sku": sku, **wanted, "left": (number + len(size or "")) % 100}

    def query_points(self, member_id: str) -> dict[str, Any]:
        """Show the points of a member."""
        return {"member_id": member_id, "points": _number(member_id, "member", r"M\d{5}") % 10000}

    # what changes something --------------------------------------------------------------------

    def apply_refund(self, order_id: str, reason: str) -> dict[str, Any]:
        """Ask for a refund of an order."""
        if reason not in REASONS:
            raise ValueError(f"got reason {reason!r}, expected one of {', '.join(REASONS)}")
        order = self._order(order_id)
        if order.get("refund"):
            raise ValueError(f"order {order_id} has a refund already")
        order["refund"] = reason
        return {"order_id": order_id, "refund": "in progress"}

    def cancel_order(self, order_id: str) -> dict[str, Any]:
        """Cancel an order."""
        self._order(order_id)["cancelled"] = True
        return {"order_id": order_id, "done": "cancelled"}

    def change_address(self, order_id: str, city: str, street: str | None = None) -> dict[str, Any]:
        """Change where an order goes."""
        self._order(order_id)["address"] = {"city": city, "street": street}
        return {"order_id": order_id, "city": city}

    def apply_coupon(self, order_id: str, code: str) -> dict[str, Any]:
        """Use a coupon on an order."""
        order = self._order(order_id)
        order.setdefault("coupons", [])
        if code not in order["coupons"]:
            order["coupons"].append(code)
        return {"order_id": order_id, **self._price(order_id)}

    def request_invoice(self, order_id: str, title: str) -> dict[str, Any]:
        """Make an invoice for an order."""
        self._order(order_id)["invoice"] = title
        return {"invoice": f"INV{zlib.crc32(f'{order_id}{title}'.encode()) % 10000:04d}"}

    def submit_complaint(self, topic: str, order_id: str | None = None) -> dict[str, Any]:
        """File a complaint."""
        return self._ticket({"complaint": topic, "order_id": order_id})

    def transfer_to_human(self, department: str, order_id: str | None = None) -> dict[str, Any]:
        """Hand over to a person."""
        return self._ticket({"department": department, "order_id": order_id})

    # inside --------------------------------------------------------------------------------------

    def _order(self, order_id: str) -> dict[str, Any]:
        _number(order_id, "order", r"SO\d{5}")
        return self._orders.setdefault(order_id, {})

    def _price(self, order_id: str) -> dict[str, Any]:
        used = self._orders.get(order_id, {}).get("coupons", [])
        return {"price": max(1, 20 + _number(order_id, "order", r"SO\d{5}") % 900 - 10 * len(used))}

    def _ticket(self, ticket: dict[str, Any]) -> dict[str, Any]:
        self._tickets.append(ticket)
        return {"ticket": f"T{len(self._tickets):04d}"}


def _number(text: str, what: str, form: str) -> int:
    """Return the number behind an order, a product or a member; refuse other forms."""
    if not re.fullmatch(form, text):
        raise ValueError(f"there is no {what} {text!r}")
    return int(re.sub(r"\D", "", text))
