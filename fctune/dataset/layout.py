"""A segment as it lies on disk: its files, the figures of a row, what is known without its rows.

Role: writer and readers of segments share it. See `fctune.dataset.segment`.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

HEADS, REJECTS, LISTS, META = "heads.bin", "rejects.jsonl", "lists.jsonl", "segment.json"
LIST_KEYS, KEY_BYTES = "lists.keys", 16
WORDINGS, VALUES, PREFIXES = "wordings.u64", "values.u64", "prefixes.u64"
SIGNATURES, MARKS = "signatures.bin", "marks.bin"
# What rows say, for the search for near duplicates; a size of 0 where it was not made yet.
BRIEFS, BRIEF_SIZES = "briefs.i64", "briefs.u4"
# One entry a row, in the order in which they are packed.
FIELDS: Mapping[str, str] = {
    "line": "u4", "ordinal": "u4", "part": "u2", "id": "u8", "tokens": "u4", "size": "u4",
    "head": "u4", "shape": "u4", "prompt": "u8", "answer": "u8", "frame": "u8", "wordings": "u2",
    "values": "u2", "trace": "u8", "prefixes": "u2", "marks": "u4",
}  # fmt: skip
LAYOUT = np.dtype([(name, f"<{kind}") for name, kind in FIELDS.items()])
PACK = struct.Struct("<IIHQIIIIQQQHHQHI")
# What stands before the text of the tools in a written row.
TOOLS_COLUMN = b',"tools":'


@dataclass(frozen=True, slots=True)
class Segment:
    """What is known of a closed segment without reading its rows.

    Attributes:
        folder: where its files lie.
        source: index of the raw file.
        read: raw rows read.
        rejected: raw rows rejected.
        rows: rows written; more than were read where windows were cut.
        rejects_by_code: rejected rows per code.
    """

    folder: Path
    source: int
    read: int
    rejected: int
    rows: int
    rejects_by_code: Mapping[str, int]

    def tables(self) -> tuple[list[list[Any]], list[int]]:
        """Return the fields of its distinct shapes, and for each tool list where its line ends.

        Read each time: a build has many segments, whose shapes are much the same. The `tools` of a
        shape counts within the segment.
        """
        value = orjson.loads((self.folder / META).read_bytes())
        return value["shapes"], value["list_ends"]


def load_segment(folder: Path) -> Segment:
    """Return a closed segment, as another process or machine wrote it."""
    value = orjson.loads((folder / META).read_bytes())
    return Segment(
        folder=folder,
        source=value["source"],
        read=value["read"],
        rejected=value["rejected"],
        rows=value["rows"],
        rejects_by_code=value["rejects_by_code"],
    )
