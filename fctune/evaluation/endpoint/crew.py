"""The workers that ask a server: bounded in number, patient, and stopped as one.

Input: requests, made one by one as workers come free. Output: one Exchange for each, in the order
in which they end. The event loop runs in a thread of its own; closing the generator, or Ctrl-C,
cancels what is under way and joins the thread.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from fctune.errors import EndpointFault
from fctune.evaluation.endpoint.faults import MAX_WAIT_S, Refused, Stop, TryAgain, backoff
from fctune.evaluation.endpoint.http import Door, Reply, open_door
from fctune.evaluation.endpoint.settings import EndpointOptions, Key, Target

# So many cases in a row without an answer, and the run stops: the server is gone, or its address
# or its options are wrong, and the rest would only be more of the same.
GIVE_UP_AFTER = 20
_JOIN_S = 5.0

Request = tuple[str, dict[str, Any] | str]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What became of one request.

    Attributes:
        case_id: whose it is.
        reply: the answer; None where there is none.
        error: why there is none.
        attempts: requests made; 0 where none could be.
    """

    case_id: str
    reply: Reply | None
    error: str = ""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class _End:
    fault: BaseException | None


@dataclass
class _Health:
    """Whether it is worth going on."""

    answered: bool = False
    failed: int = 0
    lost_in_row: int = 0
    first_error: str = ""

    def count(self, exchange: Exchange, *, reached: bool) -> None:
        """Count an exchange; a server that refuses one request may take others."""
        if exchange.reply is not None:
            self.answered, self.lost_in_row = True, 0
            return
        self.failed += 1
        self.first_error = self.first_error or exchange.error
        self.lost_in_row = 0 if reached else self.lost_in_row + 1

    @property
    def hopeless(self) -> bool:
        """Whether nothing was ever answered, or the server is no more to be reached."""
        never = not self.answered and self.failed >= GIVE_UP_AFTER
        return never or self.lost_in_row >= GIVE_UP_AFTER


@dataclass
class Crew:
    """Asks one server.

    Attributes:
        target: where requests go.
        key: of the server.
        options: how many, how long, how often.
    """

    target: Target
    key: Key
    options: EndpointOptions
    _results: SimpleQueue[Exchange | _End] = field(default_factory=SimpleQueue)
    _health: _Health = field(default_factory=_Health)
    _resume_at: float = 0.0
    _draw: random.Random = field(default_factory=random.Random)

    def run(self, requests: Iterator[Request]) -> Iterator[Exchange]:
        """Yield one exchange for each request.

        Raises:
            EndpointFault: it is not worth going on.
        """
        loop = asyncio.new_event_loop()
        work = loop.create_task(self._work(requests))
        thread = threading.Thread(target=self._serve, args=(loop, work), daemon=True)
        thread.start()
        try:
            while not isinstance(item := self._results.get(), _End):
                yield item
            if item.fault is not None:
                raise item.fault
        finally:
            with suppress(RuntimeError):  # the loop has ended by itself
                loop.call_soon_threadsafe(work.cancel)
            thread.join(_JOIN_S)

    def _serve(self, loop: asyncio.AbstractEventLoop, work: asyncio.Task[None]) -> None:
        """Run the loop until the work ends, however it ends."""
        fault: BaseException | None = None
        try:
            loop.run_until_complete(work)
        except asyncio.CancelledError:
            pass
        except BaseException as found:  # noqa: BLE001 - raised again in the caller's thread
            fault = found
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
            self._results.put(_End(fault))

    async def _work(self, requests: Iterator[Request]) -> None:
        async with open_door(self.target, self.key, self.options) as door:
            workers = [
                asyncio.create_task(self._worker(door, requests))
                for _ in range(self.options.concurrency)
            ]
            try:
                await _first_fault(workers)
            except Stop as stop:
                raise await self._stopped(door, stop) from stop
        if self._health.failed and not self._health.answered:
            raise self._gave_up()

    async def _worker(self, door: Door, requests: Iterator[Request]) -> None:
        for case_id, body in requests:
            if isinstance(body, str):
                self._results.put(Exchange(case_id, None, body))
                continue
            exchange, reached = await self._exchange(door, case_id, body)
            self._health.count(exchange, reached=reached)
            self._results.put(exchange)
            if self._health.hopeless:
                raise self._gave_up()

    async def _exchange(
        self, door: Door, case_id: str, body: Mapping[str, Any]
    ) -> tuple[Exchange, bool]:
        """Ask until there is an answer, or no more tries; tell whether the server was reached."""
        error, reached, attempt = "", True, 0
        for attempt in range(self.options.retries + 1):
            await self._pause()
            try:
                return Exchange(case_id, await door.ask(body), attempts=attempt + 1), True
            except Refused as fault:
                return Exchange(case_id, None, str(fault), attempt + 1), True
            except TryAgain as fault:
                error, reached = str(fault), fault.connected
                wait_s = fault.after_s or 0.0
                if wait_s > MAX_WAIT_S:
                    error += f"; the server asks to wait {wait_s:.0f} s"
                    break
                if attempt < self.options.retries:
                    if wait_s:  # all workers obey, not only the one that was told
                        self._resume_at = max(self._resume_at, time.monotonic() + wait_s)
                    await asyncio.sleep(backoff(attempt, self.options.backoff_s, self._draw))
        tries = "once" if attempt == 0 else f"{attempt + 1} times"
        return Exchange(case_id, None, f"{error} (tried {tries})", attempt + 1), reached

    async def _pause(self) -> None:
        """Wait until the time that the server has named, if it has."""
        while (left := self._resume_at - time.monotonic()) > 0:
            await asyncio.sleep(left)

    async def _stopped(self, door: Door, stop: Stop) -> EndpointFault:
        hint = stop.hint
        if stop.key_refused and self.key.value:
            hint = f"the key of {self.key.variable} is not taken here; {hint}"
        if stop.model_unknown and (models := await door.models()):
            shown = ", ".join(models[:8]) + (", ..." if len(models) > 8 else "")
            hint = f"the server's models: {self.key.hide(shown)[:400]}"
        return EndpointFault(str(stop), where=self.target.shown, hint=hint)

    def _gave_up(self) -> EndpointFault:
        count = self._health.failed
        if not self._health.answered:
            message = f"none of {count} requests was answered, the first for: "
            message += self._health.first_error
        else:
            message = f"does not answer any more: {GIVE_UP_AFTER} cases in a row were lost"
        hint = "see docs/endpoints.md for what servers need"
        if self._health.lost_in_row:  # nobody takes the connection: no question of what is asked
            hint = f"is the server running? curl {self.target.models_shown}"
        return EndpointFault(message, where=self.target.shown, hint=hint)


async def _first_fault(workers: list[asyncio.Task[None]]) -> None:
    """Wait for all workers; where one fails, stop the others and raise its fault."""
    try:
        done, _ = await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
        for worker in done:
            worker.result()
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
