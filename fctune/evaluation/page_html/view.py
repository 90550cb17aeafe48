"""The head of the page: tiles, outcomes, matrices, and what makes the numbers doubtful.

Input: the content of results.json. Output: objects that the template draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fctune.evaluation.evaluate import UNSCORED_LIMIT
from fctune.evaluation.metrics.ratios import METRICS
from fctune.evaluation.page_html.cells import Cell, count, metric
from fctune.evaluation.report.confusion import OTHER
from fctune.evaluation.report.confusion_svg import cut_label, depth
from fctune.evaluation.report.visible_text import visible_text

_TILES = (
    "function_accuracy", "overall_accuracy", "argument_accuracy", "selection_given_call",
    "decision_macro_f1", "over_call_rate", "missed_call_rate", "parse_rate",
)  # fmt: skip
_LOWER = {ratio.name for ratio in METRICS if ratio.better == "lower"}


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure of the head.

    Attributes:
        key: of its label.
        metric: value and bar.
        interval: its ends.
        counts: numerator and denominator.
        of_cases: what is counted below the line are cases.
        n: cases that add below the line.
        method: how the interval was made.
        lower: less of it is better.
    """

    key: str
    metric: Cell
    interval: str
    counts: str
    of_cases: bool
    n: str
    method: str
    lower: bool


@dataclass(frozen=True, slots=True)
class Spot:
    """One cell of a matrix.

    Attributes:
        count: cases or calls.
        link: to the cases that it counts; "" where it counts none.
        told: gold, predicted and count, for those who do not see the place.
        kind: `right`, `wrong` or `mixed`.
        strength: from 0 to 1.
    """

    count: int
    link: str
    told: str
    kind: str
    strength: float


@dataclass(frozen=True, slots=True)
class Heading:
    """The name of a row or column: as shown, whole, and whether it is no tool."""

    short: str
    whole: str
    special: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    """A confusion matrix as the template draws it."""

    rows: tuple[Heading, ...]
    columns: tuple[Heading, ...]
    spots: tuple[tuple[Spot, ...], ...]
    sums: tuple[int, ...]


def tiles(content: Mapping[str, Any]) -> list[Tile]:
    """Return the tiles; those of metrics that were not measured are left out."""
    decision = content.get("decision") or {}
    metrics = {
        "decision_macro_f1": decision.get("macro_f1"),
        **(content.get("metrics") or {}),
    }
    return [
        Tile(
            key,
            metric(value),
            metric(value, with_counts=False).detail,
            f"{count(value['num'])} / {count(value['den'])}",
            value["den"] == value["n"],
            count(value["n"]),
            str(value["method"]),
            key in _LOWER,
        )
        for key in _TILES
        if (value := metrics.get(key)) is not None
        and (value["value"] is not None or key == "function_accuracy")
    ]


def outcomes(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a bar for each outcome that some case has, in the order of the verdict."""
    counts = {key: cases for key, cases in content["outcomes"].items() if cases}
    highest, total = max(counts.values(), default=1), max(1, content["n"])
    return [
        {
            "key": key,
            "cases": count(cases),
            "width": round(100 * cases / highest, 2),
            "share": f"{cases / total:.1%}",
        }
        for key, cases in counts.items()
    ]


def doubts(content: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the sentences that a reader must know before the numbers: key and values."""
    found: list[tuple[str, dict[str, Any]]] = []
    n, unscored, data = content["n"], content["unscored"], content["data"]
    if unscored > UNSCORED_LIMIT * n:
        found.append(("doubt_unscored", {"unscored": count(unscored), "n": count(n)}))
    accuracy = metric((content.get("metrics") or {}).get("function_accuracy"))
    if accuracy.few:
        few = content["metrics"]["function_accuracy"]["n"]
        found.append(("doubt_few", {"n": few}))
    if data.get("rejected"):
        found.append(("doubt_rejected", {"rejected": data["rejected"], "rows": data["rows"]}))
    if content["config"].get("max_cases") is not None:
        found.append(("doubt_drawn", {"most": content["config"]["max_cases"]}))
    return [*found, *_of_the_cases(content)]


def _of_the_cases(content: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is out of the ordinary in answers and cases."""
    if empty := content.get("empty_answers"):
        yield "doubt_empty", {"empty": count(empty), "n": count(content["n"])}
    data = content["data"]
    if without := data.get("without_tools"):
        yield "doubt_tools", {"without": count(without), "cases": count(data["cases"])}
    seen = content.get("contamination") or {}
    if seen.get("in_training"):
        values = {"seen": count(seen["in_training"]), "cases": count(seen["cases"])}
        yield "doubt_seen", {**values, "training": visible_text(str(seen["training"]))}


def decision(content: Mapping[str, Any]) -> Matrix | None:
    """Return the matrix of decisions, in cases; None where it was not measured."""
    found = content.get("decision") or {}
    labels, matrix = found.get("labels") or [], found.get("matrix") or []
    if not any(any(row) for row in matrix):
        return None
    links = [[f"#decision={row}>{column}" for column in labels] for row in labels]
    headings = tuple(Heading(label, label, False) for label in labels)
    return _matrix(headings, headings, matrix, links, mixed=-1)


def confusion(content: Mapping[str, Any]) -> Matrix | None:
    """Return the matrix of tools, in calls; None where it was not made."""
    found = content.get("confusion") or {}
    matrix = found.get("matrix") or []
    if not any(any(row) for row in matrix):
        return None
    tools = found["tools"]
    rows, columns = (
        tuple(
            Heading(cut_label(name), visible_text(name), place >= tools)
            for place, name in enumerate(found[side])
        )
        for side in ("rows", "columns")
    )
    links = [[f"#cell={y},{x}" for x, _ in enumerate(row)] for y, row in enumerate(matrix)]
    merged = found["rows"][tools] == OTHER
    return _matrix(rows, columns, matrix, links, mixed=tools if merged else -1)


def _matrix(
    rows: tuple[Heading, ...],
    columns: tuple[Heading, ...],
    matrix: list[list[int]],
    links: list[list[str]],
    *,
    mixed: int,
) -> Matrix:
    highest = max(cell for row in matrix for cell in row)
    spots = tuple(
        tuple(
            Spot(
                cases,
                links[y][x] if cases else "",
                f"{rows[y].whole} → {columns[x].whole}: {cases}",
                "mixed" if x == y == mixed else "right" if x == y else "wrong",
                round(0.75 * depth(cases, highest), 3),
            )
            for x, cases in enumerate(row)
        )
        for y, row in enumerate(matrix)
    )
    return Matrix(rows, columns, spots, tuple(sum(row) for row in matrix))
