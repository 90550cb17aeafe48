"""Judges `fctune tools confusions` beside three baselines on the labelled catalogues.

Role: the claim that the score is better than the plain heuristic and TF-IDF is a table that this
command makes. Input: data/confusions/catalogues.jsonl and labels.jsonl. Output: Markdown tables.
Command: python scripts/bench/confusions.py --split test   (--speed for seconds)

Baselines:
- heuristic: name ratio >= 0.7, description Jaccard >= 0.45, containment >= 0.65, same required
  tuple; the score is the number of conditions met, ties broken by the mean of the three ratios.
- tfidf: cosine of TF-IDF vectors of character 3- to 5-grams within words of name, description and
  parameter names, fitted on each catalogue; the formulas of scikit-learn's TfidfVectorizer
  (char_wb, smooth idf, length 1), written out here in numpy.
- token_set: rapidfuzz.fuzz.token_set_ratio of the same texts.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from fctune.tools.confusions import confusable_pairs
from fctune.tools.confusions.find import scored_pairs
from fctune.tools.confusions.score import DEFAULT_MIN_SCORE
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCatalog, ToolSpec

FOLDER = Path("data/confusions")
Pair = tuple[str, str]
Floats = NDArray[np.float64]
OURS, METHODS = "ours", ("ours", "heuristic", "tfidf", "token_set")
CUT = 20
ROUNDS = 1000


@dataclass(frozen=True)
class Judged:
    """One catalogue: its pairs, the truth of each, and each method's scores in the same order."""

    id: str
    pairs: list[Pair]
    truth: Floats
    scores: Mapping[str, Floats]


def text_of(spec: ToolSpec) -> str:
    """Return what the text baselines read of a tool."""
    names = " ".join(map(str, spec.parameters.get("properties", {})))
    return f"{spec.name} {spec.description} {names}"


def heuristic(one: ToolSpec, other: ToolSpec) -> tuple[list[bool], float]:
    """Return the four conditions of the plain heuristic, and the mean of its three ratios."""
    names = difflib.SequenceMatcher(None, one.name.lower(), other.name.lower()).ratio()
    words, others = (set(re.findall(r"\w+", spec.description.lower())) for spec in (one, other))
    both = len(words & others)
    jaccard = both / len(words | others) if words | others else 0.0
    contained = both / min(len(words), len(others)) if words and others else 0.0
    required = [tuple(sorted(spec.parameters.get("required", ()))) for spec in (one, other)]
    same = required[0] == required[1] and bool(required[0])
    met = [names >= 0.7, jaccard >= 0.45, contained >= 0.65, same]
    return met, (names + jaccard + contained) / 3


def char_grams(text: str) -> Counter[str]:
    """Return the 3- to 5-grams of each word, padded with a space on both sides."""
    found: Counter[str] = Counter()
    for word in re.sub(r"\s+", " ", text.lower()).split():
        padded = f" {word} "
        for size in range(3, 6):
            if len(padded) <= size:
                found[padded] += 1
                break
            found.update(padded[i : i + size] for i in range(len(padded) - size + 1))
    return found


def tfidf(texts: Sequence[str]) -> Floats:
    """Return the cosines of all texts, from smooth TF-IDF over character n-grams."""
    counts = [char_grams(text) for text in texts]
    column = {gram: i for i, gram in enumerate(sorted(set().union(*counts)))}
    matrix = np.zeros((len(texts), len(column)))
    for row, found in enumerate(counts):
        for gram, count in found.items():
            matrix[row, column[gram]] = count
    idf = np.log((1 + len(texts)) / (1 + (matrix > 0).sum(axis=0))) + 1
    matrix *= idf
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    matrix /= np.where(norms == 0, 1, norms)
    return np.asarray(matrix @ matrix.T)


def scores_of(catalog: ToolCatalog, pairs: Sequence[Pair]) -> dict[str, Floats]:
    """Return each method's scores of all pairs of a catalogue."""
    place = {name: i for i, name in enumerate(catalog.names)}
    ours = {(pair.one.name, pair.other.name): pair.score for pair in scored_pairs(catalog)}
    texts = [text_of(spec) for spec in catalog]
    cosines = tfidf(texts)
    plain = [heuristic(catalog.specs[place[a]], catalog.specs[place[b]]) for a, b in pairs]
    return {
        OURS: np.array([ours.get(pair, 0.0) for pair in pairs]),
        "heuristic": np.array([sum(met) + mean for met, mean in plain]),
        "tfidf": np.array([cosines[place[a], place[b]] for a, b in pairs]),
        "token_set": np.array(
            [fuzz.token_set_ratio(texts[place[a]], texts[place[b]]) / 100 for a, b in pairs]
        ),
        "heuristic_text": np.array([float(any(met[:3])) for met, _ in plain]),
        "heuristic_two": np.array([float(sum(met) >= 2) for met, _ in plain]),
    }


