"""Connections that go only to checked addresses and end at one deadline.

Input: a host, its checked addresses, a clock. Output: connections of `http.client` that connect to
one of these addresses, speak TLS in the name of the host, and give every single read no more time
than is left of the whole.
"""

from __future__ import annotations

import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from typing import Any

from fctune.errors import InputFault

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Translation inside one network (RFC 8215): never the public internet, whatever it embeds.
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Clock:
    """The time left of a fixed span that starts now."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left.

        Raises:
            TimeoutError: none is left.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time is over")
        return left


def addresses_of(host: str, port: int, clock: Clock, *, allow_private: bool) -> list[str]:
    """Return the addresses of a host, each checked.

    Args:
        host: a name or an address.
        port: of the service.
        clock: the name server gets no more time than it has left.
        allow_private: take addresses that are not public too.

    Raises:
        InputFault: the name is unknown, or one of its addresses is not public.
        TimeoutError: the name server does not answer in time.
    """
    addresses = list(dict.fromkeys(_resolved(host, port, clock)))
    if allow_private:
        return addresses
    for address in addresses:
        if not is_public(address):
            raise InputFault(
                f"leads to {address}, which is not a public address",
                where=host,
                hint="add --allow-private if you trust this host",
            )
    return addresses


def is_public(address: str) -> bool:
    """Tell whether an address belongs to the public internet.

    Addresses that carry an IPv4 address inside (mapped, 6to4, Teredo, NAT64) are judged by both.

    >>> is_public("93.184.216.34"), is_public("::ffff:127.0.0.1"), is_public("169.254.169.254")
    (True, False, False)
    """
    try:
        whole = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if whole.version == 6 and whole in _NAT64_LOCAL:
        return False
    return all(_is_public(one) for one in (_embedded(whole) or [whole]))


def _is_public(address: _Address) -> bool:
    return address.is_global and not (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )


def _embedded(address: _Address) -> list[_Address]:
    """Return the addresses that a packet to this IPv6 address may reach in the end."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.sixtofour is not None:
        return [address.sixtofour]
    if address.teredo is not None:
        return list(address.teredo)
    if address in _NAT64 or int(address) >> 32 == 0:
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    return []


def _resolved(host: str, port: int, clock: Clock) -> list[str]:
    """Return the addresses of a name; the system's own call knows no time limit, so wait aside."""
    answers: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([str(entry[4][0]) for entry in found])
        except (OSError, UnicodeError) as fault:
            answers.put(fault)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=clock.left())
    except queue.Empty:
        raise TimeoutError("the name server does not answer") from None
    if isinstance(answer, OSError | UnicodeError):
        reason = getattr(answer, "strerror", None) or str(answer)
        raise InputFault(f"unknown host: {reason}", where=host, hint="check the URL and network")
    return answer


class _TimedSocket(socket.socket):
    """A socket whose every read ends with the clock."""

    clock: Clock

    def recv_into(self, *arguments: Any) -> int:
        self.settimeout(self.clock.left())
        return super().recv_into(*arguments)


class _TimedTlsSocket(ssl.SSLSocket):
    """The same over TLS."""

    clock: Clock

    def recv_into(self, *arguments: Any) -> int:
        self.settimeout(self.clock.left())
        return super().recv_into(*arguments)


class PinnedHttp(http.client.HTTPConnection):
    """HTTP to one of the given addresses, whatever the name means by now."""

    def __init__(self, host: str, port: int, addresses: Sequence[str], clock: Clock) -> None:
        super().__init__(host, port)
        self._addresses, self._clock = addresses, clock

    def connect(self) -> None:
        """Connect to the first address that answers.

        Raises:
            OSError: none answers.
        """
        fault: OSError | None = None
        for address in self._addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            plain = _TimedSocket(family, socket.SOCK_STREAM)
            plain.clock = self._clock
            try:
                plain.settimeout(self._clock.left())
                plain.connect((address, self.port))
                self.sock = self._secured(plain)
                return
            except ssl.SSLError:
                plain.close()
                raise
            except OSError as found:
                plain.close()
                fault = found
        raise fault or OSError("no address")

    def _secured(self, plain: _TimedSocket) -> socket.socket:
        return plain


class PinnedHttps(PinnedHttp):
    """HTTPS to one of the given addresses; the certificate must be that of the host's name."""

    default_port = http.client.HTTPS_PORT

    def _secured(self, plain: _TimedSocket) -> socket.socket:
        context = ssl.create_default_context()
        context.sslsocket_class = _TimedTlsSocket
        plain.settimeout(self._clock.left())
        secured = context.wrap_socket(plain, server_hostname=self.host)
        assert isinstance(secured, _TimedTlsSocket)
        secured.clock = self._clock
        return secured
