"""One HTTP exchange with a model server, bounded in time and size: the only door to the network.

Input: a URL, the key and a request body. Output: Reply with the parsed answer and its times, or one
of the faults below, which say what to do next. Redirects are never followed, cookies never kept,
and a body is never decompressed, so that a small answer cannot become a large one. The deadline is
one for the whole exchange: an answer that drips in slowly ends with it.

TryAgain    busy, failing or broken off: the same request may succeed later
Refused     the server does not take this request: the case has no answer
Stop        no request can succeed: key, model or address are wrong

httpx is imported inside functions: the core of fctune does not need it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

from fctune import __version__
from fctune.errors import EnvironmentFault
from fctune.evaluation.endpoint.answer import BadAnswer, choice_of, message_of
from fctune.evaluation.endpoint.faults import Refused, Stop, TryAgain, fault_of_status, retry_after
from fctune.evaluation.endpoint.settings import EndpointOptions, Key, Target
from fctune.evaluation.endpoint.stream import BrokenOff, EventLines, StreamedCompletion
from fctune.evaluation.strict_json import NotStrict, after_space, json_at

if TYPE_CHECKING:
    import httpx

INSTALL_HINT = 'pip install "fctune[endpoint]"'
_CONNECT_S = 10.0
_DRAIN_S = 1.0
_ERROR_BYTES = 20_000


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the server.

    Attributes:
        body: a parsed chat completion; streamed ones are put together.
        latency_s: from the request to the last byte.
        first_token_s: from the request to the first token; None where it was not streamed.
    """

    body: Any
    latency_s: float
    first_token_s: float | None = None


