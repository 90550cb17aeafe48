"""Leakage: what dev and test share with train, measured on the hashes of all rows.

Input: columns and sides. Output: a JSON-ready account, for dev and for test. The split keeps shared
wordings on one side; that it did is measured here, not assumed. What it cannot keep apart is told:
calls with the same values, the same prompt, the same frame, the same tools.

Before: train calls look(city=Oslo); test calls look(city=Oslo) and look(city=Rome)
After:  {"test": {"values": {"of": 2, "in_train": 1, "share": 0.5, ...}, ...}, ...}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fctune.dataset.columns import DEV, I64, TEST, TRAIN, U8, U64, Columns, Hashes, Mask, per_shape
from fctune.dataset.runs import ratio
from fctune.dataset.slices import sliced_lists
from fctune.dataset.tool_index import ToolIndex
from fctune.issues import Issue, issue

MAX_VALUES = 0.5
"""Of the calls of a split. Beyond it the score tells more of memory than of skill."""
NAMED_TOOLS = 20
"""Tools named in the account; a manifest is read by people."""
_MOST_BITS = 22


def leakage(columns: Columns, tools: ToolIndex, keep: Mask, side: U8) -> dict[str, Any]:
    """Return what dev and test share with train.

    Args:
        columns: all rows; the values of a row stand in the order of the calls of its shape.
        tools: the tools of the set.
        keep: rows that count.
        side: the split of each row.

    Returns:
        `dev` and `test`, each with `rows` and five parts: `wording` (rows with a wording that train
        has; 0 by construction), `prompt`, `frame` (rows), `values` (calls whose tool and arguments
        train has, and `worst_tools`) and `tools` (`unseen`: called here, never called in train).
        `tools_never_tested`: called in train, never in test.
    """
    train = keep & (side == TRAIN)
    splits = {name: keep & (side == number) for name, number in (("dev", DEV), ("test", TEST))}
    wording = _rows_sharing(columns.wordings, train, splits)
    prompt = _sharing(columns.prompt, train, splits)
    frame = _sharing(columns.frame, train, splits)
    values = _values(columns, tools, train, splits)
    counted = per_shape(columns, (train, *splits.values()))
    calls = [tools.called.sums(count, len(tools.names)) for count in counted]
    trained, made = calls[0], dict(zip(splits, calls[1:], strict=True))
    account: dict[str, Any] = {
        name: {
            "rows": int(rows.sum()),
            "wording": wording[name],
            "prompt": prompt[name],
            "frame": frame[name],
            "values": values[name],
            "tools": _tools(tools, trained, made[name]),
        }
        for name, rows in splits.items()
    }
    account["tools_never_tested"] = _named(tools, np.where(made["test"] > 0, 0, trained))
    return account


def warnings_of(account: Mapping[str, Any]) -> list[Issue]:
    """Return the warnings on what `leakage` measured."""
    found = []
    for split in ("dev", "test"):
        values, prompt = account[split]["values"], account[split]["prompt"]
        if values["share"] > MAX_VALUES:
            message = f"{values['in_train']:,} of {values['of']:,} calls are in train"
            found.append(issue("leakage-values", split, message))
        if prompt["in_train"]:
            message = f"{prompt['in_train']:,} of {prompt['of']:,} rows have a prompt of train"
            found.append(issue("leakage-prompt", split, message))
    return found


def _rows_sharing(hashes: Hashes, train: Mask, splits: Mapping[str, Mask]) -> dict[str, Any]:
    """Count the rows of each split that share at least one hash with train."""
    counted = np.logical_or.reduce([train, *splits.values()])
    found = np.zeros(len(train), dtype=np.bool_)
    for values, owners in sliced_lists(hashes, counted):
        trained = train[owners]
        there = values[trained]
        found[owners[~trained][_among(there, values[~trained])]] = True
    return {
        name: _part(int(rows.sum()), int((rows & found).sum())) for name, rows in splits.items()
    }


def _sharing(hashes: U64, train: Mask, splits: Mapping[str, Mask]) -> dict[str, Any]:
    """Count the rows of each split whose hash train has; 0 stands for no hash, and is none."""
    there = _told(hashes[train])
    return {name: _share(_among(there, _told(hashes[rows]))) for name, rows in splits.items()}


def _values(
    columns: Columns, tools: ToolIndex, train: Mask, splits: Mapping[str, Mask]
) -> dict[str, Any]:
    """Count calls whose tool and arguments train has, and the tools with most of them."""
    there = _of_rows(columns.values, train)
    numbers = {name: number for number, name in enumerate(tools.names)}
    parts: dict[str, Any] = {}
    for split, rows in splits.items():
        shared = _among(there, _of_rows(columns.values, rows))
        called, _ = tools.called.of(columns.shape[rows].astype(np.int64))
        part = parts[split] = _share(shared)
        if len(called) == len(shared):
            every = np.bincount(called, minlength=len(tools.names))
            worst = _named(tools, np.bincount(called[shared], minlength=len(tools.names)))
            part["worst_tools"] = {
                name: _part(int(every[numbers[name]]), count)
                for name, count in worst["names"].items()
            }
    return parts


def _of_rows(hashes: Hashes, rows: Mask) -> U64:
    """Return the hashes of the rows that are marked, row by row."""
    parts = [np.zeros(0, dtype=np.uint64)]
    for first, counts, values in hashes.blocks():
        parts.append(values[np.repeat(rows[first : first + len(counts)], counts)])
    return np.concatenate(parts)


def _tools(tools: ToolIndex, there: I64, here: I64) -> dict[str, Any]:
    """Count tools called here, and those of them that train never calls, by calls of each tool."""
    unseen = np.where(there > 0, 0, here)
    return {
        "called": int((here > 0).sum()),
        "unseen": _named(tools, unseen),
        "share_of_calls_to_unseen": ratio(int(unseen.sum()), int(here.sum())),
    }


def _named(tools: ToolIndex, counts: I64) -> dict[str, Any]:
    """Return how many tools have a count, and the names of those with the highest."""
    found = np.flatnonzero(counts)
    ranked = sorted((-int(counts[tool]), tools.names[tool]) for tool in found)[:NAMED_TOOLS]
    return {"count": len(found), "names": {name: -count for count, name in ranked}}


def _among(there: U64, here: U64) -> Mask:
    """Tell which of the hashes here are among those there."""
    # Few of those there, as a rule many more, are sorted: those whose lower bits one here has.
    below = np.uint64((1 << min(_MOST_BITS, len(here).bit_length() + 4)) - 1)
    marked = np.zeros(int(below) + 1, dtype=np.bool_)
    marked[here & below] = True
    there = there[marked[there & below]]
    if not len(there):
        return np.zeros(len(here), dtype=np.bool_)
    there.sort()
    places = np.searchsorted(there, here)
    np.minimum(places, len(there) - 1, out=places)
    return np.asarray(there[places] == here, dtype=np.bool_)


def _told(hashes: U64) -> U64:
    """Return the hashes that are there: 0 stands for none."""
    told: U64 = hashes[hashes != 0]
    return told


def _share(shared: Mask) -> dict[str, Any]:
    return _part(len(shared), int(shared.sum()))


def _part(of: int, found: int) -> dict[str, Any]:
    return {"of": of, "in_train": found, "share": ratio(found, of)}
