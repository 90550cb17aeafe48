"""Data files in and out: the only place that opens them.

Input: JSON Lines, a JSON array or a single JSON object, plain or gzip, UTF-8 with or without BOM,
LF or CRLF. Output: rows with the line on which they start, whatever the layout, and a code where a
row cannot be read. Writing is atomic.
"""

from __future__ import annotations

from fctune.jsonl.parse import MAX_DEPTH, RawRow, parse_text
from fctune.jsonl.read import read_json, read_rows, sha256_of
from fctune.jsonl.write import dump_line, replacing, write_json, write_rows, write_text

__all__ = [
    "MAX_DEPTH",
    "RawRow",
    "dump_line",
    "parse_text",
    "read_json",
    "read_rows",
    "replacing",
    "sha256_of",
    "write_json",
    "write_rows",
    "write_text",
]
