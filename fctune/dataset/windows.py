"""Windows: some rows of a segment that are looked at together, as far as they are asked for.

Input: a segment, and where the rows begin in it. Output: parts of its columns, and what audits
found in its rows, each read from disk when it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fctune.dataset.columns import I64, U32
from fctune.dataset.layout import FIELDS, MARKS, Segment
from fctune.dataset.row_bytes import read_into


@dataclass(frozen=True, slots=True)
class Window:
    """Some rows that follow one another in one segment.

    Attributes:
        segment: the segment.
        shapes: the number of each of its shapes over all segments.
        home: the number of the segment's first row.
        begin: the place of the first row of the window within the segment.
        count: how many rows there are.
        marks_from: where the marks of the first row begin.
    """

    segment: Segment
    shapes: U32
    home: int
    begin: int
    count: int
    marks_from: int

    @property
    def first(self) -> int:
        """The number of the first row."""
        return self.home + self.begin

    def column(self, name: str) -> NDArray[Any]:
        """Return the part of a stored column; of `shape` the numbers over all segments."""
        kind = FIELDS[name]
        found = np.empty(self.count, dtype=f"<{kind}")
        read_into(self.segment.folder / f"{name}.{kind}", found, skip=self.begin)
        return self.shapes[found] if name == "shape" else found

    def marks(self) -> tuple[bytes, I64]:
        """Return what audits found in these rows, and where that of each row ends."""
        ends = np.zeros(self.count + 1, dtype=np.int64)
        np.cumsum(self.column("marks"), out=ends[1:])
        found = np.empty(int(ends[-1]), dtype=np.uint8)
        read_into(self.segment.folder / MARKS, found, skip=self.marks_from)
        return found.tobytes(), ends
