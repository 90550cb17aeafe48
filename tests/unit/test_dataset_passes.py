"""Files that are written side by side: every file's order stands, what they share is read once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fctune.dataset.passes import FileTask, Pass, passes_of

COUNT = 40
ROWS = st.lists(st.integers(0, COUNT - 1), min_size=1, max_size=30)


def task(name: str, rows: Sequence[int], without: tuple[str, ...] = ()) -> FileTask:
    return FileTask(Path(name), np.asarray(rows, dtype=np.int32), without)


def held(passes: Sequence[Pass]) -> dict[str, list[int]]:
    """Return the rows of each file, in order."""
    return {
        path.name: one.rows[one.which >> bit & 1 == 1].tolist()
        for one in passes
        for bit, path in enumerate(one.paths)
    }


@given(st.lists(st.tuples(ROWS, st.booleans(), st.booleans()), max_size=10))
def test_every_file_has_its_rows_in_order(files: list[tuple[list[int], bool, bool]]) -> None:
    tasks = [
        task(str(number), sorted({*rows}) if ascends else rows, ("look",) if without else ())
        for number, (rows, ascends, without) in enumerate(files)
    ]
    passes = passes_of(tasks, COUNT)
    assert held(passes) == {one.path.name: one.rows.tolist() for one in tasks}
    for one in passes:
        assert one.which.all()
        assert one.counts == [len(held([one])[path.name]) for path in one.paths]
        assert {tasks[int(path.name)].without for path in one.paths} == {one.without}


@given(st.permutations(range(COUNT)), st.data())
def test_rows_of_one_order_are_read_once(order: list[int], data: st.DataObject) -> None:
    masks = [data.draw(st.lists(st.booleans(), min_size=COUNT, max_size=COUNT)) for _ in "ab"]
    first, second = ([row for row, is_in in zip(order, m, strict=True) if is_in] for m in masks)
    passes = passes_of([task("a", first), task("b", second)], COUNT)
    if {*first} & {*second}:
        assert len(passes) == 1
        assert len(passes[0].rows) == len({*first, *second})


def test_splits_are_written_in_the_order_of_the_input() -> None:
    tasks = [task("train", [0, 3, 4]), task("dev", [1]), task("test", [2, 9])]
    (one,) = passes_of(tasks, COUNT)
    assert one.rows.tolist() == [0, 1, 2, 3, 4, 9]
    assert [path.name for path in one.paths] == ["train", "test", "dev"]
    assert one.which.tolist() == [1, 4, 2, 1, 1, 2]
    assert len(passes_of([*tasks[:2], task("test", [2, 9], ("look",))], COUNT)) == 2


def test_what_only_one_file_has_stands_before_the_next_that_both_have() -> None:
    (one,) = passes_of([task("a", [5, 2, 7]), task("b", [5, 9, 2, 1])], COUNT)
    assert [path.name for path in one.paths] == ["b", "a"]
    assert one.rows.tolist() == [5, 9, 2, 1, 7]
    assert one.which.tolist() == [3, 1, 3, 1, 2]
