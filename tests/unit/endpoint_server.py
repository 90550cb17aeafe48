"""A model server on this machine for the tests: real sockets, and answers made by the test.

`serve(answer)` gives a server whose `answer(handler, body)` writes the response by hand, so that it
may also break off, drip or lie. `completion` and `sse` make honest answers.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Handler", Any], None]


@dataclass
class Server:
    """A running server.

    Attributes:
        url: its base URL, with /v1.
        bodies: the requests that it got, in order.
        headers: of those requests.
        under_way: requests being answered now, and the most at any time.
    """

    url: str = ""
    bodies: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    under_way: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    stop: Callable[[], None] = lambda: None


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the test's answer."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body leave together: no pause of Nagle's between them
    state: Server
    answer: Answer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        state = self.state
        with state.lock:
            state.bodies.append(body)
            state.headers.append(dict(self.headers))
            state.paths.append(self.path)
            state.under_way += 1
            state.most = max(state.most, state.under_way)
        try:
            type(self).answer(self, body)
            self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with state.lock:
                state.under_way -= 1

    def do_GET(self) -> None:
        self.json({"object": "list", "data": [{"id": "tiny"}, {"id": "other"}]})

    def send(self, status: int, kind: str, raw: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(raw)

    def json(self, body: Any, status: int = 200, **headers: str) -> None:
        self.send(status, "application/json", json.dumps(body).encode(), **headers)

    def events(self, *events: Any, done: bool = True, kind: str = "text/event-stream") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        texts = [event if isinstance(event, str) else json.dumps(event) for event in events]
        for text in [*texts, "[DONE]"] if done else texts:
            self.chunk(f"data: {text}\n\n".encode())
        self.wfile.write(b"0\r\n\r\n")

    def chunk(self, raw: bytes) -> None:
        self.wfile.write(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        return


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    connections: list[Any]

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.append(request)
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        return


@contextmanager
def serve(answer: Answer) -> Iterator[Server]:
    """Run a server on a free port for the length of the block."""
    state = Server()
    handler = type("Bound", (Handler,), {"state": state, "answer": staticmethod(answer)})
    server = _Quiet(("127.0.0.1", 0), handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    connections: list[Any] = []
    server.connections = connections

    def stop() -> None:
        server.shutdown()
        server.server_close()
        for connection in server.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    state.stop = stop
    try:
        yield state
    finally:
        stop()


def completion(
    content: str | None = None, calls: list[Any] | None = None, finish: str = "stop", **more: Any
) -> dict[str, Any]:
    """An honest answer; calls are pairs of name and arguments text."""
    message: dict[str, Any] = {"role": "assistant", "content": content, **more}
    if calls is not None:
        message["tool_calls"] = [
            {"id": f"x{n}", "type": "function", "function": {"name": name, "arguments": text}}
            for n, (name, text) in enumerate(calls)
        ]
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }


def delta(finish: str | None = None, **content: Any) -> dict[str, Any]:
    """A piece of a streamed answer."""
    return {"choices": [{"index": 0, "delta": content, "finish_reason": finish}]}
