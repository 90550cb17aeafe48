"""Form bodies: names and values as multipart/form-data.

Input: names and values. Output: the bytes, and the content type with its boundary. The boundary
follows from the values, so that the same call gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def multipart(pairs: Sequence[tuple[str, str]]) -> tuple[bytes, str]:
    """Return a multipart body and its content type.

    Args:
        pairs: names and values; quotes and line ends in names are percent-encoded, as browsers do.
    """
    encoded = [(_name(name), value.encode("utf-8", "replace")) for name, value in pairs]
    boundary = hashlib.sha256(repr(encoded).encode()).hexdigest()[:32]
    lines: list[bytes] = []
    for name, value in encoded:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        lines += [head.encode(), value, b"\r\n"]
    lines.append(f"--{boundary}--\r\n".encode())
    return b"".join(lines), f"{MULTIPART}; boundary={boundary}"


def _name(name: str) -> str:
    for char in '"\r\n':
        name = name.replace(char, f"%{ord(char):02X}")
    return name
