"""Whole text files: UTF-8 with or without a byte order mark, whatever their line ends.

Input: a path, or the bytes of a file. Output: its text, or the fault that says what is wrong with
the file and which command mends it.
"""

from __future__ import annotations

from pathlib import Path

from fctune.jsonl.faults import file_fault, not_utf8


def read_text(path: Path, *, hint: str = "", where: str = "") -> str:
    r"""Return the text of a file, each line end as `\n`.

    Args:
        path: the file.
        hint: the next command where it cannot be opened; default: one that looks at it.
        where: the file as messages name it; default: its path.

    Raises:
        InputFault: it cannot be read, or is no UTF-8 text.
    """
    text = decoded(read_bytes(path, hint=hint, where=where), where or str(path))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_bytes(path: Path, *, hint: str = "", where: str = "") -> bytes:
    """Return the bytes of a file, as `read_text` has them.

    Raises:
        InputFault: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as fault:
        raise file_fault(where or str(path), fault, hint) from fault


def decoded(data: bytes, where: str) -> str:
    """Return the text that bytes are in UTF-8, without a byte order mark.

    Args:
        data: the whole file.
        where: the file as messages name it.

    Raises:
        InputFault: they are no UTF-8 text.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise not_utf8(where, data, fault) from fault
