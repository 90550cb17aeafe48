"""Data files in and out: the only place that opens them.

Input: JSON Lines, a JSON array, a single JSON object, CSV, TSV, Parquet or YAML, plain, gzip or
zstd, UTF-8 with or without BOM, LF or CRLF; or stdin as `-`. Output: rows with the line on which
they start, whatever the layout, and a code where a row cannot be read. Writing is atomic.
"""

from __future__ import annotations

from fctune.jsonl.blocks import blocks, lines_of
from fctune.jsonl.bulk import without_collector
from fctune.jsonl.document import parse_document, parse_yaml, read_document
from fctune.jsonl.opened import STDIN, opened, shown
from fctune.jsonl.parse import MAX_DEPTH, RawRow, parse_text
from fctune.jsonl.read import (
    digest_of,
    layout_of,
    numbered,
    parse_line,
    read_json,
    read_rows,
    sha256_of,
)
from fctune.jsonl.text import decoded, read_bytes, read_text
from fctune.jsonl.write import dump_line, replacing, write_json, write_rows, write_text
from fctune.jsonl.yaml_text import dump_yaml

__all__ = [
    "MAX_DEPTH",
    "RawRow",
    "STDIN",
    "blocks",
    "decoded",
    "digest_of",
    "dump_line",
    "dump_yaml",
    "layout_of",
    "lines_of",
    "numbered",
    "opened",
    "parse_document",
    "parse_line",
    "parse_text",
    "parse_yaml",
    "read_bytes",
    "read_document",
    "read_json",
    "read_rows",
    "read_text",
    "replacing",
    "sha256_of",
    "shown",
    "without_collector",
    "write_json",
    "write_rows",
    "write_text",
]
