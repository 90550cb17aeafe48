"""Why an exchange with an MCP server failed, in words for the user.

Input: the error that came out of the SDK, alone or in groups, and what was noted meanwhile. Output:
an InputFault that says what the server did, quotes its stderr and names the next step.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from typing import IO, Any

from fctune.errors import InputFault
from fctune.patterns import regex
from fctune.tools.imports.hidden import Secrets, shown_words
from fctune.tools.imports.mcp_target import Command

_SHOWN_LINES = 6
_TAIL_BYTES = 8192
_MAX_SHOWN = 200
_UNREADABLE = regex(r"not readable|Error parsing|Failed to parse")  # ours, and the SDK's
_SAVE = "save its answer to tools/list in a file, mend it there, and import the file"
_UNREACHABLE = ("ConnectError", "ConnectTimeout", "UnsupportedProtocol")  # of httpx2


@dataclass(slots=True)
class Exchange:
    """What is noted while an exchange runs, for the message should it fail.

    Attributes:
        limit_s: the time limit of the whole, in seconds.
        secrets: what the user gave the server and nobody else may read; taken out of its words.
        noise: what the server wrote where only messages of the protocol belong.
        stopped_by: the signal that asked fctune to stop, or None.
        status: the last HTTP status that refused a request, or 0.
    """

    limit_s: float
    secrets: Secrets = field(default_factory=Secrets)
    noise: list[str] = field(default_factory=list)
    stopped_by: signal.Signals | None = None
    status: int = 0

    async def answered(self, response: Any) -> None:
        """Note the status of an HTTP answer that refuses."""
        if response.status_code >= 400:
            self.status = response.status_code

    async def heard(self, message: Any) -> None:
        """Note a line that is no message; the SDK hands it over as an exception."""
        if isinstance(message, Exception):
            errors = getattr(message, "errors", None)
            told = errors()[0].get("input") if callable(errors) and errors() else None
            self.noise.append(self.shown(str(told if told is not None else message)))

    def shown(self, text: str) -> str:
        """Return words of a server as they may be shown: without secrets, and not too many."""
        return self.secrets.hide(text.strip())[:_MAX_SHOWN]


def tail(errors: IO[str], secrets: Secrets) -> list[str]:
    """Return the last lines that a server wrote to stderr, without secrets."""
    errors.flush()
    descriptor = errors.fileno()
    size = os.fstat(descriptor).st_size
    data = os.pread(descriptor, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
    lines = data.decode("utf-8", errors="replace").rstrip().splitlines()
    if size > _TAIL_BYTES and lines:  # its first line may begin within a secret
        lines = lines[1:] or [lines[0][-_MAX_SHOWN:]]
    return [secrets.hide(line.strip())[:_MAX_SHOWN] for line in lines[-_SHOWN_LINES:]]


def _first(fault: BaseException) -> BaseException:
    """Return the first error within a group of errors."""
    while isinstance(fault, BaseExceptionGroup) and fault.exceptions:
        fault = fault.exceptions[0]
    return fault


def stdio_fault(
    fault: Exception, command: Command, where: str, said: list[str], exchange: Exchange
) -> InputFault:
    """Return the fault of a server that was started, or could not be.

    Args:
        fault: what the SDK raised.
        command: that was to be started.
        where: the target as it may be shown.
        said: the last lines of its stderr.
        exchange: what was noted.
    """
    cause = _first(fault)
    if isinstance(cause, FileNotFoundError | PermissionError | NotADirectoryError):
        program = shown_words([command.program])[0][0]
        return InputFault(
            f"cannot be started: {program}: {cause.strerror}",
            where=where,
            hint=f"type {program} in a shell to see whether it is there",
        )
    reason = _reason(cause, exchange)
    quoted = "".join(f"\n  {line}" for line in said)
    if exchange.noise:
        reason += f"; its stdout is not the protocol: {exchange.noise[0]!r}"
    hint = "the server sees only PATH, HOME and the like; give others as NAME=value before it"
    if isinstance(cause, TimeoutError):
        hint = "start it by hand to see what it waits for, or give it longer with --timeout"
    elif _is_unlawful(cause):
        hint = _SAVE
    told = f"; it wrote to stderr:{quoted}" if said else ""
    return InputFault(f"{reason}{told}", where=where, hint=hint)


def http_fault(fault: Exception, where: str, exchange: Exchange) -> InputFault:
    """Return the fault of a server behind a URL.

    Args:
        fault: what the SDK raised.
        where: the target as it may be shown.
        exchange: what was noted.
    """
    cause = _first(fault)
    if is_unreachable(cause):
        message = f"cannot be reached: {exchange.shown(str(cause))}"
        return InputFault(message, where=where, hint="is the server running?")
    hint = "is this the MCP endpoint, often .../mcp? An answer of tools/list in a file works too"
    if _is_unlawful(cause):
        hint = _SAVE
    if exchange.status in (401, 403):
        hint = "it asks for a login: save its answer to tools/list in a file and import that"
    told = f" (HTTP {exchange.status})" if exchange.status else ""
    return InputFault(f"{_reason(cause, exchange)}{told}", where=where, hint=hint)


def is_unreachable(fault: BaseException) -> bool:
    """Tell whether no connection came about at all."""
    return type(_first(fault)).__name__ in _UNREACHABLE


def _is_unlawful(cause: BaseException) -> bool:
    """Tell whether the server answered, but not as the protocol says."""
    return callable(getattr(cause, "errors", None)) or _UNREADABLE.search(str(cause)) is not None


def _reason(cause: BaseException, exchange: Exchange) -> str:
    if isinstance(cause, TimeoutError):
        return f"no answer within {exchange.limit_s:g} s"
    errors = getattr(cause, "errors", None)
    if callable(errors):  # pydantic: the answer is not what the protocol says
        first: dict[str, Any] = next(iter(errors()), {})
        place = ".".join(str(part) for part in first.get("loc", ()))
        told = exchange.shown(f"at {place}: {first.get('msg', cause)}")
        return f"its answer breaks the protocol {told}"
    text = str(cause).strip() or type(cause).__name__
    if "onnection closed" in text:
        return "ended before it answered"
    return f"answered: {exchange.shown(text)}"
