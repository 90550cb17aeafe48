"""What an error of a server means: try again, this request is refused, or no request can succeed.

Input: an HTTP status, what the body says, the headers. Output: TryAgain, Refused or Stop, and the
pause before the next try: doubled each time and drawn at random up to that ("full jitter"), so that
many clients do not come back at once; `Retry-After` is obeyed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from fctune.tools.imports.hidden import shown_url

# 409 is what some servers answer while a model is being loaded or a lock is held.
_RETRIED = frozenset({408, 409, 425, 429})
_NEVER = frozenset({501, 505})
_QUOTA = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
MAX_BACKOFF_S = 30.0
MAX_WAIT_S = 300.0  # a server that asks for a longer pause is asked by a later run


class TryAgain(Exception):
    """The same request may succeed later.

    Attributes:
        after_s: the pause that the server asks for; None where it does not.
        connected: a server was reached.
    """

    def __init__(
        self, message: str, *, after_s: float | None = None, connected: bool = True
    ) -> None:
        super().__init__(message)
        self.after_s = after_s
        self.connected = connected


class Refused(Exception):
    """The server does not take this request."""


class Stop(Exception):
    """No request can succeed; the hint says what to do.

    Attributes:
        hint: the next step.
        model_unknown: the server may know other models.
        key_refused: the server wants another key.
    """

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        model_unknown: bool = False,
        key_refused: bool = False,
    ) -> None:
        super().__init__(message)
        self.hint = hint
        self.key_refused = key_refused
        self.model_unknown = model_unknown

    @classmethod
    def redirect(cls, url: str, location: str) -> Stop:
        """Return the fault of a server that leads elsewhere: the key is not carried there."""
        shown = shown_url(location) if "://" in location else location.partition("?")[0]
        return cls(
            f"leads on to {shown[:200]}, and redirects are not followed",
            f"if you trust it, give that address with --endpoint instead of {url}",
        )


def fault_of_status(
    status: int, said: str, body: Any, after_s: float | None
) -> TryAgain | Refused | Stop:
    """Return what an error status means.

    Args:
        status: of HTTP, not 200.
        said: what the body says, in one line.
        body: parsed, or its text.
        after_s: the pause that the server asks for.
    """
    message = f"HTTP {status}: {said}" if said else f"HTTP {status}"
    if status == 402 or (status == 429 and _codes(body) & _QUOTA):
        return Stop(message, "the account of this key has no credit left")
    if status in (401, 403, 407):
        return Stop(message, "set FCTUNE_API_KEY to the key of this server", key_refused=True)
    if status in (404, 405):
        return Stop(
            message, "--endpoint is the base URL, mostly one that ends in /v1", model_unknown=True
        )
    if status in _RETRIED or (status >= 500 and status not in _NEVER):
        return TryAgain(message, after_s=after_s)
    if "u/a/u/a" in said:  # llamafactory 0.9.5 api/chat.py
        message += " (ask this server with --server llamafactory)"
    return Refused(message)


def _codes(body: Any) -> set[str]:
    error = body.get("error") if isinstance(body, Mapping) else None
    found = [error.get("code"), error.get("type")] if isinstance(error, Mapping) else []
    return {code for code in found if isinstance(code, str)}


def retry_after(headers: Mapping[str, str], now_s: float) -> float | None:
    """Return how many seconds a server asks to wait, from seconds or an HTTP date.

    >>> retry_after({"retry-after": "Thu, 01 Jan 1970 00:01:00 GMT"}, 30.0)
    30.0

    Args:
        headers: of the answer; names in lower case, or a mapping that ignores case.
        now_s: seconds since 1970.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    seconds = _number(text)
    if seconds is not None:
        return seconds
    try:
        date = parsedate_to_datetime(text)
        return max(0.0, date.replace(tzinfo=date.tzinfo or UTC).timestamp() - now_s)
    except (ValueError, OverflowError, TypeError):
        return None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def backoff(attempt: int, first_s: float, draw: random.Random) -> float:
    """Return the pause before a new try: between 0 and the first pause, doubled each time.

    Args:
        attempt: tries made before, from 0.
        first_s: the most of the first pause.
        draw: where chance comes from.
    """
    return draw.uniform(0, min(MAX_BACKOFF_S, first_s * 2.0 ** min(attempt, 30)))
