"""The addresses of MCP servers that may be asked without a further word from the user.

Input: a URL. Output: nothing, or the refusal. This machine's own names are what the user means by
typing them; any other private address needs `allow_private`, so that a URL that someone has sent
does not lead into the user's network. The SDK resolves the name once more when it connects.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from fctune.errors import InputFault
from fctune.tools.imports.fetch_socket import Clock, addresses_of
from fctune.tools.imports.mcp_target import shown_target


def refuse_private(url: str, *, timeout_s: float, allow_private: bool) -> None:
    """Refuse a URL that leads to a private address, this machine's own names aside.

    Args:
        url: http or https.
        timeout_s: for the name server, in seconds.
        allow_private: refuse none.

    Raises:
        InputFault: the URL cannot be read, has no host, or its host is private or unknown.
    """
    where = f"mcp:{shown_target(url)}"
    host, port = _host_and_port(url, where)
    if allow_private or _is_own(host):
        return
    try:
        addresses_of(host, port, Clock(timeout_s), allow_private=False)
    except InputFault as fault:
        raise InputFault(fault.message, where=where, hint=fault.hint) from fault
    except TimeoutError as fault:
        raise InputFault(str(fault), where=where, hint="check the URL and network") from fault


def _host_and_port(url: str, where: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as fault:
        raise InputFault("not a URL: its host or port cannot be read", where=where) from fault
    if not host:
        raise InputFault("the URL names no host", where=where)
    return host, port or (443 if parts.scheme == "https" else 80)


def _is_own(host: str) -> bool:
    """Tell `localhost` and loopback addresses; a name that only resolves to one is another's."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
