"""Prediction and Predictor: what a model said to a case, and whoever can make it say so.

Input: EvalCases. Output: one Prediction for each, in any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from fctune.evaluation.cases.case_set import EvalCase
from fctune.evaluation.decode import Decoded

FinishReason = Literal["stop", "length", "error", "unknown"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model said to one case.

    Attributes:
        case_id: the case.
        text: the raw text, special tokens kept, cut at the stop token; None where a recording
            holds calls instead of text.
        decoded: what the text says.
        finish_reason: `stop`; `length` where the limit of new tokens cut it; `error` where there
            is no answer at all; `unknown` for recordings that do not tell.
        prompt_tokens: tokens of the prompt; 0 where not known.
        output_tokens: tokens generated, the stop token included; 0 where not known.
        latency_s: the batch's time divided by its cases, so no latency of a single request.
        error: why there is no answer.
    """

    case_id: str
    text: str | None
    decoded: Decoded = field(default_factory=Decoded)
    finish_reason: FinishReason = "unknown"
    prompt_tokens: int = 0
    output_tokens: int = 0
    latency_s: float = 0.0
    error: str = ""

    @property
    def shown_text(self) -> str | None:
        """The raw text; of recorded calls that cannot be read, their JSON; else None."""
        if self.text is None and self.decoded.malformed:
            return self.decoded.text
        return self.text


class Predictor(Protocol):
    """Makes a model answer cases."""

    def predict(self, cases: Sequence[EvalCase]) -> Iterator[Prediction]:
        """Yield one prediction for each case, in any order."""
