"""Tables of values whose layout is not known beforehand, by their shape.

Input: a value of results.json. Output: tables: metrics one a row, objects of one kind as the rows
of one table, lists of objects likewise, all other values as name and value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fctune.evaluation.page_html.cells import (
    Cell,
    Table,
    is_metric,
    measure,
    metric,
    number,
    table,
    words,
)

_MOST_TEXT = 300
_DEEPEST = 4


def tables_of(value: Any, caption: str = "", depth: int = 0) -> Iterator[Table]:
    """Yield the tables that hold a value whole.

    >>> [one.columns for one in tables_of({"n": 1, "by": [{"k": 2}]})]
    [('what', 'value'), ('k',)]
    """
    if not isinstance(value, Mapping):
        value = {"": value}
    metrics = {key: one for key, one in value.items() if is_metric(one)}
    rest = {key: one for key, one in value.items() if key not in metrics}
    yield table(
        ("metric", "value", "cases_n"),
        [(measure(key), metric(one), number(one["n"])) for key, one in metrics.items()],
        caption=caption,
        literal=True,
    )
    inner = {key: one for key, one in rest.items() if _is_object(one)}
    lists = {key: one for key, one in rest.items() if _is_table(one)}
    plain = [
        (words(str(key).replace("_", " ")), _cell(one))
        for key, one in rest.items()
        if key not in {*inner, *lists}
    ]
    yield table(("what", "value"), plain, caption=caption, literal=True)
    if len(inner) > 1 and all(_is_flat(one) for one in inner.values()):
        yield _rows([{"name": key, **one} for key, one in inner.items()], caption)
    else:
        for key, one in inner.items():
            title = _joined(caption, key)
            if depth < _DEEPEST:
                yield from tables_of(one, title, depth + 1)
    for key, listed in lists.items():
        yield _rows(list(listed), _joined(caption, key))


def _rows(objects: list[Mapping[str, Any]], caption: str) -> Table:
    columns = list(dict.fromkeys(key for one in objects for key in one))
    rows = [[_cell(one.get(key)) for key in columns] for one in objects]
    return table(columns, rows, caption=caption, literal=True)


def _joined(caption: str, key: object) -> str:
    """Return the caption of a part: the keys that lead to it, as words."""
    return f"{caption}: {key}".removeprefix(": ").replace("_", " ")


def _cell(value: Any) -> Cell:
    if is_metric(value):
        return metric(value)
    if isinstance(value, bool) or value is None:
        return words({True: "yes", False: "no", None: "-"}[value])
    if isinstance(value, int | float):
        return number(value) if isinstance(value, int) else Cell(f"{value:.4g}", value, "number")
    if isinstance(value, str):
        return words(value[:_MOST_TEXT])
    if isinstance(value, list | tuple) and all(isinstance(one, str | int) for one in value):
        return words(", ".join(map(str, value))[:_MOST_TEXT])
    return words(json.dumps(value, ensure_ascii=False)[:_MOST_TEXT])


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and not is_metric(value)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_object(one) for one in value)


def _is_flat(value: Mapping[str, Any]) -> bool:
    return not any(_is_object(one) or _is_table(one) for one in value.values())
