"""Strict matching of predicted calls with the calls of the gold answer.

Input: gold calls, predicted calls and their catalogue. Output: CallMatch, which pairs calls of one
name so that as many arguments as possible are right, whatever the order of parallel calls.

Strict means: names exact; strings exact; JSON types exact, so that true is not 1 and "5" is not 5;
1 equals 1.0 only where the schema says `number`; key order does not count, list order does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fctune.tools.spec import ToolCall, ToolCatalog

_MAX_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Slot:
    """One argument of a pair of calls.

    Attributes:
        name: the parameter.
        in_gold: the gold call gives it.
        in_predicted: the predicted call gives it.
        right: both give it, with equal values.
        message: what was found and what was expected; "" where it is right.
    """

    name: str
    in_gold: bool
    in_predicted: bool
    right: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A gold call and the predicted call of the same name that stands for it."""

    gold: ToolCall
    predicted: ToolCall
    slots: tuple[Slot, ...]

    @property
    def exact(self) -> bool:
        """Whether every argument is right and none is missing or extra."""
        return all(slot.right for slot in self.slots)

    @property
    def right_slots(self) -> int:
        """How many arguments are right."""
        return sum(slot.right for slot in self.slots)


@dataclass(frozen=True, slots=True)
class CallMatch:
    """All gold and predicted calls of one turn, paired.

    Attributes:
        pairs: in the order of the gold calls.
        missing: gold calls without a partner.
        extra: predicted calls without a partner.
    """

    pairs: tuple[Pair, ...]
    missing: tuple[ToolCall, ...]
    extra: tuple[ToolCall, ...]

    @property
    def exact(self) -> bool:
        """Whether the predicted calls are the gold calls, in any order."""
        return not self.missing and not self.extra and all(pair.exact for pair in self.pairs)


def match_calls(
    gold: Sequence[ToolCall], predicted: Sequence[ToolCall], catalog: ToolCatalog
) -> CallMatch:
    """Pair gold and predicted calls of equal names with the most right arguments in total.

    >>> gold = [ToolCall("f", {"n": 1}), ToolCall("f", {"n": 2})]
    >>> match_calls(gold, gold[::-1], ToolCatalog()).exact
    True
    """
    table = [[_pair(one, other, catalog) for other in predicted] for one in gold]
    # One point for the name makes a pair of equal names worth more than none.
    weights = [[1 + pair.right_slots if pair else 0 for pair in row] for row in table]
    pairs: list[Pair] = []
    taken: set[int] = set()
    missing: list[ToolCall] = []
    for row, column in enumerate(best_assignment(weights)):
        pair = table[row][column] if column is not None else None
        if pair is None or column is None:
            missing.append(gold[row])
        else:
            pairs.append(pair)
            taken.add(column)
    extra = tuple(call for index, call in enumerate(predicted) if index not in taken)
    return CallMatch(tuple(pairs), tuple(missing), extra)


def equal_values(gold: Any, predicted: Any, schema: Any) -> bool:
    """Tell whether two JSON values are equal under a schema.

    >>> equal_values(1, 1.0, {"type": "number"}), equal_values(1, 1.0, {"type": "integer"})
    (True, False)
    >>> equal_values(True, 1, {"type": "number"})
    False
    """
    if isinstance(gold, dict) and isinstance(predicted, dict):
        return gold.keys() == predicted.keys() and all(
            equal_values(value, predicted[key], _property(schema, key))
            for key, value in gold.items()
        )
    if isinstance(gold, list) and isinstance(predicted, list):
        items = schema.get("items") if isinstance(schema, Mapping) else None
        return len(gold) == len(predicted) and all(
            equal_values(one, other, items) for one, other in zip(gold, predicted, strict=True)
        )
    if _is_number(gold) and _is_number(predicted):
        return bool(gold == predicted) and (type(gold) is type(predicted) or _is_real(schema))
    return type(gold) is type(predicted) and bool(gold == predicted)


def best_assignment(weights: Sequence[Sequence[int]]) -> list[int | None]:
    """Return, for each row, the column of a matching of greatest total weight, or None.

    The Hungarian method with potentials (Kuhn 1955; Jonker and Volgenant's shortest paths),
    O(rows * columns * min). Rows beyond the number of columns stay alone.

    >>> best_assignment([[3, 2], [2, 0]])
    [1, 0]
    """
    if not weights or not weights[0]:
        return [None] * len(weights)
    if len(weights) > len(weights[0]):
        flipped: list[int | None] = [None] * len(weights)
        transposed = [list(column) for column in zip(*weights, strict=True)]
        for column, row in enumerate(best_assignment(transposed)):
            if row is not None:
                flipped[row] = column
        return flipped
    owner = _owners(weights)
    chosen: list[int | None] = [None] * len(weights)
    for column, row in enumerate(owner):
        if row is not None:
            chosen[row] = column
    return chosen


def _owners(weights: Sequence[Sequence[int]]) -> list[int | None]:
    """Return the row that owns each column; every row owns one. Rows <= columns."""
    columns = len(weights[0])
    row_price = [0] * len(weights)
    column_price = [0] * columns
    owner: list[int | None] = [None] * columns
    for start in range(len(weights)):
        slack = [10**9] * columns
        came_from: list[int | None] = [None] * columns
        visited: list[int] = []
        open_columns = set(range(columns))
        row, last = start, None
        while True:
            for column in open_columns:
                cost = -weights[row][column] - row_price[row] - column_price[column]
                if cost < slack[column]:
                    slack[column], came_from[column] = cost, last
            nearest = min(open_columns, key=lambda column: (slack[column], column))
            step = slack[nearest]
            row_price[start] += step
            for column in visited:
                row_price[owner[column] or 0] += step
                column_price[column] -= step
            for column in open_columns:
                slack[column] -= step
            open_columns.discard(nearest)
            visited.append(nearest)
            last = nearest
            if (next_row := owner[nearest]) is None:
                break
            row = next_row
        while last is not None:
            before = came_from[last]
            owner[last] = start if before is None else owner[before]
            last = before
    return owner


def _pair(gold: ToolCall, predicted: ToolCall, catalog: ToolCatalog) -> Pair | None:
    if gold.name != predicted.name:
        return None
    spec = catalog.get(gold.name)
    schema = spec.parameters if spec else {}
    names = [*gold.arguments, *(name for name in predicted.arguments if name not in gold.arguments)]
    slots = tuple(
        _slot(name, gold.arguments, predicted.arguments, _property(schema, name)) for name in names
    )
    return Pair(gold, predicted, slots)


def _slot(name: str, gold: Mapping[str, Any], predicted: Mapping[str, Any], schema: Any) -> Slot:
    if name not in predicted:
        return Slot(name, True, False, False, f"missing, expected {shown(gold[name])}")
    if name not in gold:
        return Slot(name, False, True, False, f"got {shown(predicted[name])}, expected no value")
    if equal_values(gold[name], predicted[name], schema):
        return Slot(name, True, True, True)
    message = f"got {shown(predicted[name])}, expected {shown(gold[name])}"
    return Slot(name, True, True, False, message)


def shown(value: Any) -> str:
    """Return a value as JSON, shortened for a sentence."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "..."


def _property(schema: Any, name: str) -> Any:
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    return properties.get(name) if isinstance(properties, Mapping) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_real(schema: Any) -> bool:
    declared = schema.get("type") if isinstance(schema, Mapping) else None
    return declared == "number" or (isinstance(declared, list) and "number" in declared)
