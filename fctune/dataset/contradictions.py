"""Contradictions: rows with the same prompt whose first decision is another one.

Input: columns. Output: the rows of such prompts, and a JSON-ready account with examples. The model
cannot learn both; which side is right only a person can tell, so that nothing is dropped here.

Before: a.jsonl:3 "Is it cold in Oslo?" calls look(city=Oslo); b.jsonl:9, same words, same tools,
        answers in words
After:  both rows are marked; {"prompts": 1, "rows": 2, "call_or_words": 1, "examples": [...]}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fctune.dataset.columns import Columns, Mask, RowNumbers
from fctune.dataset.runs import place
from fctune.dataset.slices import repeated

EXAMPLES = 20
ROWS_OF_AN_EXAMPLE = 4
CODE = "contradiction"


@dataclass(frozen=True, slots=True)
class Contradictions:
    """What contradicts.

    Attributes:
        rows: all rows of prompts with more than one decision, whichever side they take.
        account: JSON-ready: prompts, rows, kinds, and examples with their places.
    """

    rows: Mask
    account: dict[str, Any]


def contradictions(columns: Columns, keep: Mask, sources: Sequence[str]) -> Contradictions:
    """Find kept rows with equal prompts and different answers.

    Args:
        columns: all rows.
        keep: rows that count.
        sources: the name of each raw file, as places are shown.
    """
    # The rows of prompts that stand more than once, one prompt after the other.
    rows, lengths = repeated(columns.prompt, keep)
    marked = np.zeros(len(columns), dtype=np.bool_)
    if not len(rows):
        return Contradictions(marked, _account(0, 0, 0, []))
    first = np.cumsum(lengths, dtype=np.int64) - lengths
    answers = columns.answer[rows]
    lowest = np.minimum.reduceat(answers, first)
    differ = lowest != np.maximum.reduceat(answers, first)
    marked[rows[np.repeat(differ, lengths)]] = True
    starts, lengths = first[differ], lengths[differ]
    # The rows of a prompt are in order: its first row is the first of the input.
    earliest = np.argsort(rows[starts], kind="stable")[:EXAMPLES]
    examples = [
        _example(columns, rows[starts[prompt] : starts[prompt] + lengths[prompt]], sources)
        for prompt in earliest
    ]
    mixed = int((lowest[differ] == 0).sum())
    return Contradictions(marked, _account(len(starts), int(marked.sum()), mixed, examples))


def _account(prompts: int, rows: int, mixed: int, examples: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "prompts": prompts,
        "rows": rows,
        "call_or_words": mixed,
        "other_call": prompts - mixed,
        "examples": examples,
    }


def _example(columns: Columns, group: RowNumbers, sources: Sequence[str]) -> dict[str, Any]:
    """Return a few rows of one prompt: the first of each answer, then others in input order."""
    _, first = np.unique(columns.answer[group], return_index=True)
    others = np.setdiff1d(np.arange(len(group)), first)
    shown = group[np.concatenate([np.sort(first), others])][:ROWS_OF_AN_EXAMPLE]
    return {
        "rows": len(group),
        "answers": len(first),
        "shown": [
            {
                "origin": place(columns, int(row), sources),
                "decision": "call" if columns.answer[row] else "words",
                "calls": list(columns.shapes[columns.shape[row]].calls),
            }
            for row in shown
        ],
    }
