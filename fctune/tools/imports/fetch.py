"""One document from a URL that the user gave: bounded in size, time and hops, public hosts only.

Input: an http or https URL and limits. Output: its text. The name of the host is resolved once,
every address is checked, and the connection goes to a checked address, so that a second answer of
the name server cannot lead elsewhere. Proxies and cookies are not used; nothing is sent but GET.

Before: "https://api.example.com/openapi.yaml"
After:  Fetched("https://api.example.com/openapi.yaml", "openapi: 3.1.0 ...", "application/yaml")
"""

from __future__ import annotations

import http.client
import ssl
import zlib
from dataclasses import dataclass
from email.message import Message
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from fctune import __version__
from fctune.errors import InputFault
from fctune.tools.imports.fetch_socket import Clock, PinnedHttp, PinnedHttps, addresses_of
from fctune.tools.imports.hidden import shown_url

# Charsets of the web that decode in linear time; others could hold the reader beyond its limits.
_CODECS = {
    **dict.fromkeys(("utf-8", "utf8", "us-ascii", "ascii"), "utf-8-sig"),
    **{
        name: name for name in ("utf-16", "utf-16le", "utf-16be", "utf-32", "iso-8859-1", "latin-1")
    },
    **{name: name for name in ("windows-1252", "cp1252", "gb18030", "gbk", "gb2312", "big5")},
    **{name: name for name in ("shift-jis", "euc-jp", "euc-kr", "koi8-r", "windows-1251")},
}
MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 65536
_AS_WRITTEN = "/%!$&'()*+,;=:@~?[]"  # the rest of a target is percent-encoded
_ACCEPT = "application/json, application/yaml, text/yaml;q=0.9, */*;q=0.5"
_HINT = "load the file with a browser or curl, then import the file"


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What a download may take.

    Attributes:
        max_bytes: of the answer, also after decompression; default 20 MB.
        timeout_s: for all of it together, redirects included; default 30 s.
        allow_private: also hosts of this machine and of private networks; default no.
    """

    max_bytes: int = 20_000_000
    timeout_s: float = 30.0
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: the URL that gave it in the end, its text, and its content type."""

    url: str
    text: str
    content_type: str


def is_url(source: str) -> bool:
    """Tell whether a source is a URL of the web.

    >>> is_url("https://x.y/z.json"), is_url("mcp:server"), is_url("./a.json")
    (True, False, False)
    """
    return source.lower().startswith(("http://", "https://"))


def fetch(url: str, limits: FetchLimits | None = None) -> Fetched:
    """Return the document at a URL.

    Args:
        url: of the scheme http or https.
        limits: default FetchLimits().

    Raises:
        InputFault: the URL is none of the web, its host is private, it answers too much, too
            slowly, with an error or with no text; `where` is the URL without its query.
    """
    bounds = limits or FetchLimits()
    clock = Clock(bounds.timeout_s)
    current = url
    try:
        for _ in range(MAX_REDIRECTS + 1):
            following, fetched = _get(current, bounds, clock)
            if fetched is not None:
                return fetched
            if current.lower().startswith("https:") and following.lower().startswith("http:"):
                raise _fault("leads from https to http", current)
            current = following
    except TimeoutError as fault:
        raise _fault(f"took more than {bounds.timeout_s:g} s", current) from fault
    except (http.client.HTTPException, OSError, zlib.error) as fault:
        reason = str(fault) or type(fault).__name__
        raise _fault(f"cannot be read: {reason}", current) from fault
    raise _fault(f"leads on more than {MAX_REDIRECTS} times", url)


def _get(url: str, bounds: FetchLimits, clock: Clock) -> tuple[str, Fetched | None]:
    """Return where a redirect leads, or the answer."""
    parts, host, port = _checked(url)
    addresses = addresses_of(host, port, clock, allow_private=bounds.allow_private)
    if parts.scheme == "https":
        connection: PinnedHttp = PinnedHttps(host, port, addresses, clock)
    else:
        connection = PinnedHttp(host, port, addresses, clock)
    try:
        target = quote(parts.path or "/", _AS_WRITTEN)
        target += f"?{quote(parts.query, _AS_WRITTEN)}" if parts.query else ""
        headers = {
            "Accept": _ACCEPT,
            "Accept-Encoding": "gzip",
            "User-Agent": f"fctune/{__version__}",
        }
        connection.request("GET", target, headers=headers)
        response = connection.getresponse()
        if response.status in _REDIRECTS:
            location = response.headers.get("Location")
            if not location:
                raise _fault(f"HTTP {response.status} without a Location", url)
            return _joined(url, location), None
        if response.status != 200:
            raise _fault(f"HTTP {response.status} {response.reason}".strip(), url)
        body = _body(response, bounds.max_bytes, url)
        return "", Fetched(url, _text(body, response.headers, url), _kind(response.headers))
    except ssl.SSLError as fault:
        raise _fault(f"no trusted connection: {fault.reason or fault}", url) from fault
    finally:
        connection.close()


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as fault:
        raise _fault(f"leads to {location!r}, which is no URL", url) from fault


def _checked(url: str) -> tuple[SplitResult, str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = (parts.hostname or "").rstrip(".")
        host = host if ":" in host else host.encode("idna").decode()
    except (ValueError, UnicodeError) as fault:
        raise _fault("not a URL: its host or port cannot be read", url) from fault
    if parts.scheme not in ("http", "https") or not host:
        raise _fault(f"got scheme {parts.scheme!r}, expected http or https with a host", url)
    if parts.username is not None or parts.password is not None:
        raise _fault("holds a user name or password, which would end in the catalogue", url)
    if any(ord(char) <= 0x20 or ord(char) == 0x7F for char in url):
        raise _fault("holds a blank or control character", url)
    return parts, host, port


def _body(response: http.client.HTTPResponse, max_bytes: int, url: str) -> bytes:
    """Return the body, decompressed, never more than max_bytes of either form."""
    encoding = (response.headers.get("Content-Encoding") or "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise _fault(f"got Content-Encoding {encoding!r}, expected gzip or none", url)
    unpack = zlib.decompressobj(31) if "gzip" in encoding else None
    parts: list[bytes] = []
    received = size = 0
    while chunk := response.read1(_CHUNK):
        received += len(chunk)
        plain = unpack.decompress(chunk, max_bytes - size + 1) if unpack else chunk
        parts.append(plain)
        size += len(plain)
        if max(received, size) > max_bytes:
            raise _fault(f"larger than {max_bytes / 1e6:g} MB", url)
    if response.length:  # the connection ended before Content-Length was reached
        raise http.client.IncompleteRead(b"", response.length)
    if unpack is not None and not unpack.eof:
        raise _fault("ends in the middle of its gzip data", url)
    return b"".join(parts)


def _text(body: bytes, headers: Message, url: str) -> str:
    """Return the body as text, in one of the charsets that decode in linear time."""
    charset = (headers.get_content_charset() or "utf-8").replace("_", "-")
    codec = _CODECS.get(charset)
    if codec is None:
        raise _fault(f"got charset {charset[:40]!r}, expected utf-8", url)
    try:
        return body.decode(codec)
    except UnicodeError as fault:
        raise _fault(f"is no text in {charset}", url) from fault


def _kind(headers: Message) -> str:
    return headers.get_content_type()


def _fault(found: str, url: str) -> InputFault:
    return InputFault(found, where=shown_url(url), hint=_HINT)
