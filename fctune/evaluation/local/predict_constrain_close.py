"""Leading a call to its end where room is short: which of the allowed tokens come next.

Input: what a row has said and the tokens that its grammar allows. Output: fewer of them. Text that
stands fast is written in as few tokens as the tokenizer can; inside a string, a token that closes
it; elsewhere the end of the answer, then closing brackets, then whatever opens nothing. Where none
of these is allowed, all that is allowed stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from fctune.evaluation.grammar.styles import CallStyle
from fctune.patterns import regex

# The kinds of tokens that lead to an end, the shortest way first. A closing quote or bracket stands
# alone before all others: a token may go on to the next key or to the next call.
_IN_STRING = ("quote", "quote_and_more")
_BETWEEN = ("stop", "brackets", "no_opening")
_PATTERNS = {
    "quote": regex(rb'"[}\]]*'),
    "quote_and_more": regex(rb'".*', re.DOTALL),
    "brackets": regex(rb"[}\]]+"),
    "no_opening": regex(rb"[^{\[,]+"),
}
_ESCAPED_OR_QUOTE = regex(r'\\.|"', re.DOTALL)


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

    def needed(self, said: Sequence[int], needs: Mapping[str, int]) -> int:
        """Return how many tokens must be left, or close by now; 0 where no call is open.

        Args:
            said: token ids of the answer so far.
            needs: tool to the tokens that its shortest call needs.
        """
        text = self._text(said)
        start = self._open_call(text)
        if start is None:
            return 0
        style = self._style
        places = {
            name: text.rfind(f"{style.open}{style.written_name(name)}{style.middle}", start)
            for name in needs
        }
        last = max(places, key=lambda name: places[name], default="")
        if last and places[last] >= 0 and style.close and style.close not in text[places[last] :]:
            return needs[last]
        return max(needs.values(), default=0)  # it is not known which tool comes next

    def narrowed(self, said: Sequence[int], allowed: Any, forced: Sequence[int] = ()) -> Any:
        """Return the allowed tokens that close a call.

        Args:
            said: token ids of the answer so far, in which a call is open.
            allowed: booleans of shape (vocabulary,).
            forced: the first token of a text that must come now; () where there is a choice.
        """
        for token in forced:
            if allowed[token]:
                alone = allowed.clone().fill_(False)
                alone[token] = True
                return alone
        text = self._text(said)
        start = self._open_call(text) or 0
        wanted = _IN_STRING if _inside_string(text[start:]) else _BETWEEN
        for name in wanted:
            fewer = allowed & self._classes[name][: len(allowed)].to(allowed.device)
            if bool(fewer.any()):
                return fewer
        return allowed

    def _text(self, said: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(
            said, skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        return text

    def _open_call(self, text: str) -> int | None:
        """Return where the first call begins, or None; a value may hold the mark of a call too."""
        style = self._style
        if style.mark:
            found = text.find(style.mark)
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
