"""The live conversation with an MCP server, through the official SDK: connect, list, leave.

Input: a command or a URL, and a time limit for everything. Output: the pages of `tools/list` as
plain values. Whatever ends the exchange, the server that was started is ended too, with all that it
has started; what it wrote to stderr is quoted when it fails.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import tempfile
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import psutil

from fctune.errors import EnvironmentFault, FctuneError, Interrupted
from fctune.tools.imports.mcp_address import refuse_private
from fctune.tools.imports.mcp_faults import Exchange, http_fault, is_unreachable, stdio_fault, tail
from fctune.tools.imports.mcp_pages import Pages
from fctune.tools.imports.mcp_target import parse_command, secrets_of, shown_target

MAX_PAGES = 100
MARK = "FCTUNE_IMPORT"  # environment variable by which what a server starts is known
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def listed_over_stdio(target: str, *, timeout_s: float) -> list[dict[str, Any]]:
    """Start a server, ask for its tools, and end it.

    Args:
        target: the command line.
        timeout_s: for all of it, in seconds.

    Raises:
        InputFault: it cannot be started, dies, or does not answer in time.
        EnvironmentFault: the package `mcp` is not installed.
        Interrupted: fctune was asked to stop.
    """
    command = parse_command(target)
    _sdk()
    where = f"mcp:{shown_target(target)}"
    exchange = Exchange(timeout_s, secrets_of(target))
    mark = uuid.uuid4().hex
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:

        async def ask() -> list[dict[str, Any]]:
            from mcp.client.stdio import StdioServerParameters, stdio_client

            parameters = StdioServerParameters(
                command=command.program,
                args=list(command.arguments),
                env={**command.environment, MARK: mark},
                encoding_error_handler="replace",
            )
            return await _list_tools(stdio_client(parameters, errlog=errors), exchange)

        try:
            return _run(ask, exchange)
        except BaseException as fault:
            _end_family(mark)
            if isinstance(fault, FctuneError) or not isinstance(fault, Exception):
                raise
            raise stdio_fault(
                fault, command, where, tail(errors, exchange.secrets), exchange
            ) from fault


def listed_over_http(url: str, *, timeout_s: float, allow_private: bool) -> list[dict[str, Any]]:
    """Ask the server behind a URL: streamable HTTP, or the older SSE where that is refused.

    Args:
        url: http or https.
        timeout_s: for all of it, in seconds.
        allow_private: reach private addresses other than this machine's own.

    Raises:
        InputFault: the address is refused, or the server does not answer as one.
        EnvironmentFault: the package `mcp` is not installed.
        Interrupted: fctune was asked to stop.
    """
    refuse_private(url, timeout_s=timeout_s, allow_private=allow_private)
    _sdk()
    where = f"mcp:{shown_target(url)}"
    exchange = Exchange(timeout_s, secrets_of(url))

    async def ask() -> list[dict[str, Any]]:
        import httpx2
        from mcp.client.sse import sse_client
        from mcp.client.streamable_http import streamable_http_client

        async def streamed() -> list[dict[str, Any]]:
            hooks = {"response": [exchange.answered]}
            async with httpx2.AsyncClient(timeout=timeout_s, event_hooks=hooks) as client:
                return await _list_tools(streamable_http_client(url, http_client=client), exchange)

        async def by_events() -> list[dict[str, Any]]:
            return await _list_tools(sse_client(url, timeout=timeout_s), exchange)

        ways = [streamed, by_events]
        if urlsplit(url).path.rstrip("/").endswith("/sse"):
            ways.reverse()
        try:
            return await ways[0]()
        except Exception as fault:
            if is_unreachable(fault):
                raise
            with contextlib.suppress(Exception):
                return await ways[1]()
            raise

    try:
        return _run(ask, exchange)
    except FctuneError:
        raise
    except Exception as fault:  # the SDK raises its own errors, httpx's and pydantic's
        raise http_fault(fault, where, exchange) from fault


async def _list_tools(transport: Any, exchange: Exchange) -> list[dict[str, Any]]:
    """Return every page of `tools/list`, up to 100; a cursor that comes back ends the list."""
    from mcp.client import Client

    pages: list[dict[str, Any]] = []
    cursors: set[str] = set()
    cursor: str | None = None
    heard = Pages()
    async with Client(heard.over(transport), message_handler=exchange.heard, cache=None) as client:
        while len(pages) < MAX_PAGES:
            page = await client.list_tools(cursor=cursor)
            pages += heard.taken()
            cursor = page.next_cursor
            if not cursor or cursor in cursors:
                break
            cursors.add(cursor)
    return pages


def _run(
    ask: Callable[[], Awaitable[list[dict[str, Any]]]], exchange: Exchange
) -> list[dict[str, Any]]:
    """Run an exchange with its time limit; Ctrl-C and stop signals end it in order.

    Where an event loop already runs in this thread, as in a notebook, another thread runs it.
    """

    async def limited() -> list[dict[str, Any]]:
        with _stop_signals(exchange):
            async with asyncio.timeout(exchange.limit_s):
                return await ask()

    with _quiet():
        if _loop_runs():
            return _run_aside(limited)
        try:
            return asyncio.run(limited())
        except asyncio.CancelledError as fault:
            if exchange.stopped_by is None:
                raise
            raise Interrupted(f"stopped by {exchange.stopped_by.name}") from fault


def _loop_runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _run_aside(limited: Callable[[], Any]) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(1) as pool:
        pages: list[dict[str, Any]] = pool.submit(lambda: asyncio.run(limited())).result()
    return pages


@contextlib.contextmanager
def _stop_signals(exchange: Exchange) -> Iterator[None]:
    """Cancel the exchange on SIGTERM and SIGHUP, so that the server is ended first.

    A signal that is ignored stays so: that is what `nohup` asks for.
    """
    task = asyncio.current_task()
    if task is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    taken = []

    def stop(number: signal.Signals) -> None:
        exchange.stopped_by = number
        task.cancel()

    for number in _STOP_SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            loop.add_signal_handler(number, stop, number)
            taken.append(number)
    try:
        yield
    finally:
        for number in taken:
            loop.remove_signal_handler(number)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the SDK's own log off the terminal: what it tells, the errors here tell."""
    loggers = [logging.getLogger(name) for name in ("mcp", "client", "httpx2", "httpx")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _end_family(mark: str) -> None:
    """Kill what is left of a server and of all that it started, known by the mark."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid != os.getpid() and process.environ().get(MARK) == mark:
                process.kill()


def _sdk() -> None:
    try:
        import mcp  # noqa: F401
    except ImportError as fault:
        raise EnvironmentFault(
            "the package mcp is not installed", hint="pip install 'fctune[mcp]'"
        ) from fault
