# ruff: noqa: T201, N803
"""A real MCP server for the tests, with the official SDK: `python mcp_server.py TRANSPORT [PORT]`.

On stdio it first prints a line that is no message, as careless servers do; the last tool is named
after a variable of the environment.
"""

from __future__ import annotations

import os
import sys
from enum import Enum
from typing import Annotated

from mcp.server.mcpserver import MCPServer
from pydantic import BaseModel, Field

server = MCPServer("shop")


class Unit(Enum):
    CELSIUS = "c"
    FAHRENHEIT = "f"


class Address(BaseModel):
    street: str
    city: str = Field(description="City name.")


class Weather(BaseModel):
    degrees: float


@server.tool()
def get_weather(
    city: Annotated[str, Field(description="Name of the city.")], unit: Unit | None = None
) -> Weather:
    """Get the weather of a city."""
    return Weather(degrees=7.0)


@server.tool(name="orders.ship", title="Ship an order")
def ship(order_id: str, address: Address, express: bool = False) -> str:
    return "shipped"


@server.tool(name="查询物流")
def track(订单号: Annotated[str, Field(description="订单编号")]) -> str:
    """查询订单的物流状态。"""
    return ""


@server.tool(name=os.environ.get("SHOP_TOOL", "unset"))
def ping() -> None:
    """Say that the shop is open."""


def main(transport: str, port: int) -> None:
    """Serve."""
    if transport == "http":
        server.run("streamable-http", host="127.0.0.1", port=port)
    elif transport == "sse":
        server.run("sse", host="127.0.0.1", port=port, sse_path="/events")
    else:
        print("Welcome to the shop", flush=True)
        server.run("stdio")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
