"""The words for what cannot be read: a file that the system refuses, bytes, JSON.

Input: the fault that was met, and the name of the place. Output: an `InputFault`, or the words of
one, which say what was met and what to type next. No word of the language's own errors is shown.
"""

from __future__ import annotations

import json
import shlex
from gzip import BadGzipFile
from pathlib import Path

from fctune.errors import InputFault

AFTER_END = "after the end of the value"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_GUESSED_BYTES = 1 << 16
_PACKED = (".gz", ".zst")
_MEANT = {
    "Expecting value": "expected a value",
    "Expecting property name enclosed in double quotes": "expected a key in double quotes",
    "Expecting ':' delimiter": "expected a colon",
    "Expecting ',' delimiter": "expected a comma or a closing bracket",
    "Extra data": AFTER_END,
}
_TOLD = {
    "Illegal trailing comma": "a comma stands before the closing bracket",
    "Unterminated string starting at": "a string begins here that does not end",
    "Invalid control character at": "a string holds a line break, a tab or another control sign",
    "Invalid \\escape": "a backslash stands before a sign that it cannot escape",
    "Invalid \\uXXXX escape": "\\u is not followed by four hexadecimal digits",
}


def file_fault(where: str, fault: Exception, hint: str = "") -> InputFault:
    """Return the fault of a file that cannot be opened, read or unpacked.

    Args:
        where: the file, as messages name it.
        fault: what opening or reading it raised.
        hint: the next command; the default looks at the file or its folder.

    >>> str(file_fault("a/b.jsonl", FileNotFoundError(2, "No such file or directory")))
    'a/b.jsonl: no such file'
    """
    path = Path(where)
    if isinstance(fault, FileNotFoundError):
        return InputFault("no such file", where=where, hint=hint or f"ls {_typed(path.parent)}")
    if isinstance(fault, IsADirectoryError):
        words = "got a folder, expected a file"
        return InputFault(words, where=where, hint=hint or f"name a file of it: ls {_typed(path)}")
    look = f"ls -l {_typed(path)}"
    if isinstance(fault, BadGzipFile):
        words, look = "not gzip data", f"file {_typed(path)}"
    elif isinstance(fault, EOFError):
        words, look = "the packed data ends too early", "fetch or write the file again"
    else:
        words = getattr(fault, "strerror", None) or str(fault) or type(fault).__name__
    words = words[:1].lower() + words[1:]
    return InputFault(f"cannot be read: {words}", where=where, hint=hint or look)


def not_utf8(where: str, data: bytes, fault: UnicodeDecodeError) -> InputFault:
    """Return the fault of a text in another encoding, with the command that converts it.

    Args:
        where: the file, as messages name it.
        data: its bytes.
        fault: what decoding them raised.
    """
    line = data.count(b"\n", 0, fault.start) + 1
    guess = encoding_of(data)
    words = f"not UTF-8 text: byte {fault.start}"
    path = Path(where)
    if guess is None or where == "stdin" or path.suffix.lower() in _PACKED:
        hint = f"iconv -f {guess or 'ENCODING'} -t UTF-8 OLD > NEW"
        hint = (
            hint if guess else f"see what it is: file {_typed(path)}; text is converted by {hint}"
        )
        words = f"{words}; it reads as {guess}" if guess else words
        return InputFault(words, where=f"{where}:{line}", hint=hint)
    to = _typed(path.with_name(f"utf8_{path.name}"))
    hint = f"iconv -f {guess} -t UTF-8 {_typed(path)} > {to}"
    return InputFault(f"{words}; it reads as {guess}", where=f"{where}:{line}", hint=hint)


def encoding_of(data: bytes) -> str | None:
    """Return the encoding that bytes which are not UTF-8 read as; None where they look binary.

    >>> encoding_of("订单".encode("gbk")), encoding_of(bytes(4))
    ('GB18030', None)
    """
    piece = data[:_GUESSED_BYTES]
    if piece.startswith(_UTF16_MARKS):
        return "UTF-16"
    if b"\0" in piece:
        return None
    # A sign may be cut at the end of the piece; one has four bytes at most.
    for cut in range(4):
        try:
            text = piece[: len(piece) - cut].decode("gb18030")
        except UnicodeDecodeError:
            continue
        marked = [sign for sign in text if not sign.isascii()]
        usual = sum(_usual(sign) for sign in marked)
        return "GB18030" if 2 * usual > len(marked) else None
    return None


def json_words(fault: json.JSONDecodeError) -> str:
    """Return what a JSON reader met, with the column, in words of ours.

    >>> json_words(json.JSONDecodeError("Expecting value", "[1, ?]", 4))
    "got '?' at column 5, expected a value"
    """
    place = f"at column {fault.colno}"
    meant = _MEANT.get(fault.msg)
    if meant is not None:
        rest = fault.doc[fault.pos : fault.pos + 80].lstrip()
        return f"{f'got {rest[0]!r}' if rest else 'the text ends'} {place}, {meant}"
    told = next((words for start, words in _TOLD.items() if fault.msg.startswith(start)), None)
    return f"{told or fault.msg[:1].lower() + fault.msg[1:]}, {place}"


def look_at(where: str, line: int) -> str:
    """Return the command that shows a line of a file; for a URL, words.

    >>> look_at("my tools.yaml", 3)
    "sed -n 3p 'my tools.yaml'"
    """
    return "mend it at its source" if "://" in where else f"sed -n {line}p {_typed(Path(where))}"


def json_kind(value: object) -> str:
    """Return what kind of JSON a value is, as messages name it.

    >>> json_kind([]), json_kind(None), json_kind(True)
    ('a list', 'null', 'true')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    kinds = {str: "text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return next((word for kind, word in kinds.items() if isinstance(value, kind)), "no JSON")


def _usual(sign: str) -> bool:
    """Tell signs of everyday Chinese, which an accented letter before a plain one is not."""
    try:
        sign.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _typed(path: Path) -> str:
    return shlex.quote(str(path))
