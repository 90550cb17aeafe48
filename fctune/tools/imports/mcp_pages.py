"""The answers to `tools/list` as they come over the wire, before the SDK judges them.

Input: the SDK's stream of messages from a server. Output: the same stream with an empty list of
tools in each page, and the pages as they were: the SDK refuses a whole page for one careless tool,
while an import names that tool and takes the others.

Before: an answer {"tools": [{"name": "a", "inputSchema": {}}], "nextCursor": "x"}
After:  the SDK sees {"tools": [], "nextCursor": "x"}; `taken()` returns the answer
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fctune.patterns import regex

_ID = regex(r'"id"\s*:\s*(\d+)')
_UNREADABLE = -32700  # JSON-RPC: parse error


class Pages:
    """A stream of messages that keeps the pages of tools which pass through it."""

    def __init__(self) -> None:
        self._stream: Any = None
        self._pages: list[dict[str, Any]] = []

    @asynccontextmanager
    async def over(self, transport: Any) -> AsyncIterator[tuple[Any, Any]]:
        """Enter a transport of the SDK; yield its two streams, the incoming one being this."""
        async with transport as (incoming, outgoing):
            self._stream = incoming
            yield self, outgoing

    def taken(self) -> list[dict[str, Any]]:
        """Return the pages that came since the last call."""
        pages, self._pages = self._pages, []
        return pages

    async def receive(self) -> Any:
        """Return the next message, or the SDK's error about a line that is none."""
        return self._kept(await self._stream.receive())

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    def __aiter__(self) -> Pages:
        return self

    async def __anext__(self) -> Any:
        return self._kept(await self._stream.__anext__())

    async def __aenter__(self) -> Pages:
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *fault: Any) -> Any:
        return await self._stream.__aexit__(*fault)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _kept(self, item: Any) -> Any:
        """Keep the page that a message holds, and return the message without its tools."""
        if isinstance(item, Exception):
            item = _reread(item)
        message = getattr(item, "message", None)
        result = getattr(message, "result", None)
        if isinstance(result, dict) and isinstance(result.get("tools"), list):
            self._pages.append(dict(result))
            result["tools"] = []
            if not isinstance(result.get("nextCursor"), str):
                result.pop("nextCursor", None)
        return item


def _reread(fault: Exception) -> Any:
    """Return the message of a line that the SDK could not read, such as one nested deep.

    An answer that cannot be read at all becomes an error answer, so that nobody waits for it.
    """
    from mcp.shared.message import SessionMessage
    from mcp.types import ErrorData, JSONRPCError, JSONRPCResponse

    errors = getattr(fault, "errors", None)
    line = errors()[0].get("input") if callable(errors) and errors() else None
    if not isinstance(line, str) or '"jsonrpc"' not in line[:4096] or '"method"' in line[:256]:
        return fault
    try:
        value = json.loads(line)
        return SessionMessage(
            JSONRPCResponse(jsonrpc="2.0", id=value["id"], result=value["result"])
        )
    except (ValueError, RecursionError, KeyError, TypeError):
        found = _ID.search(line[:4096]) or _ID.search(line[-4096:])
    if found is None:
        return fault
    told = ErrorData(code=_UNREADABLE, message="JSON that is not readable, broken or too deep")
    return SessionMessage(JSONRPCError(jsonrpc="2.0", id=int(found.group(1)), error=told))
