"""Processing time and tokens of predictions, with the conditions under which they were taken.

Input: Predictions. Output: an object for timing.json; never for the files that are equal for equal
predictions. A time of one request is called latency only where requests were made one at a time;
in a batch it is the share of the batch, and at a server under load it holds the waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fctune.evaluation.predict import Prediction

BATCH, STREAM, CONCURRENT = "batch share", "single stream", "concurrent"
_MEANS = {
    BATCH: "the time of a batch divided by its cases: no latency of one request",
    STREAM: "the latency of one request, asked one at a time",
    CONCURRENT: "the time of one request among others at once, waiting at the server included",
}


def processing_time(
    predictions: Sequence[Prediction], *, condition: str = BATCH, concurrency: int = 1
) -> dict[str, Any]:
    """Return seconds and tokens of the answered cases.

    Args:
        predictions: of one run; those without an answer are counted apart.
        condition: `batch share`, `single stream` or `concurrent`.
        concurrency: requests in flight at once.

    Returns:
        `{"condition", "meaning", "concurrency", "n", "failed", "seconds": {mean, p50, p95, max},
        "prompt_tokens": {...}, "output_tokens": {...}}`; a part is None where it was not recorded.
    """
    answered = [one for one in predictions if one.finish_reason != "error"]
    return {
        "condition": condition,
        "meaning": _MEANS.get(condition, ""),
        "concurrency": concurrency,
        "n": len(answered),
        "failed": len(predictions) - len(answered),
        "seconds": _spread([one.latency_s for one in answered], 4),
        "prompt_tokens": _spread([one.prompt_tokens for one in answered], 1),
        "output_tokens": _spread([one.output_tokens for one in answered], 1),
    }


def _spread(values: Sequence[float], digits: int) -> dict[str, float] | None:
    """Return mean, median, 95th percentile and maximum; None where nothing was recorded."""
    if not any(values):
        return None
    ordered = sorted(values)
    return {
        "mean": round(sum(ordered) / len(ordered), digits),
        "p50": round(_quantile(ordered, 0.5), digits),
        "p95": round(_quantile(ordered, 0.95), digits),
        "max": round(ordered[-1], digits),
        "sum": round(sum(ordered), digits),
    }


def _quantile(ordered: Sequence[float], place: float) -> float:
    position = place * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])
