"""Tools behind a server, for one dialogue; part of the worker process.

Each call is one HTTP request: the one that the caller has made of the tool's places, or a POST of
`{"name", "arguments"}` to the base URL. Redirects are not followed, and an answer is read up to a
limit. A server that is told to be one per dialogue has `POST URL/reset` before the first call and
`GET URL/state` after each; 404 and 405 say that it has none.

Imports nothing of fctune. Input: a call. Output: the JSON value of the answer.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import urllib.parse
from typing import Any

AUTHORIZATION = "FCTUNE_TOOLSET_AUTHORIZATION"
_ABSENT = (404, 405, 501)
_MAX_SAID = 200


class ServerError(Exception):
    """The server answered with an error, or not at all."""

    kind: str = "tool_error"


class HttpTools:
    """The tools of one server.

    Args:
        settings: `url`, `timeout_s`, `output_bytes`, and `session`: whether reset and state are
            asked for.

    Raises:
        ServerError: the reset fails.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self._url = settings["url"].rstrip("/")
        # Shorter than that of the whole process, which would end the dialogue.
        self._timeout_s, self._most = 0.9 * settings["timeout_s"], settings["output_bytes"]
        self._session = settings["session"]
        if self._session:
            status, body = self._ask("POST", f"{self._url}/reset", {}, b"{}")
            if status >= 400 and status not in _ABSENT:
                raise ServerError(f"reset: status {status}: {_said(body)}")

    def call(self, name: str, arguments: dict[str, Any], request: Any) -> Any:
        """Send one call and return the value of the answer.

        Raises:
            ServerError: the answer is an error.
        """
        if request is None:
            posted = json.dumps({"name": name, "arguments": arguments}).encode()
            status, answer = self._ask("POST", self._url, {}, posted)
        else:
            body = base64.b64decode(request["body"]) if request["body"] is not None else None
            status, answer = self._ask(request["method"], request["url"], request["headers"], body)
        if status >= 300:
            raise ServerError(f"status {status}: {_said(answer)}")
        if not answer.strip():
            return None
        try:
            return json.loads(answer)
        except (ValueError, RecursionError) as fault:
            error = ServerError(f"the answer is no JSON: {_said(answer)}")
            error.kind = "result"
            raise error from fault

    def state(self) -> Any:
        """Return the server's state; None where it has none."""
        if not self._session:
            return None
        status, body = self._ask("GET", f"{self._url}/state", {}, None)
        if status in _ABSENT:
            self._session = False
            return None
        if status >= 300:
            raise ServerError(f"state: status {status}: {_said(body)}")
        return json.loads(body)

    def _ask(
        self, method: str, url: str, headers: dict[str, str], body: bytes | None
    ) -> tuple[int, bytes]:
        parts = urllib.parse.urlsplit(url)
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        connection = kind(parts.hostname or "", parts.port, timeout=self._timeout_s)
        target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        sent = {"Accept": "application/json", **headers}
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        if os.environ.get(AUTHORIZATION):
            sent["Authorization"] = os.environ[AUTHORIZATION]
        try:
            connection.request(method, target, body, sent)
            answer = connection.getresponse()
            data = answer.read(self._most + 1)
        except TimeoutError as fault:
            error = ServerError(f"no answer within {self._timeout_s:g} s")
            error.kind = "timeout"
            raise error from fault
        except (OSError, http.client.HTTPException) as fault:
            raise ServerError(f"no answer: {fault or type(fault).__name__}") from fault
        finally:
            connection.close()
        if len(data) > self._most:
            error = ServerError(f"the answer is longer than {self._most} bytes")
            error.kind = "result"
            raise error
        return answer.status, data


def _said(body: bytes) -> str:
    return " ".join(body.decode("utf-8", errors="replace").split())[:_MAX_SAID]
