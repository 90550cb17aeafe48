"""Leading a call to its end where room is short: which of the allowed tokens come next.

Input: what a row has said and the tokens that its grammar allows. Output: fewer of them. Inside a
string, a token that closes it; elsewhere the end of the answer, then closing brackets, then
whatever opens nothing. Where none of these is allowed, all that is allowed stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from fctune.evaluation.grammar.styles import CallStyle

# The kinds of tokens that lead to an end, the shortest way first. A closing quote or bracket stands
# alone before all others: a token may go on to the next key or to the next call.
_IN_STRING = ("quote", "quote_and_more")
_BETWEEN = ("stop", "brackets", "no_opening")
_PATTERNS = {
    "quote": re.compile(rb'"[}\]]*'),
    "quote_and_more": re.compile(rb'".*', re.DOTALL),
    "brackets": re.compile(rb"[}\]]+"),
    "no_opening": re.compile(rb"[^{\[,]+"),
}
_ESCAPED_OR_QUOTE = re.compile(r'\\.|"', re.DOTALL)


class Closing:
    """Knows the tokens that close.

    Args:
        style: how calls are framed.
        tokenizer: to read what was said.
        reader: llguidance's tokenizer, to read single tokens.
        stops: tokens that end an answer.
    """

    def __init__(
        self, style: CallStyle, tokenizer: Any, reader: Any, stops: frozenset[int]
    ) -> None:
        self.stops = stops
        self._style = style
        self._tokenizer, self._reader = tokenizer, reader

    def narrowed(self, said: Sequence[int], allowed: Any) -> Any:
        """Return the allowed tokens that close; None where no call is open.

        Args:
            said: token ids of the answer so far.
            allowed: booleans of shape (vocabulary,).
        """
        text = self._tokenizer.decode(
            said, skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        start = self._open_call(text)
        if start is None:
            return None
        wanted = _IN_STRING if _inside_string(text[start:]) else _BETWEEN
        for name in wanted:
            fewer = allowed & self._classes[name][: len(allowed)].to(allowed.device)
            if bool(fewer.any()):
                return fewer
        return allowed

    def _open_call(self, text: str) -> int | None:
        """Return where the call begins that the text ends in, or None."""
        style = self._style
        if style.mark:
            found = text.rfind(style.mark)
            return found if found >= 0 else None
        if style.begin or style.quoted:  # calls stand at the start, and free text begins otherwise
            head = text.lstrip()[:1]
            lead = style.begin[:1] or style.open[:1]
            return 0 if head and head in (lead, style.many_begin[:1] or lead, "[", "{") else None
        return 0 if "\n{" in text else None

    @cached_property
    def _classes(self) -> dict[str, Any]:
        import torch

        classes = {
            name: torch.zeros(self._reader.vocab_size, dtype=torch.bool)
            for name in (*_IN_STRING, *_BETWEEN)
        }
        for token in range(self._reader.vocab_size):
            if token in self.stops:
                classes["stop"][token] = True
                continue
            text = self._reader.decode_bytes([token])
            for name, pattern in _PATTERNS.items():
                if pattern.fullmatch(text):
                    classes[name][token] = True
        return classes


def _inside_string(text: str) -> bool:
    """Tell whether a text with JSON in it ends inside a string."""
    quotes = [found for found in _ESCAPED_OR_QUOTE.findall(text) if found == '"']
    return len(quotes) % 2 == 1