def read_lines(path: Path) -> list[dict[str, object]]:
    """Return the rows of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


@cache
def scored(split: str) -> tuple[tuple[str, list[Pair], dict[str, Floats]], ...]:
    """Return id, pairs and scores of each catalogue of a split."""
    found = []
    for row in read_lines(FOLDER / "catalogues.jsonl"):
        if row["split"] == split:
            catalog, _ = parse_catalog(row["tools"])
            pairs = list(combinations(catalog.names, 2))
            found.append((str(row["id"]), pairs, scores_of(catalog, pairs)))
    return tuple(found)


def judged(split: str, disputed: str) -> list[Judged]:
    """Return the catalogues of a split with truth and scores.

    Args:
        split: `dev` or `test`.
        disputed: what to do with pairs that the labellers disputed: `out` or `positive`.
    """
    labels: dict[tuple[str, frozenset[str]], bool] = {}
    for row in read_lines(FOLDER / "labels.jsonl"):
        key = (str(row["catalogue"]), frozenset((str(row["a"]), str(row["b"]))))
        labels[key] = bool(row["agreed"])
    found = []
    for name, pairs, scores in scored(split):
        known = [labels.get((name, frozenset(pair))) for pair in pairs]
        keep = [i for i, agreed in enumerate(known) if agreed is not False or disputed != "out"]
        found.append(
            Judged(
                name,
                [pairs[i] for i in keep],
                np.array([float(known[i] is not None) for i in keep]),
                {method: values[keep] for method, values in scores.items()},
            )
        )
    return found


def ranked(truth: Floats, scores: Floats) -> Floats:
    """Return the truth in the order of the scores, the highest first; ties as they stand."""
    return truth[np.argsort(-scores, kind="stable")]


def precision_at(truth: Floats, scores: Floats, cut: int = CUT) -> float:
    """Return the share of true pairs among the first `cut`."""
    return float(ranked(truth, scores)[:cut].mean())


def recall_at(truth: Floats, scores: Floats, cut: int = CUT) -> float:
    """Return the share of the true pairs that stand among the first `cut`."""
    return float(ranked(truth, scores)[:cut].sum() / max(truth.sum(), 1))


def r_precision(truth: Floats, scores: Floats) -> float:
    """Return precision (and recall) at as many pairs as there are true ones."""
    return precision_at(truth, scores, max(int(truth.sum()), 1))


def average_precision(truth: Floats, scores: Floats) -> float:
    """Return the mean of the precision at each true pair."""
    order = ranked(truth, scores)
    hits = np.cumsum(order)
    return float((order * hits / np.arange(1, len(order) + 1)).sum() / max(order.sum(), 1))


Metric = Callable[[Sequence[Judged], str], float]


def pooled(metric: Callable[[Floats, Floats], float]) -> Metric:
    """Return a metric over the pairs of all catalogues together."""

    def over(catalogues: Sequence[Judged], method: str) -> float:
        truth = np.concatenate([c.truth for c in catalogues])
        return metric(truth, np.concatenate([c.scores[method] for c in catalogues]))

    return over


def mean(metric: Callable[[Floats, Floats], float], least: int = 1) -> Metric:
    """Return the mean of a metric over the catalogues that have at least `least` true pairs."""

    def over(catalogues: Sequence[Judged], method: str) -> float:
        values = [metric(c.truth, c.scores[method]) for c in catalogues if c.truth.sum() >= least]
        return float(np.mean(values)) if values else float("nan")

    return over


METRICS: dict[str, Metric] = {
    "precision at 20, pooled": pooled(precision_at),
    "precision at 20, mean of catalogues with 20 true pairs": mean(precision_at, CUT),
    "precision at 5, mean of catalogues with 5 true pairs": mean(
        lambda truth, scores: precision_at(truth, scores, 5), 5
    ),
    "recall at 20, mean": mean(recall_at),
    "R-precision, pooled": pooled(r_precision),
    "R-precision, mean": mean(r_precision),
    "average precision, pooled": pooled(average_precision),
    "average precision, mean": mean(average_precision),
}


def difference(catalogues: Sequence[Judged], metric: Metric, method: str) -> str:
    """Return ours minus a baseline with its 95 % interval over resampled catalogues."""
    random = np.random.default_rng(42)
    draws = []
    for _ in range(ROUNDS):
        chosen = [catalogues[i] for i in random.integers(0, len(catalogues), len(catalogues))]
        draws.append(metric(chosen, OURS) - metric(chosen, method))
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    value = metric(catalogues, OURS) - metric(catalogues, method)
    return f"{value:+.3f} [{low:+.3f}, {high:+.3f}]"


def metric_table(catalogues: Sequence[Judged]) -> list[str]:
    """Return the table of ranking metrics, and of their differences."""
    lines = ["| metric | " + " | ".join(METHODS) + " |", "|---" * (len(METHODS) + 1) + "|"]
    for name, metric in METRICS.items():
        cells = [f"{metric(catalogues, method):.3f}" for method in METHODS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    others = METHODS[1:]
    lines += ["", "| ours minus | " + " | ".join(others) + " |", "|---" * len(METHODS) + "|"]
    for name, metric in METRICS.items():
        cells = [difference(catalogues, metric, method) for method in others]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def best_floor(catalogues: Sequence[Judged], method: str) -> float:
    """Return the threshold of the highest F1 on these catalogues."""
    truth = np.concatenate([c.truth for c in catalogues])
    scores = np.concatenate([c.scores[method] for c in catalogues])
    floors = np.unique(np.round(scores, 2))

    def f1(floor: float) -> float:
        said = scores >= floor
        return float(2 * (said * truth).sum() / max(said.sum() + truth.sum(), 1))

    return float(max(floors, key=f1))


def rule_table(catalogues: Sequence[Judged], floors: Mapping[str, tuple[str, float]]) -> list[str]:
    """Return precision, recall and F1 of each method as a rule that says yes or no."""
    truth = np.concatenate([c.truth for c in catalogues])
    lines = ["| rule | pairs named | precision | recall | F1 |", "|---|---|---|---|---|"]
    for name, (method, floor) in floors.items():
        said = np.concatenate([c.scores[method] for c in catalogues]) >= floor
        hits = float((said * truth).sum())
        precision, recall = hits / max(said.sum(), 1), hits / max(truth.sum(), 1)
        f1 = 2 * hits / max(said.sum() + truth.sum(), 1)
        lines.append(f"| {name} | {said.sum()} | {precision:.3f} | {recall:.3f} | {f1:.3f} |")
    return lines


def catalogue_table(catalogues: Sequence[Judged]) -> list[str]:
    """Return the average precision of each catalogue."""
    lines = [
        "| catalogue | pairs | true | " + " | ".join(METHODS) + " |",
        "|---" * (len(METHODS) + 3) + "|",
    ]
    for c in catalogues:
        cells = [
            f"{average_precision(c.truth, c.scores[m]):.3f}" if c.truth.sum() else "-"
            for m in METHODS
        ]
        figures = " | ".join([str(len(c.pairs)), str(int(c.truth.sum())), *cells])
        lines.append(f"| {c.id} | {figures} |")
    return lines


def report(split: str) -> str:
    """Return the whole report of a split as Markdown."""
    dev = judged("dev", "out")
    floors = {
        f"ours, score >= {DEFAULT_MIN_SCORE:.2f} (the default)": (OURS, DEFAULT_MIN_SCORE),
        "heuristic, one of its three ratios is met": ("heuristic_text", 1.0),
        "heuristic, two of its four conditions are met": ("heuristic_two", 1.0),
    }
    for method in ("tfidf", "token_set"):
        floor = best_floor(dev, method)
        floors[f"{method} >= {floor:.2f} (best F1 on dev)"] = (method, floor)
    lines = []
    for disputed, title in (
        ("out", "Disputed pairs left out"),
        ("positive", "Disputed pairs counted as confusable"),
    ):
        catalogues = judged(split, disputed)
        pairs = sum(len(c.pairs) for c in catalogues)
        true = int(sum(c.truth.sum() for c in catalogues))
        lines += [
            f"### {title}: {len(catalogues)} catalogues, {pairs} pairs, {true} confusable",
            "",
        ]
        lines += [*metric_table(catalogues), "", *rule_table(catalogues, floors), ""]
        if disputed == "out":
            lines += ["Average precision by catalogue:", "", *catalogue_table(catalogues), ""]
    return "\n".join(lines)


MADE = """\
get list search create update delete cancel send enable export verify track
order user team report server
note key rule backup region log
given identifier workspace and its full details with status owner dates related objects when caller
""".strip()


def made_catalog(count: int) -> ToolCatalog:
    """Return a catalogue of made tools, much alike: 12 verbs on 30 things, 15 words each."""
    random = np.random.default_rng(1)
    verbs, first, second, filler = (line.split() for line in MADE.splitlines())
    tools = []
    for i in range(count):
        verb, thing = random.choice(verbs), f"{random.choice(first)} {random.choice(second)}"
        told = " ".join(random.choice(filler, 12, replace=False))
        names = (f"{thing.split()[0]}_id", "limit", str(random.choice(filler)))
        properties = {name: {"type": "string", "description": "value"} for name in names}
        tools.append(
            {
                "name": f"{verb}_{thing.replace(' ', '_')}_{i}",
                "description": f"{verb} {thing} {told}.",
                "parameters": {"type": "object", "properties": properties},
            }
        )
    return parse_catalog(tools)[0]


def speed() -> str:
    """Return the processor seconds for catalogues of several sizes."""
    lines = ["| tools | seconds | pairs named |", "|---|---|---|"]
    for count in (100, 500, 2000):
        catalog = made_catalog(count)
        started = time.process_time()
        named = len(confusable_pairs(catalog))
        lines.append(f"| {count} | {time.process_time() - started:.1f} | {named} |")
    return "\n".join(lines)


def main() -> None:
    """Print the report of one split, or the seconds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--speed", action="store_true", help="measure seconds instead")
    options = parser.parse_args()
    print(speed() if options.speed else report(options.split))


if __name__ == "__main__":
    main()
