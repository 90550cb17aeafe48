"""Rows put together by the compiled part: the same bytes as Python joins, or none."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from fctune.dataset import output
from fctune.dataset.output import Output, Rooms
from fctune.jsonl import digest_of
from fctune.native import library as native
from fctune.native.gather import ENDING, WAITING, Gatherer, Stage

pytestmark = pytest.mark.skipif(native.library() is None, reason="the library was not built")
ENDINGS = [b',"tools":"[1]"}\n', b"}\n", b',"tools":"' + b"a" * 900 + b'"}\n', b',"tools":""}\n']


class Made:
    """Rows in two segments, whose files lie in a folder."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        sizes = [chance.choice([0, 1, 700, 2_000, 9_000]) for _ in range(300)]
        self.heads = [chance.randbytes(size) for size in sizes]
        self.lists = [chance.randrange(-1, len(ENDINGS) - 1) for _ in sizes]
        self.files = []
        for number, heads in enumerate((self.heads[:200], self.heads[200:])):
            (folder / str(number)).write_bytes(b"".join(heads))
            self.files.append(os.open(folder / str(number), os.O_RDONLY))
        places = np.zeros(len(ENDINGS), dtype=ENDING)
        places["size"] = [*map(len, ENDINGS)]
        places["start"] = np.cumsum(places["size"]) - places["size"]
        self.stage = Stage(
            ends=np.cumsum([0, *sizes]),
            first_rows=np.asarray([0, 200, 300]),
            files=np.asarray(self.files, dtype=np.int32),
            lists=np.asarray(self.lists, dtype=np.int32),
            endings=places,
            text=bytearray(b"".join(ENDINGS)),
        )

    def row(self, number: int) -> bytes:
        return self.heads[number] + ENDINGS[self.lists[number]]

    def wanted(self, rows: Sequence[int], which: Sequence[int], file: int) -> bytes:
        pairs = zip(rows, which, strict=True)
        return b"".join(self.row(row) for row, files in pairs if files >> file & 1)


@pytest.fixture(params=range(6))
def chance(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.param)


@pytest.fixture
def made(tmp_path: Path, chance: random.Random) -> Iterator[Made]:
    found = Made(tmp_path, chance)
    yield found
    for number in found.files:
        os.close(number)


def drawn(chance: random.Random) -> tuple[list[int], list[int]]:
    """Return rows, most of which follow one another, and the files that they go into."""
    rows = [chance.randrange(300)]
    while len(rows) < 500:
        near = rows[-1] + chance.choice([1, 1, 1, 1, 2, 30])
        rows.append(near if near < 300 and chance.random() < 0.9 else chance.randrange(300))
    return rows, [chance.choice([1, 2, 2, 3, 4, 7]) for _ in rows]


def test_files_hold_their_rows_in_the_order_asked_for(
    tmp_path: Path, made: Made, chance: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "PIECE_BYTES", 4_000)
    monkeypatch.setattr(output, "_LONG_ROW", 3_000)  # the longest are put together by Python
    rows, which = drawn(chance)
    numbers, files = np.asarray(rows), np.asarray(which, dtype=np.uint8)
    paths = [tmp_path / f"{number}.jsonl" for number in range(3)]
    outputs = [Output(path, waits=True) for path in paths]
    rooms, gatherer = Rooms(outputs), Gatherer(made.stage, numbers, files)
    while (at := gatherer.done) < len(rows):
        if not rooms.fill(gatherer):
            assert len(made.row(rows[at])) > 3_000
            for file in range(3):
                if which[at] >> file & 1:
                    rooms.add(file, made.row(rows[at]))
            gatherer.done += 1
    rooms.empty()
    for file, (path, out) in enumerate(zip(paths, outputs, strict=True)):
        with out:
            pass
        assert path.read_bytes() == made.wanted(rows, which, file)
        assert out.told(7).digest == digest_of(path)


def test_what_cannot_be_read_is_not_made_up(made: Made) -> None:
    memory = np.full(200_000, 7, dtype=np.uint8)
    rooms = np.zeros(1, dtype=WAITING)
    rooms["data"], rooms["size"] = memory.ctypes.data, len(memory)
    rooms["enough"] = len(memory)
    rows, which = np.arange(190, 210), np.ones(20, dtype=np.uint8)

    def taken(stage: Stage) -> int:
        rooms["used"] = 0
        gatherer = Gatherer(stage, rows, which)
        found = gatherer.fill(rooms)
        assert found == (gatherer.done > 0) == (rooms["used"][0] > 0)
        return gatherer.done

    good = made.stage
    assert taken(good) == 20
    assert memory[: rooms["used"][0]].tobytes() == made.wanted(range(190, 210), [1] * 20, 0)
    closed = np.asarray([made.files[0], -1], dtype=np.int32)
    beyond = good.ends + 10**9
    beyond[0] = 0
    endings = good.endings.copy()
    endings["start"] = 0xFFFFFFFF
    parts = (good.first_rows, good.files, good.lists, good.endings, good.text)
    assert taken(Stage(good.ends, good.first_rows, closed, *parts[2:])) == 0
    assert taken(Stage(beyond, *parts)) == 0
    assert taken(Stage(good.ends[:200], *parts)) == 0
    assert taken(Stage(good.ends, *parts[:3], endings, good.text)) == 0
    assert taken(Stage(good.ends, *parts[:2], good.lists[:200], *parts[3:])) == 0
