"""Times of requests: what a server's user waits for, said with the conditions it was measured in.

Input: the time of each answered request. Output: numbers for timing.json. One request at a time
measures the latency of a single stream; with more under way each waits for the others too, and the
numbers are labelled so. Times of tries that failed, and of pauses, are in no latency.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RequestTime:
    """One answered request.

    Attributes:
        latency_s: from the request to the last byte of the answer.
        first_token_s: to the first token; None where it was not streamed.
        output_tokens: as the server counts them; 0 where it does not tell.
        attempts: requests made for it.
    """

    latency_s: float
    first_token_s: float | None
    output_tokens: int
    attempts: int


def summary(times: Sequence[RequestTime], concurrency: int) -> dict[str, Any]:
    """Return mean, spread and quantiles of latency and of the time to the first token.

    Args:
        times: of the answered requests; may be empty.
        concurrency: how many were under way at a time.
    """
    single = concurrency == 1
    found: dict[str, Any] = {
        "latency_kind": "single_stream" if single else f"under_load_of_{concurrency}",
        "requests": len(times),
        "retried_requests": sum(one.attempts > 1 for one in times),
    }
    found |= _spread("latency", [one.latency_s for one in times])
    streamed = [one for one in times if one.first_token_s is not None]
    found |= _spread("first_token", [one.first_token_s or 0.0 for one in streamed])
    rates = [
        (one.output_tokens - 1) / (one.latency_s - one.first_token_s)
        for one in streamed
        if one.first_token_s is not None
        and one.output_tokens > 1
        and one.latency_s > one.first_token_s
    ]
    if rates:
        found["decode_tokens_per_s_p50"] = round(statistics.median(rates), 1)
    return found


def quantile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank quantile: the smallest value that `share` of all do not exceed.

    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5), quantile([5.0], 0.95)
    (2.0, 5.0)
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _spread(name: str, values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    return {
        f"{name}_mean_s": round(statistics.fmean(values), 4),
        f"{name}_std_s": round(statistics.pstdev(values), 4),
        f"{name}_p50_s": round(quantile(values, 0.5), 4),
        f"{name}_p95_s": round(quantile(values, 0.95), 4),
    }
