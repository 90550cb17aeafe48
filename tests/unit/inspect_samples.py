"""A small dataset as `fctune prepare` writes it, made by hand: every file of the contract.

It holds what a page and a terminal must survive: Chinese, hostile texts, parallel calls, a repaired
row with its raw row, rejected rows, a row without an origin file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from blake3 import blake3

from fctune.dataset.manifest import SCHEMA_VERSION
from fctune.dataset.registry import register

HOSTILE = '</script><script>document.title="owned"</script><img src=x onerror="document.title=1">'
TURNED = "pay \u202e001\u202c now\u200b"
LOOK = {
    "name": "look",
    "description": "Look up a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
TRACK = {
    "name": "查询物流",
    "description": "查询订单的物流",
    "parameters": {"type": "object", "properties": {"单号": {"type": "string"}}},
}


def said(*turns: tuple[str, str], tools: list[Any] | None = None) -> dict[str, Any]:
    """Return a written row; turns alternate between roles as the tags say."""
    return {
        "conversations": [{"from": tag, "value": value} for tag, value in turns],
        "system": "You help.",
        "tools": json.dumps(tools, ensure_ascii=False) if tools else "",
    }


def called(name: str, **arguments: Any) -> str:
    """Return the value of a turn that calls."""
    return json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)


PARALLEL = json.dumps([json.loads(called("look", city=c)) for c in ("Oslo", "Rome")])
# row, line of the raw file, lesson, codes
TRAIN: list[tuple[dict[str, Any], int, str, list[str]]] = [
    (
        said(
            ("human", "How is Oslo?"),
            ("function_call", called("look", city="Oslo")),
            ("observation", '{"t": 7}'),
            ("gpt", "7 degrees in Oslo."),
            tools=[LOOK],
        ),
        1,
        "call",
        ["call-arguments-decoded"],
    ),
    (said(("human", "Hello there"), ("gpt", "Hello!")), 2, "general", []),
    (
        said(
            ("human", "我的快递 SF-100 到哪了？"),
            ("function_call", called("查询物流", 单号="SF-100")),
            ("observation", '{"状态": "运输中"}'),
            ("gpt", "您的快递正在运输中。"),
            tools=[TRACK],
        ),
        3,
        "call",
        [],
    ),
    (
        said(
            ("human", "Oslo and Rome?"),
            ("function_call", f"One moment.\n<tool_call>{PARALLEL}</tool_call>"),
            ("observation", "seven\n</tool_response>\n<tool_response>\neight"),
            ("gpt", "7 and 8."),
            tools=[LOOK, TRACK],
        ),
        4,
        "parallel",
        ["argument-ungrounded"],
    ),
    (
        said(
            ("human", f"Hostile {HOSTILE} {TURNED}"),
            ("function_call", called("look", city=HOSTILE)),
            ("observation", HOSTILE),
            ("gpt", f"Nothing {TURNED}"),
            tools=[{**LOOK, "description": HOSTILE}],
        ),
        5,
        "call",
        ["system-default"],
    ),
    (said(("human", "Which city?"), ("gpt", "Which one?")), 900, "general", []),
]
RAW: list[Any] = [
    {
        "messages": [
            {"role": "user", "content": "How is Oslo?"},
            {"role": "assistant", "tool_calls": [{"function": {
                "name": "look", "arguments": '"{\\"city\\": \\"Oslo\\"}"'}}]},
            {"role": "tool", "content": '{"t": 7}'},
            {"role": "assistant", "content": "7 degrees in Oslo."},
        ],
        "note": "only in the raw row",
    },
    {"messages": [{"role": "user", "content": "Hello there"}]},
    {"id": 12345678901234567890123, "text": "我的快递"},
    {},
    {"text": f"{HOSTILE} {TURNED}"},
]  # fmt: skip
AUDIT: dict[str, Any] = {
    "near_duplicates": {"clusters": 1, "rows": 2, "examples": [{"rows": 2, "origin": "raw/a:1"}]},
    "contradictions": {"prompts": 0, "rows": 0},
    "leakage": {"test": {"values": {"of": 2, "in_train": 1, "share": 0.5}}},
    "frames": {HOSTILE: TURNED},
}


def make_dataset(folder: Path, *, sidecar: bool = True, audit: bool = True) -> Path:
    """Write raw/a.jsonl and data/shop_*; return the folder `data`."""
    raw, data = folder / "raw" / "a.jsonl", folder / "data"
    raw.parent.mkdir(parents=True, exist_ok=True)
    data.mkdir(exist_ok=True)
    _write(raw, RAW)
    splits = {"train": TRAIN, "dev": TRAIN[1:2], "test": TRAIN[2:3]}
    files: dict[str, Any] = {}
    for split, rows in splits.items():
        path = data / f"shop_{split}.jsonl"
        _write(path, [row for row, *_ in rows])
        files[f"shop_{split}"] = {"file": path.name, "rows": len(rows), "digest": _digest(path)}
    if sidecar:
        _write(
            data / "shop.rows.jsonl",
            [
                {"split": split, "row": number, "origin": f"{raw}:{line}", "part": 0,
                 "id": f"{number:016x}", "lesson": lesson, "codes": codes, "tokens": 40 + number}
                for split, rows in splits.items()
                for number, (_, line, lesson, codes) in enumerate(rows, start=1)
            ],
        )  # fmt: skip
    rejects = [_reject(raw, 7, "call-enum"), _reject(raw, 8, "call-type")]
    _write(data / "shop.rejects.jsonl", rejects)
    manifest = _manifest(raw, splits, files) | ({"audit": AUDIT} if audit else {})
    (data / "shop.manifest.json").write_text(json.dumps(manifest, ensure_ascii=False))
    register(data, {name: one["file"] for name, one in files.items()})
    return data


def _reject(raw: Path, line: int, code: str) -> dict[str, Any]:
    issue = {"code": code, "severity": "error", "where": "turns[1]", "hint": "Mend it.",
             "message": f"got {HOSTILE}"}  # fmt: skip
    return {"origin": f"{raw}:{line}", "codes": [code], "issues": [issue], "row": {"text": HOSTILE}}


def _manifest(raw: Path, splits: dict[str, Any], files: dict[str, Any]) -> dict[str, Any]:
    counts = {split: len(rows) for split, rows in splits.items()}
    lessons: dict[str, dict[str, int]] = {split: {} for split in splits}
    for split, rows in splits.items():
        for _, _, lesson, _ in rows:
            lessons[split][lesson] = lessons[split].get(lesson, 0) + 1
    source = {"file": str(raw), "digest": _digest(raw), "read": 12, "kept": 8, "rejected": 2,
              "deduplicated": 2}  # fmt: skip
    return {
        "schema_version": SCHEMA_VERSION, "name": "shop", "fctune_version": "0.1.0",
        "read": 12, "kept": 8, "rejected": 2, "deduplicated": 2, "repaired": 2,
        "rows_added_by_windows": 0, "splits": counts, "lessons": lessons,
        "rejects_by_code": {"call-enum": 1, "call-type": 1},
        "repairs_by_code": {"call-arguments-decoded": 1, "system-default": 1},
        "warnings_by_code": {"argument-ungrounded": 1, "duplicate": 2},
        "mix": {"asked": 1.0, "reached": 1.0}, "lengths": {"p50": 43, "cutoff_len": 2048},
        "largest_group": 2, "tools": {"look": 4, "查询物流": 2, HOSTILE: 1},
        "catalog": {"fingerprint": "ab" * 32, "lists": 3, "tools": {"look": [], "查询物流": []}},
        "settings": {"template": "qwen", "format": "auto", "seed": 42, "cutoff_len": 2048,
                     "strict": True, "tools_fingerprint": "cd" * 32},
        "sources": [source], "files": files, "mapped_calls": 0,
    }  # fmt: skip


def _write(path: Path, rows: list[Any]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")


def _digest(path: Path) -> str:
    return f"blake3:{blake3(path.read_bytes()).hexdigest()}"
