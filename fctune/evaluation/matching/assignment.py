"""The best pairing of rows with columns: the matching of greatest total weight.

Input: a table of weights, whole numbers from 0. Output: for each row its column, or None.
"""

from __future__ import annotations

from collections.abc import Sequence

_FAR = 10**18
# Tables of more cells than this are worked on by whole rows, in numpy; the result is the same.
_MANY = 1024


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
    many = len(weights) * len(weights[0]) > _MANY
    owner = _owners_by_rows(weights) if many else _owners(weights)
    chosen: list[int | None] = [None] * len(weights)
    for column, row in enumerate(owner):
        if row is not None:
            chosen[row] = column
    return chosen


def _owners(weights: Sequence[Sequence[int]]) -> list[int | None]:
    """Return the row that owns each column; every row owns one. Rows <= columns.

    `_owners_by_rows` is the same algorithm: what changes here changes there (a test compares them).
    """
    columns = len(weights[0])
    row_price = [0] * len(weights)
    column_price = [0] * columns
    owner: list[int | None] = [None] * columns
    for start in range(len(weights)):
        slack = [_FAR] * columns
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


def _owners_by_rows(weights: Sequence[Sequence[int]]) -> list[int | None]:
    """Return what `_owners` returns, ties included: the same steps, a whole row at a time.

    What changes there changes here.
    """
    import numpy as np  # late: it costs a start-up, and few turns have so many calls

    costs = -np.array(weights, dtype=np.int64)
    rows, columns = costs.shape
    row_price = np.zeros(rows, dtype=np.int64)
    column_price = np.zeros(columns, dtype=np.int64)
    owner = np.full(columns, -1)
    for start in range(rows):
        slack = np.full(columns, _FAR)
        came_from = np.full(columns, -1)
        closed = np.zeros(columns, dtype=np.int64)
        visited: list[int] = []
        row, last = start, -1
        while row >= 0:
            cost = costs[row] - column_price - row_price[row]
            cost += closed
            better = cost < slack
            np.copyto(slack, cost, where=better)
            np.copyto(came_from, last, where=better)
            last = int(slack.argmin())
            if step := slack[last]:
                row_price[start] += step
                row_price[owner[visited]] += step
                column_price[visited] -= step
                slack -= step
            closed[last], slack[last] = 4 * _FAR, 2 * _FAR
            visited.append(last)
            row = int(owner[last])
        while last >= 0:
            before = int(came_from[last])
            owner[last] = start if before < 0 else owner[before]
            last = before
    return [None if row < 0 else row for row in owner.tolist()]
