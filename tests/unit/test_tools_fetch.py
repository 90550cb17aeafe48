"""Downloads: bounded in size, time and hops, and never to a private host unasked. Real servers."""

from __future__ import annotations

import contextlib
import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fctune.errors import InputFault
from fctune.tools.imports import fetch_socket
from fctune.tools.imports.fetch import Fetched, FetchLimits, _text, fetch
from fctune.tools.imports.fetch_socket import Clock, addresses_of, is_public

OWN = FetchLimits(max_bytes=10_000, timeout_s=5, allow_private=True)
Reply = Callable[[BaseHTTPRequestHandler], None]


class _Handler(BaseHTTPRequestHandler):
    """Answers by path; the server holds the replies and remembers the requests."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
        reply = self.server.replies[self.path.split("?")[0]]  # type: ignore[attr-defined]
        with contextlib.suppress(OSError):  # the client hangs up, as some tests want
            reply(self)

    def log_message(self, *_: object) -> None:
        pass


class Web(ThreadingHTTPServer):
    """A web server on this machine."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies: dict[str, Reply] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.base = f"http://127.0.0.1:{self.server_port}"

    def on(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> str:
        """Answer a path so; return its URL."""

        def reply(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            for name, value in {"Content-Length": str(len(body)), **named}.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)

        self.replies[path] = reply
        return self.base + path

    def stream(self, path: str, reply: Reply) -> str:
        """Answer a path by a function; return its URL."""
        self.replies[path] = reply
        return self.base + path


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_document_comes_with_its_type_and_final_url(web: Web) -> None:
    last = web.on("/%E8%A7%84", "名: 城市".encode(), Content_Type="application/yaml")
    first = web.on("/old", status=302, Location="/%E8%A7%84?v=2#part")
    assert fetch(first, OWN) == Fetched(f"{last}?v=2#part", "名: 城市", "application/yaml")
    assert [path for path, _ in web.seen] == ["/old", "/%E8%A7%84?v=2"]
    headers = web.seen[-1][1]
    assert fetch(f"{web.base}/规", OWN).text == "名: 城市"
    assert headers["Host"] == f"127.0.0.1:{web.server_port}"
    assert headers["Accept-Encoding"] == "gzip"
    assert "Cookie" not in headers
    assert "Authorization" not in headers


def test_charsets_and_byte_order_marks_are_read(web: Web) -> None:
    marked = web.on("/a", b"\xef\xbb\xbfx: 1")
    latin = web.on("/b", "é".encode("latin-1"), Content_Type="text/plain; charset=latin-1")
    assert fetch(marked, OWN).text == "x: 1"
    assert fetch(latin, OWN).text == "é"
    with pytest.raises(InputFault, match="no text in utf-8"):
        fetch(web.on("/c", b"\xff\xfe\x00"), OWN)


def test_gzip_is_unpacked_within_the_bound(web: Web) -> None:
    fine = web.on("/fine", gzip.compress(b"ok" * 100), Content_Encoding="gzip")
    assert fetch(fine, OWN).text == "ok" * 100
    bomb = web.on("/bomb", gzip.compress(b"\0" * 50_000_000), Content_Encoding="gzip")
    limits = FetchLimits(max_bytes=100_000, allow_private=True)
    started = time.monotonic()
    with pytest.raises(InputFault, match=r"larger than 0\.1 MB"):
        fetch(bomb, limits)
    assert time.monotonic() - started < 2
    cut = web.on("/cut", gzip.compress(b"ok" * 100)[:-9], Content_Encoding="gzip")
    with pytest.raises(InputFault, match="middle of its gzip data"):
        fetch(cut, OWN)
    with pytest.raises(InputFault, match="'br'"):
        fetch(web.on("/br", b"x", Content_Encoding="br"), OWN)
    with pytest.raises(InputFault, match="cannot be read"):
        fetch(web.on("/bad", b"no gzip", Content_Encoding="gzip"), OWN)


def test_an_endless_body_ends_at_the_size_bound(web: Web) -> None:
    sent = []

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for _ in range(100_000):
            handler.wfile.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
            sent.append(1024)

    with pytest.raises(InputFault, match=r"larger than 0\.01 MB"):
        fetch(web.stream("/endless", endless), OWN)
    assert sum(sent) < 50_000_000


@pytest.mark.parametrize("part", ["status", "headers", "body"])
def test_the_time_bound_holds_for_all_of_it_not_for_each_read(web: Web, part: str) -> None:
    def slow(handler: BaseHTTPRequestHandler) -> None:
        lines = {"status": b"", "headers": b"HTTP/1.1 200 OK\r\nX-", "body": (
            b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")}  # fmt: skip
        handler.wfile.write(lines[part])
        for _ in range(60):  # each byte comes long before any read would give up
            handler.wfile.write(b"H" if part == "status" else b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    started = time.monotonic()
    with pytest.raises(InputFault, match=r"took more than 0\.4 s"):
        fetch(web.stream("/slow", slow), FetchLimits(timeout_s=0.4, allow_private=True))
    assert time.monotonic() - started < 2


def test_a_server_that_says_nothing_is_left_in_time() -> None:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        started = time.monotonic()
        with pytest.raises(InputFault, match="took more than"):
            fetch(url, FetchLimits(timeout_s=0.3, allow_private=True))
        assert time.monotonic() - started < 2


def test_a_body_cut_short_is_no_document(web: Web) -> None:
    def cut(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{}")
        handler.close_connection = True

    with pytest.raises(InputFault, match="cannot be read"):
        fetch(web.stream("/cut", cut), OWN)


@pytest.mark.parametrize("status", [404, 500, 401, 204])
def test_an_error_answer_is_told(web: Web, status: int) -> None:
    with pytest.raises(InputFault, match=f"HTTP {status}") as fault:
        fetch(web.on("/x", status=status), OWN)
    assert fault.value.where == f"{web.base}/x"
    assert fault.value.hint


def test_redirects_end_after_five(web: Web) -> None:
    for number in range(7):
        web.on(f"/{number}", status=307, Location=f"/{number + 1}")
    web.on("/7", b"{}")
    assert fetch(f"{web.base}/2", OWN).text == "{}"
    with pytest.raises(InputFault, match="more than 5 times"):
        fetch(f"{web.base}/0", OWN)
    with pytest.raises(InputFault, match="without a Location"):
        fetch(web.on("/lost", status=301), OWN)


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://x.y/", "http://", "http://u:p@x.y/", "http://[x/"]
)
def test_a_redirect_is_checked_as_the_first_url_is(web: Web, target: str) -> None:
    with pytest.raises(InputFault):
        fetch(web.on("/x", status=302, Location=target), OWN)
    with pytest.raises(InputFault):
        fetch(target, OWN)


def test_private_hosts_are_refused_unless_allowed(web: Web) -> None:
    url = web.on("/x", b"{}")
    with pytest.raises(InputFault, match="not a public address") as fault:
        fetch(url)
    assert "--allow-private" in fault.value.hint
    assert web.seen == []
    assert fetch(url, OWN).text == "{}"


def test_a_redirect_to_a_private_host_is_refused(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first host counts as public here, the second as what it is."""
    real = socket.getaddrinfo

    def names(host: str, port: int, **options: object) -> object:
        if host == "public.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", web.server_port))]
        return real(host, port, **options)  # type: ignore[arg-type]

    judged = []

    def judge(address: str) -> bool:
        judged.append(address)
        return len(judged) == 1

    monkeypatch.setattr(socket, "getaddrinfo", names)
    monkeypatch.setattr(fetch_socket, "is_public", judge)
    secret = web.on("/secret", b"secret")
    web.on("/open", status=302, Location=secret)
    with pytest.raises(InputFault, match="not a public address"):
        fetch(f"http://public.example:{web.server_port}/open")
    assert [path for path, _ in web.seen] == ["/open"]
    assert web.seen[0][1]["Host"] == f"public.example:{web.server_port}"


def test_a_name_is_asked_once_and_the_checked_address_is_used(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that answers differently the second time leads nowhere."""
    asked = []

    def names(host: str, port: int, **_: object) -> object:
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "10.255.255.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", names)
    web.on("/x", b"{}")
    assert fetch(f"http://rebind.example:{web.server_port}/x", OWN).text == "{}"
    assert asked == ["rebind.example"]


def test_one_private_address_among_public_ones_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 80))
             for one in ("93.184.216.34", "192.168.1.1")]  # fmt: skip
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(InputFault, match=r"192\.168\.1\.1"):
        addresses_of("x.example", 80, Clock(5), allow_private=False)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False), ("0.0.0.0", False), ("10.1.2.3", False), ("172.16.0.1", False),
        ("192.168.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False),
        ("224.0.0.1", False), ("255.255.255.255", False), ("240.0.0.1", False), ("::1", False),
        ("::", False), ("fe80::1%eth0", False), ("fc00::1", False), ("ff02::1", False),
        ("::ffff:127.0.0.1", False), ("::ffff:10.0.0.1", False), ("::127.0.0.1", False),
        ("64:ff9b::a00:1", False), ("2002:a00:1::", False), ("2002:7f00:1::", False),
        ("2001:db8::1", False), ("no address", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_a_name_server_that_hangs_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(3) or [])
    started = time.monotonic()
    with pytest.raises(InputFault, match="took more than"):
        fetch("http://x.example/", FetchLimits(timeout_s=0.2))
    assert time.monotonic() - started < 1.5


def test_an_unknown_host_and_a_closed_port_are_told() -> None:
    with pytest.raises(InputFault, match="unknown host"):
        fetch("http://no-such-host.invalid/", OWN)
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(InputFault, match="refused"):
            fetch(f"http://127.0.0.1:{taken.getsockname()[1]}/", OWN)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for localhost, key and certificate in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names,
         "-keyout", "key.pem", "-out", "certificate.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    both = folder / "both.pem"
    both.write_bytes((folder / "key.pem").read_bytes() + (folder / "certificate.pem").read_bytes())
    return both


def test_tls_speaks_in_the_name_of_the_host(
    web: Web, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    named: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: named.append(name)
    web.socket = context.wrap_socket(web.socket, server_side=True)
    web.on("/x", b"{}")
    url = f"https://localhost:{web.server_port}/x"
    with pytest.raises(InputFault, match="no trusted connection"):
        fetch(url, OWN)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert fetch(url, OWN).text == "{}"
    assert named[-1] == "localhost"
    assert web.seen[-1][1]["Host"] == f"localhost:{web.server_port}"
    with pytest.raises(InputFault, match="no trusted connection"):  # right key, another name
        fetch(f"https://127.0.0.1:{web.server_port}/x", OWN)
    web.on("/down", status=302, Location="http://localhost:1/")
    with pytest.raises(InputFault, match="from https to http"):
        fetch(f"https://localhost:{web.server_port}/down", OWN)


def test_a_slow_handshake_ends_with_the_time(certificate: Path) -> None:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"https://localhost:{listener.getsockname()[1]}/"
        started = time.monotonic()
        with pytest.raises(InputFault, match="took more than"):
            fetch(url, FetchLimits(timeout_s=0.3, allow_private=True))
        assert time.monotonic() - started < 2


@pytest.mark.parametrize("charset", ["punycode", "a\x00b", "unicode_escape", "zlib_codec"])
def test_only_charsets_that_decode_in_linear_time_are_read(charset: str) -> None:
    headers = Message()
    headers.add_header("Content-Type", "text/yaml", charset=charset)
    with pytest.raises(InputFault, match="expected utf-8"):
        _text(b"openapi: 3.1.0", headers, "http://example.org/a")


def test_translated_addresses_inside_one_network_are_not_public() -> None:
    assert not is_public("64:ff9b:1:7f00:0:100:808:808")
    assert is_public("64:ff9b::8.8.8.8")
