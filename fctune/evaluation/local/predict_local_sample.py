"""Sampling that does not depend on the batch: each case draws from a stream of its own.

Input: scores of a batch. Output: scores whose greatest is a draw from the softmax at a temperature
(the Gumbel-max rule), so that greedy generation samples. The stream is a function of seed, case id
and step, so that the same case says the same in any batch, process or order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any


class Sampler:
    """A logits processor of one batch.

    Args:
        case_ids: one for each row.
        width: positions of a row before its answer.
        temperature: above 0.
        seed: of all draws.
    """

    def __init__(self, case_ids: Sequence[str], width: int, temperature: float, seed: int) -> None:
        self._streams = [f"{seed}/{case_id}" for case_id in case_ids]
        self._width = width
        self._temperature = temperature

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Return noisy scores of shape (rows, vocabulary)."""
        import torch

        step = input_ids.shape[1] - self._width
        generator = torch.Generator()
        noise = torch.empty(scores.shape, dtype=torch.float32)
        for row, stream in enumerate(self._streams):
            digest = hashlib.sha256(f"{stream}/{step}".encode()).digest()
            generator.manual_seed(int.from_bytes(digest[:7], "big"))
            noise[row].exponential_(generator=generator)
        gumbel = -noise.log_()
        return scores / self._temperature + gumbel.to(scores.device)
