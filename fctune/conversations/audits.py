"""All audits of a conversation, in one place.

Invented arguments, success that is claimed without a call, calls in plain words, personal data.

Input: a lawful conversation, and what the switches say of each code. Output: warnings. For rows
that were read quickly, `fctune.conversations.quick_audits` knows which audits can find nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fctune.catalogue.audits import AUDIT_CODES
from fctune.catalogue.personal import PERSONAL_CODES
from fctune.conversations import claims, grounding, meant, personal
from fctune.conversations.personal_patterns import DEFAULT_KINDS, Kind
from fctune.conversations.turns import Conversation
from fctune.issues import Issue

OFF = "off"
Find = Callable[[Conversation], list[Issue]]
_SUCCESS, _WORDS, _UNGROUNDED = "success-claimed", "call-in-words", "argument-ungrounded"
_PERSONAL = tuple(code for code in PERSONAL_CODES if code.startswith(("personal-", "secret-")))
assert {_SUCCESS, _WORDS, _UNGROUNDED} <= AUDIT_CODES.keys()


class Audits:
    """The audits of a build.

    Args:
        action: what a code does to a row: `off`, `warn` or `reject`.
        masked: kinds of personal data that are masked before, so that they are not looked for.
        addresses: look for addresses of machines, too.
    """

    def __init__(
        self,
        action: Callable[[str], str],
        *,
        masked: frozenset[Kind] = frozenset(),
        addresses: bool = False,
    ) -> None:
        wanted: list[tuple[tuple[str, ...], Find]] = [
            ((_UNGROUNDED,), grounding.find),
            ((_SUCCESS,), claims.find),
            ((_WORDS,), meant.find),
        ]
        looked_for = (frozenset(Kind) if addresses else DEFAULT_KINDS) - masked
        if looked_for == DEFAULT_KINDS:
            wanted.append((_PERSONAL, personal.find))
        elif looked_for:
            wanted.append((_PERSONAL, partial(personal.find, kinds=looked_for)))
        self.finds = tuple(
            find for codes, find in wanted if any(action(code) != OFF for code in codes)
        )
        """The audits that are on."""

    def find(self, conversation: Conversation) -> list[Issue]:
        """Return what all audits find."""
        return [found for find in self.finds for found in find(conversation)]
