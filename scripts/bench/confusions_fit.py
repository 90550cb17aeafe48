"""Fits the weights of the confusion score on the dev split, and says how well they carry over.

Role: the provenance of the numbers in fctune/tools/confusions/score.py. Input: the dev catalogues
and their agreed labels; the test split is never read. Output: weights to paste, the threshold of
the best F1, and cross-validated figures (each catalogue judged by weights fitted without it).
Command: python scripts/bench/confusions_fit.py
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fctune.tools.confusions.features import APART, SIGNALS, UNWEIGHED
from fctune.tools.confusions.find import scored_pairs
from fctune.tools.read import parse_catalog

FOLDER = Path("data/confusions")
NAMES = tuple(name for name in SIGNALS if name not in UNWEIGHED)
Floats = NDArray[np.float64]
STEPS = 3000
# Where the labels say little, a weight stays near this: every signal of the design counts.
PRIOR = 0.3
SIGN = np.array([-1.0 if name in APART else 1.0 for name in NAMES])


@dataclass(frozen=True)
class Sample:
    """One catalogue: a row of signals and a truth for each of its pairs."""

    id: str
    rows: Floats
    truth: Floats


def samples() -> list[Sample]:
    """Return the dev catalogues, without disputed pairs."""
    lines = (FOLDER / "labels.jsonl").read_text("utf-8").splitlines()
    labels = {}
    for row in map(json.loads, filter(None, lines)):
        labels[row["catalogue"], frozenset((row["a"], row["b"]))] = row["agreed"]
    found = []
    for row in map(json.loads, (FOLDER / "catalogues.jsonl").read_text("utf-8").splitlines()):
        if row["split"] != "dev":
            continue
        catalog, _ = parse_catalog(row["tools"])
        values = {(p.one.name, p.other.name): p.values for p in scored_pairs(catalog)}
        rows, truth = [], []
        for pair in combinations(catalog.names, 2):
            agreed = labels.get((row["id"], frozenset(pair)))
            if agreed is not False:
                rows.append([values[pair][name] for name in NAMES])
                truth.append(float(agreed is True))
        found.append(Sample(row["id"], np.array(rows), np.array(truth)))
    return found


def fit(parts: list[Sample], penalty: float) -> tuple[float, Floats]:
    """Return bias and weights of a logistic model whose weights keep their sign.

    The penalty pulls each weight to PRIOR. Projected gradient descent with momentum; each catalogue
    weighs by the square root of its number of pairs, so that the largest do not decide alone.
    """
    rows = np.concatenate([part.rows for part in parts])
    truth = np.concatenate([part.truth for part in parts])
    share = np.concatenate([np.full(len(p.truth), len(p.truth) ** -0.5) for p in parts])
    share /= share.sum()
    bias, weights = -4.0, PRIOR * SIGN
    speed_bias, speed = 0.0, np.zeros_like(weights)
    for _ in range(STEPS):
        error = share * (1 / (1 + np.exp(-(rows @ weights + bias))) - truth)
        speed_bias = 0.9 * speed_bias + error.sum()
        speed = 0.9 * speed + rows.T @ error + penalty * (weights - PRIOR * SIGN)
        bias -= 0.5 * speed_bias
        weights = weights - 0.5 * speed
        weights = np.where(SIGN * weights > 0, weights, 0.0)
    return float(bias), weights


def average_precision(truth: Floats, scores: Floats) -> float:
    """Return the mean of the precision at each true pair."""
    order = truth[np.argsort(-scores, kind="stable")]
    return float((order * np.cumsum(order) / np.arange(1, len(order) + 1)).sum() / order.sum())


def carried_over(parts: list[Sample], penalty: float) -> list[Floats]:
    """Return the log-odds of each catalogue under weights fitted on the others."""
    scores = []
    for i, part in enumerate(parts):
        bias, weights = fit(parts[:i] + parts[i + 1 :], penalty)
        scores.append(part.rows @ weights + bias)
    return scores


def best_threshold(truth: Floats, scores: Floats) -> tuple[float, float]:
    """Return the probability from which on naming a pair gives the highest F1, and that F1."""
    chances = 1 / (1 + np.exp(-scores))
    floors = np.arange(0.05, 0.95, 0.05)
    f1 = [2 * ((chances >= f) * truth).sum() / ((chances >= f).sum() + truth.sum()) for f in floors]
    return float(floors[int(np.argmax(f1))]), float(max(f1))


def main() -> None:
    """Print the fit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--penalty", type=float, default=0.0015)
    penalty = parser.parse_args().penalty
    parts = samples()
    truth = np.concatenate([part.truth for part in parts])
    scores = carried_over(parts, penalty)
    whole = np.concatenate(scores)
    means = [
        average_precision(p.truth, s) for p, s in zip(parts, scores, strict=True) if p.truth.any()
    ]
    floor, f1 = best_threshold(truth, whole)
    top = truth[np.argsort(-whole, kind="stable")]
    count = int(truth.sum())
    print(f"{len(parts)} catalogues, {len(truth)} pairs, {count} confusable; penalty {penalty}")
    pooled = average_precision(truth, whole)
    print(f"left out in turn: average precision {pooled:.3f} pooled, {np.mean(means):.3f} mean;")
    print(f"precision at 20 {top[:20].mean():.3f}; R-precision {top[:count].mean():.3f};")
    print(f"best F1 {f1:.3f} at {floor:.2f}")
    bias, weights = fit(parts, penalty)
    print(f"BIAS = {bias:.2f}")
    for name, weight in zip(NAMES, weights, strict=True):
        print(f'    "{name}": {weight:.2f},')


if __name__ == "__main__":
    main()
