"""The base URL of an operation, from OpenAPI servers or Swagger host, basePath and schemes.

Input: the objects that may name servers, the nearest first. Output: one URL with the defaults of
its variables, or "" where the source tells none.

Before: {"servers": [{"url": "https://{at}.x.io/v1", "variables": {"at": {"default": "eu"}}}]}
After:  "https://eu.x.io/v1"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from fctune.patterns import regex

_VARIABLE = regex(r"\{([^{}]+)\}")
_SCHEMES = ("https", "http", "wss", "ws")


def server_of(*holders: Mapping[str, Any], source_url: str = "") -> str:
    """Return the URL of the first server that the nearest holder names, without a slash at its end.

    Args:
        holders: operation, path item and document, nearest first.
        source_url: where the document was loaded from; relative servers are meant from there.
    """
    for holder in holders:
        servers = holder.get("servers")
        for server in servers if isinstance(servers, list) else ():
            if isinstance(server, dict) and isinstance(server.get("url"), str):
                return _absolute(_filled(server["url"], server.get("variables")), source_url)
    return _absolute("/", source_url) if source_url else ""


def swagger_server(document: Mapping[str, Any], source_url: str = "") -> str:
    """Return the base URL of a Swagger 2.0 document.

    >>> swagger_server({"host": "a.b", "basePath": "/v1", "schemes": ["http", "https"]})
    'https://a.b/v1'
    """
    host = document.get("host")
    path = document.get("basePath")
    base = path if isinstance(path, str) else ""
    if not isinstance(host, str) or not host:
        return _absolute(base, source_url)
    schemes = document.get("schemes")
    known = [one for one in _SCHEMES if isinstance(schemes, list) and one in schemes]
    scheme = known[0] if known else urlsplit(source_url).scheme or "https"
    return f"{scheme}://{host}/{base.lstrip('/')}".rstrip("/")


def _filled(url: str, variables: Any) -> str:
    """Return the URL with the default of each variable, or the first value it may have."""
    known = variables if isinstance(variables, dict) else {}

    def value(match: re.Match[str]) -> str:
        variable = known.get(match[1])
        if not isinstance(variable, dict):
            return match[0]
        values = variable.get("enum")
        first = values[0] if isinstance(values, list) and values else match[0]
        return str(variable.get("default", first))

    return _VARIABLE.sub(value, url)


def _absolute(url: str, source_url: str) -> str:
    try:
        return (urljoin(source_url, url) if source_url else url).rstrip("/")
    except ValueError:  # a bracket without its pair
        return url