@dataclass(frozen=True)
class Door:
    """An open client for one server.

    Attributes:
        client: of httpx.
        target: where requests go.
        key: sent as a bearer token.
        options: the limits.
    """

    client: httpx.AsyncClient
    target: Target
    key: Key
    options: EndpointOptions

    async def ask(self, body: Mapping[str, Any]) -> Reply:
        """Post one request and read its whole answer.

        Raises:
            TryAgain: it may succeed later.
            Refused: it was not taken, or was answered with what is no chat completion.
            Stop: no request can succeed.
        """
        import httpx

        content = json.dumps(body).encode()
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self.options.timeout_s):
                headers = {"Content-Type": "application/json"}
                request = self.client.stream(
                    "POST", self.target.chat, content=content, headers=headers
                )
                async with request as response:
                    return await self._read(response, started)
        except TimeoutError as fault:
            reason = f"no whole answer within {self.options.timeout_s:g} s"
            raise TryAgain(reason) from fault
        except BadAnswer as fault:
            raise Refused(self.key.hide(str(fault))) from fault
        except RecursionError as fault:
            raise Refused("the answer is nested too deep") from fault
        except BrokenOff as fault:
            raise TryAgain(str(fault)) from fault
        except httpx.TransportError as fault:
            raise self._transport(fault) from fault
        except httpx.HTTPError as fault:
            raise Refused(self._said(fault)) from fault

    async def models(self) -> list[str]:
        """Return the names of the server's models; none where it does not tell."""
        import httpx

        try:
            async with asyncio.timeout(min(_CONNECT_S, self.options.timeout_s)):
                async with self.client.stream("GET", self.target.models) as response:
                    body = self._parsed(await self._bytes(response, _ERROR_BYTES * 10))
        except (TimeoutError, BadAnswer, httpx.HTTPError):
            return []
        data = body.get("data") if isinstance(body, Mapping) else None
        ids = [item.get("id") for item in data or [] if isinstance(item, Mapping)]
        return [id_ for id_ in ids if isinstance(id_, str)]

    async def _read(self, response: httpx.Response, started: float) -> Reply:
        if response.status_code != 200:
            raise await self._fault(response)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "text/event-stream":
            return await self._stream(response, started)
        body = self._parsed(await self._bytes(response, self.options.max_bytes))
        choice_of(body)
        return Reply(self.key.hide(body), time.perf_counter() - started)

    async def _stream(self, response: httpx.Response, started: float) -> Reply:
        lines, answer = EventLines(), StreamedCompletion()
        first: float | None = None
        pieces = self._pieces(response, self.options.max_bytes)
        async for piece in pieces:
            for data in lines.feed(piece):
                answer.add(data)
            if answer.begun and first is None:
                first = time.perf_counter() - started
            if answer.done:
                break
        latency_s = time.perf_counter() - started
        for data in lines.end() if not answer.done else ():
            answer.add(data)
        await _drain(pieces)
        return Reply(self.key.hide(answer.body()), latency_s, first)

    async def _fault(self, response: httpx.Response) -> Exception:
        """Return what an error status means."""
        status = response.status_code
        if response.has_redirect_location:
            raise Stop.redirect(self.target.shown, response.headers["location"])
        try:
            raw = await self._bytes(response, _ERROR_BYTES, cut=True)
        except BadAnswer:
            raw = b""
        try:
            body: Any = json.loads(raw)
        except (ValueError, RecursionError):
            kind = response.headers.get("content-type", "")
            body = "an HTML page" if "html" in kind else raw.decode("utf-8", "replace")
        said = self.key.hide(message_of(body))
        return fault_of_status(status, said, body, retry_after(response.headers, time.time()))

    async def _bytes(self, response: httpx.Response, limit: int, *, cut: bool = False) -> bytes:
        return b"".join([piece async for piece in self._pieces(response, limit, cut=cut)])

    async def _pieces(
        self, response: httpx.Response, limit: int, *, cut: bool = False
    ) -> AsyncIterator[bytes]:
        encoding = response.headers.get("content-encoding", "identity")
        if encoding != "identity":
            raise BadAnswer(f"got an answer encoded as {encoding[:40]!r}, asked for none")
        size = 0
        async for piece in response.aiter_raw():
            size += len(piece)
            if size > limit and not cut:
                raise BadAnswer(f"got more than {limit} bytes")
            yield piece[: limit + len(piece) - size] if size > limit else piece
            if size > limit:
                return

    def _parsed(self, raw: bytes) -> Any:
        try:
            text = raw.decode("utf-8-sig")
            value, end = json_at(text, 0)
        except UnicodeDecodeError as fault:
            raise BadAnswer("the answer is not UTF-8") from fault
        except NotStrict as fault:
            raise BadAnswer(f"the answer is not valid JSON: {fault}") from fault
        if after_space(text, end) < len(text):
            raise BadAnswer(f"the answer is not valid JSON: more text at character {end}")
        return value

    def _transport(self, fault: httpx.TransportError) -> Exception:
        import httpx

        reason = self._said(fault)
        if isinstance(fault, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
            return Refused(reason)
        if "CERTIFICATE_VERIFY_FAILED" in reason:
            return Stop(
                f"the server's certificate is not trusted: {reason}",
                "point SSL_CERT_FILE at the certificate of its authority",
            )
        return TryAgain(reason, connected=not isinstance(fault, httpx.ConnectError))

    def _said(self, fault: Exception) -> str:
        text = self.key.hide(str(fault)) or type(fault).__name__
        return f"the connection failed: {text}"


async def _drain(pieces: AsyncIterator[bytes]) -> None:
    """Read what follows the end of an answer, so that the connection can be used again."""
    try:
        async with asyncio.timeout(_DRAIN_S):
            async for _ in pieces:
                pass
    except (TimeoutError, BadAnswer):
        return


@asynccontextmanager
async def open_door(target: Target, key: Key, options: EndpointOptions) -> AsyncIterator[Door]:
    """Open a client, and close it with all its connections.

    Raises:
        EnvironmentFault: httpx is not installed.
    """
    httpx = load_httpx()
    headers = {
        "Accept": "application/json, text/event-stream",
        "Accept-Encoding": "identity",
        "User-Agent": f"fctune/{__version__}",
    }
    if key.value:
        headers["Authorization"] = f"Bearer {key.value}"
    async with httpx.AsyncClient(
        headers=headers,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        limits=httpx.Limits(max_connections=options.concurrency + 1),
        timeout=httpx.Timeout(options.timeout_s, connect=min(_CONNECT_S, options.timeout_s)),
        trust_env=not target.local,  # a proxy for the world does not lead to this machine
    ) as client:
        yield Door(client, target, key, options)


def load_httpx() -> Any:
    """Import httpx.

    Raises:
        EnvironmentFault: it is not installed.
    """
    try:
        import httpx
    except ImportError as fault:
        raise EnvironmentFault(
            f"asking a server needs httpx, which is not installed: {fault}", hint=INSTALL_HINT
        ) from fault
    return httpx
