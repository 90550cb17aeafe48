# ruff: noqa: T201
"""MCP servers that misbehave, and one that pages, by hand: `python mcp_bad_server.py MODE`.

Modes: die (says why on stderr), hang, child (hangs, with a child that ignores SIGTERM), garbage
(prints a line and never answers), pages (five pages), endless (a cursor that comes back), malformed
(tools that are no list), none (no tools), refuse (an error answer to tools/list), sloppy (careless
tools among good ones), deep (a schema 300 levels deep between two good tools), bottomless (one
10000 levels deep), leak (repeats arguments and environment on stderr, and dies).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def listing(mode: str, cursor: str | None) -> dict[str, Any]:
    """Return the answer to tools/list."""
    number = int(cursor or 0)
    if mode == "none":
        return {"result": {"tools": []}}
    if mode == "refuse":
        return {"error": {"code": -32000, "message": "the shop is closed"}}
    if mode == "malformed":
        return {"result": {"tools": "five"}}
    if mode in ("sloppy", "deep"):
        return {"result": {"tools": careless(mode)}}
    tool: dict[str, Any] = {"name": f"tool_{number}", "description": "One."}
    tool["inputSchema"] = {"type": "object"}
    following = (number + 1) % 3 if mode == "endless" else number + 1
    more = mode == "endless" or (mode == "pages" and number < 4)
    return {"result": {"tools": [tool], **({"nextCursor": str(following)} if more else {})}}


def careless(mode: str) -> list[Any]:
    """Return good tools with careless ones among them."""
    good = {"description": "One.", "inputSchema": {"type": "object"}}
    if mode == "deep":
        deep: dict[str, Any] = {"type": "string"}
        for _ in range(300):
            deep = {"type": "array", "items": deep}
        nested = {"type": "object", "properties": {"a": deep}}
        bad: list[Any] = [{"name": "bad", "description": "Bad.", "inputSchema": nested}]
    else:
        bad = [{**good, "name": "empty", "inputSchema": {}}, {**good, "name": 5},
               {**good, "name": "text", "inputSchema": "x"}]  # fmt: skip
    return [{**good, "name": "a"}, {**good, "name": "b"}, *bad, {**good, "name": "c"}]


def serve(mode: str) -> None:
    """Answer requests on stdin until it closes."""
    for line in sys.stdin:
        request = json.loads(line)
        if "id" not in request:
            continue
        if request["method"] == "initialize":
            answer: dict[str, Any] = {
                "result": {
                    "protocolVersion": "2025-06-18",
                    "capabilities": {"tools": {}},
                    "serverInfo": {"name": "by hand", "version": "1"},
                }
            }
        elif request["method"] == "tools/list":
            answer = listing(mode, (request.get("params") or {}).get("cursor"))
        else:
            answer = {"error": {"code": -32601, "message": "Method not found"}}
        line = json.dumps({"jsonrpc": "2.0", "id": request["id"], **answer})
        if mode == "bottomless" and request["method"] == "tools/list":
            line = line.replace('{"type": "object"}', '{"items": ' * 10000 + "{}" + "}" * 10000)
        print(line, flush=True)


def main(mode: str) -> None:
    """Run one mode."""
    if mode == "die":
        print("no database at db.local", file=sys.stderr)
        sys.exit(3)
    if mode == "leak":
        print(*sys.argv, *(f"{key}={os.environ[key]}" for key in os.environ), file=sys.stderr)
        sys.exit(3)
    if mode == "child":
        subprocess.Popen([sys.executable, "-c", DEAF])
    if mode == "garbage":
        print("Welcome to the shop", flush=True)
        sys.stdin.read()
        return
    if mode in ("hang", "child"):
        time.sleep(600)
    serve(mode)


if __name__ == "__main__":
    main(sys.argv[1])
