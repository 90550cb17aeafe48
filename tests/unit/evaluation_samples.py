"""Cases and predictions for the tests of fctune.evaluation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.decode import decode_qwen
from fctune.evaluation.predict import Prediction
from fctune.issues import Origin
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall

TOOLS: list[dict[str, Any]] = [
    {
        "name": "order",
        "description": "Order something.",
        "parameters": {
            "type": "object",
            "properties": {
                "item": {"type": "string", "description": "what"},
                "count": {"type": "integer", "description": "how many"},
                "price": {"type": "number", "description": "at most"},
                "size": {"type": "string", "enum": ["S", "M", "L"], "description": "size"},
                "gift": {"type": "boolean", "description": "wrapped"},
                "tags": {
                    "type": "array",
                    "items": {"type": "number"},
                    "description": "numbers",
                },
            },
            "required": ["item"],
        },
    },
    {
        "name": "track",
        "description": "Track an order.",
        "parameters": {
            "type": "object",
            "properties": {"id": {"type": "string", "description": "which"}},
            "required": ["id"],
        },
    },
]
CATALOG = parse_catalog(TOOLS)[0]


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(name, arguments)


def qwen(*calls: ToolCall) -> str:
    return "\n".join(
        f"<tool_call>\n{json.dumps(one.as_dict(), ensure_ascii=False)}\n</tool_call>"
        for one in calls
    )


def case(*gold: ToolCall, id: str = "a#1", text: str = "") -> EvalCase:
    return EvalCase(
        id=id,
        group=id.split("#")[0],
        lesson="call" if gold else "no_call",
        origin=Origin("test.jsonl", 1),
        system="You help.",
        tools=CATALOG.json,
        messages=({"role": "user", "content": "please"},),
        calls=gold,
        text=text,
        catalog=CATALOG,
    )


def said(text: str, id: str = "a#1", **fields: Any) -> Prediction:
    return Prediction(id, text, decode_qwen(text), **fields)


def sharegpt_row(order: str, *, tools: bool = True) -> dict[str, Any]:
    """A row as `fctune prepare` writes it: call, result, answer, thanks, answer."""
    track = {"name": "track", "arguments": {"id": order}}
    return {
        "conversations": [
            {"from": "human", "value": f"Where is {order}?"},
            {"from": "function_call", "value": json.dumps(track)},
            {"from": "observation", "value": '{"at": "Oslo"}'},
            {"from": "gpt", "value": "It is in Oslo."},
            {"from": "human", "value": f"Thanks for {order}."},
            {"from": "gpt", "value": "You are welcome."},
        ],
        "system": "You help.",
        "tools": CATALOG.json if tools else "",
    }


def write_split(path: Path, orders: list[str]) -> Path:
    rows = [json.dumps(sharegpt_row(order)) for order in orders]
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path
