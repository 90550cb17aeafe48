"""How far the answers of a batch have come in their grammars, and which tokens may come next.

Input: Rows with their matchers, and the scores of a batch at every token. Output: the scores of
tokens that no grammar allows at -inf. Where room grows short, calls that have none left are
forbidden before they are begun, and a call that was begun is led to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fctune.evaluation.local.predict_constrain_close import Closing

_BITS = 32


class Row:
    """How far one answer has come.

    Args:
        matcher: follows its grammar.
        needs: tokens that must be left when a call of a tool is begun or still open.
        shorter: makes matcher and needs of the tools of which a call fits into so many tokens, or
            of words alone; None where a call is required.
    """

    def __init__(
        self,
        matcher: Any,
        needs: Mapping[str, int],
        shorter: Callable[[int], tuple[Any, Mapping[str, int]]] | None,
    ) -> None:
        self.matcher = matcher
        self.needs = needs
        self.reserve = max(needs.values(), default=0)
        self.done = False
        self.hurried = False
        self._shorter = shorter

    def forbid_longer(self, said: Sequence[int], left: int) -> None:
        """Forbid calls that need as many tokens as are left, or more.

        An answer that has begun one of them, or makes a call that only the grammar so far has,
        keeps its grammar to the end.
        """
        if self._shorter is None:
            return
        matcher, needs = self._shorter(left)
        if matcher.try_consume_tokens(list(said)) == len(said):
            self.matcher, self.needs = matcher, needs
            self.reserve = max(needs.values(), default=0)
        else:
            self._shorter = None


class CallProcessor:
    """Masks the tokens that a row's grammar does not allow; for one call of generate().

    Attributes:
        rows: one for each row of the batch; those that were led to their end are `hurried`.
    """

    def __init__(
        self, rows: Sequence[Row], width: int, room: int, tokens: int, closing: Closing
    ) -> None:
        self.rows = rows
        self._width, self._room, self._words = width, room, -(-tokens // _BITS)
        self._closing = closing

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Return a copy of the scores, shape (rows, vocabulary), -inf where not allowed."""
        import numpy
        import torch

        step = input_ids.shape[1] - self._width
        if step:
            self._consume(input_ids[:, -1].tolist())
        left = self._room - step
        short = {
            number: input_ids[number, self._width :].tolist()
            for number, row in enumerate(self.rows)
            if not row.done and left <= row.reserve
        }
        for number, said in short.items():
            self.rows[number].forbid_longer(said, left)
        bits = numpy.full((len(self.rows), self._words), -1, dtype=numpy.int32)
        for number, row in enumerate(self.rows):
            if not row.done:
                row.matcher.unsafe_compute_mask_ptr(bits[number].ctypes.data, self._words * 4)
        packed = torch.from_numpy(bits).to(scores.device)
        shifts = torch.arange(_BITS, device=scores.device, dtype=torch.int32)
        allowed = ((packed.unsqueeze(-1) >> shifts) & 1).bool().flatten(1)[:, : scores.shape[1]]
        for number, said in short.items():
            row = self.rows[number]
            if self._closing.needed(said, row.needs) >= left:
                forced = row.matcher.compute_ff_tokens()[:1]
                narrowed = self._closing.narrowed(said, allowed[number], forced)
                row.hurried |= not narrowed[_best(scores[number], allowed[number])]
                allowed[number] = narrowed
        return scores.masked_fill(~allowed, float("-inf"))

    def _consume(self, tokens: Sequence[int]) -> None:
        for row, token in zip(self.rows, tokens, strict=True):
            if row.done:
                continue
            # A grammar that grew too complex ends in an error, and the row goes on without one.
            row.done = token in self._closing.stops or not row.matcher.consume_token(token)


def _best(scores: Any, allowed: Any) -> int:
    """Return the token that would be taken."""
    return int(scores.masked_fill(~allowed, float("-inf")).argmax())
