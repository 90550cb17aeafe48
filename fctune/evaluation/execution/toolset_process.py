"""The worker process seen from outside: it is started, asked, watched and ended.

Input: ToolsetSettings and the calls of dialogues. Output: Replays. A toolset that hangs, ends its
process or takes all memory costs the dialogue that it does so in; the worker is started again for
the next one. The environment of the worker is a short list of harmless variables, so that keys and
tokens of the user's shell are not in reach of the toolset.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from fctune.errors import EnvironmentFault, FctuneError, InputFault
from fctune.evaluation.execution.settings import HTTP, ToolsetSettings
from fctune.evaluation.execution.toolset import Replay
from fctune.evaluation.execution.toolset_heard import HeardDialogue
from fctune.tools.request import to_request
from fctune.tools.spec import ToolCall

START_S = 60.0
_MIB = 1024 * 1024
_TAIL_BYTES = 2048
_ENVIRONMENT = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "VIRTUAL_ENV",
    "LD_LIBRARY_PATH", "PYTHONPATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT",
    "FCTUNE_TOOLSET_AUTHORIZATION",
)  # fmt: skip

# Steady order of sets; and no thread for each core, whose stacks would count as memory.
_OWN_ENVIRONMENT = {
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONIOENCODING": "utf-8",
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


class _Late(Exception):
    """The worker said nothing in time."""


class _Gone(Exception):
    """The worker has ended, or said what is no answer."""


class ProcessToolset:
    """A toolset in a process of its own.

    Args:
        settings: of kind `module` or `http`.
    """

    def __init__(self, settings: ToolsetSettings) -> None:
        self._settings = settings
        self._worker: _Worker | None = None

    def run(self, calls: Sequence[ToolCall], dialogue: str) -> Replay:
        """Run the calls of one dialogue on a fresh instance.

        Raises:
            InputFault: the module cannot be imported.
            EnvironmentFault: no process can be started.
        """
        self._worker = self._worker or _Worker(self._settings)
        asked = [self._request(call) for call in calls]
        run = HeardDialogue(calls)
        try:
            self._worker.send({"calls": asked, "dialogue": dialogue})
            for answer in self._worker.answers(self._settings.timeout_s):
                run.add(answer)
        except _Late:
            run.breaks("timeout", f"no answer within {self._settings.timeout_s:g} s")
            self.close()
        except _Gone as fault:
            run.breaks("crash", str(fault))
            self.close()
        return run.replay()

    def start(self) -> None:
        """Import the module, before anything is to be run.

        Raises:
            InputFault: it cannot be imported.
            EnvironmentFault: no process can be started.
        """
        self._worker = self._worker or _Worker(self._settings)

    def close(self) -> None:
        """End the process and all that it has started."""
        if self._worker is not None:
            self._worker.end()
            self._worker = None

    def _request(self, call: ToolCall) -> dict[str, Any]:
        """Return a call as the worker takes it, with its HTTP request where places are known."""
        asked = call.as_dict()
        spec = self._settings.catalog.get(call.name)
        if self._settings.kind != HTTP or spec is None or spec.http is None:
            return asked
        try:
            request = to_request(spec, call.arguments, server=self._settings.source)
        except FctuneError as fault:
            return {**asked, "refused": str(fault)}
        body = None if request.body is None else base64.b64encode(request.body).decode()
        return {
            **asked,
            "request": {
                "method": request.method,
                "url": request.full_url,
                "headers": dict(request.headers),
                "body": body,
            },
        }


class _Worker:
    """One running worker process."""

    def __init__(self, settings: ToolsetSettings) -> None:
        self._settings = settings
        self._log: IO[bytes] = tempfile.TemporaryFile("a+b", prefix="fctune-toolset-")  # noqa: SIM115
        request_end, self._requests = os.pipe()
        self._answers, answer_end = os.pipe()
        self._buffer = b""
        worker = Path(__file__).with_name("toolset_worker.py")
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(worker), str(request_end), str(answer_end)],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                env=_environment(settings),
                pass_fds=(request_end, answer_end),
                start_new_session=True,
            )
        except OSError as fault:
            self._close()
            message = f"cannot be started: {fault.strerror}"
            raise EnvironmentFault(message, where=sys.executable) from fault
        finally:
            os.close(request_end)
            os.close(answer_end)
        try:
            self._begin()
        except BaseException:  # Ctrl-C too: nobody else knows of the process yet
            self.end()
            raise

    def send(self, value: dict[str, Any]) -> None:
        """Ask for something.

        Raises:
            _Gone: the worker has ended.
        """
        data = json.dumps(value).encode("ascii") + b"\n"
        try:
            while data:
                data = data[os.write(self._requests, data) :]
        except BrokenPipeError as fault:
            raise _Gone(f"ended its process{self._last_words()}") from fault

    def answers(self, timeout_s: float) -> Iterator[dict[str, Any]]:
        """Yield what the worker says of one dialogue, the end of its process last.

        Raises:
            _Late: nothing came in time.
            _Gone: the worker has ended, or said what is no answer.
        """
        while True:
            answer = self._line(timeout_s)
            yield answer
            if "ended" in answer:
                return

    def end(self) -> None:
        """End the worker and all processes that it has started, and reap it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._close()

    def _close(self) -> None:
        for descriptor in (self._requests, self._answers):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._log.close()

    def _begin(self) -> None:
        settings = self._settings
        try:
            self.send(
                {
                    "kind": settings.kind,
                    "path": settings.source,
                    "url": settings.source,
                    "session": not any(spec.http for spec in settings.catalog),
                    "attribute": settings.attribute,
                    "timeout_s": settings.timeout_s,
                    "start_s": START_S,
                    "memory_bytes": settings.memory_mb * _MIB,
                    "output_bytes": settings.output_bytes,
                }
            )
            told = self._line(START_S)
        except _Late as fault:
            message = f"its import takes longer than {START_S:g} s"
            raise InputFault(message, where=settings.source) from fault
        except _Gone as fault:
            raise InputFault(f"its import {fault}", where=settings.source) from fault
        if not told.get("ready"):
            place = f"{settings.source}:{told['line']}" if told.get("line") else settings.source
            raise InputFault(f"cannot be imported: {told.get('error')}", where=place)

    def _line(self, timeout_s: float) -> dict[str, Any]:
        deadline = time.monotonic() + timeout_s
        most = 16 * self._settings.output_bytes + _MIB
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._answers], [], [], left)[0]:
                raise _Late
            data = os.read(self._answers, 1 << 16)
            if not data:
                raise _Gone(f"ended its process{self._last_words()}")
            self._buffer += data
            if len(self._buffer) > most:
                raise _Gone("wrote into the pipe of answers")
        line, _, self._buffer = self._buffer.partition(b"\n")
        try:
            answer = json.loads(line)
        except ValueError as fault:
            raise _Gone("wrote into the pipe of answers") from fault
        if not isinstance(answer, dict):
            raise _Gone("wrote into the pipe of answers")
        return answer

    def _last_words(self) -> str:
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, self._log.tell() - _TAIL_BYTES))
        lines = self._log.read().decode("utf-8", errors="replace").strip().splitlines()
        return f": {lines[-1].strip()[:200]}" if lines else ""


def _environment(settings: ToolsetSettings) -> dict[str, str]:
    """Return what the worker sees of the environment: no keys, no tokens."""
    names = (*_ENVIRONMENT, *settings.env, *(name for name in os.environ if name[:3] == "LC_"))
    found = {name: os.environ[name] for name in names if name in os.environ}
    return found | _OWN_ENVIRONMENT
