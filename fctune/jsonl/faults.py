"""The words for what cannot be read: a file that the system refuses, bytes, JSON.

Input: the fault that was met, and the name of the place. Output: an `InputFault`, or the words of
one, which say what was met and what to type next. No word of the language's own errors is shown.
"""

from __future__ import annotations

import json
import shlex
import sys
import zlib
from datetime import date
from gzip import BadGzipFile
from pathlib import Path

from fctune.errors import InputFault

AFTER_END = "after the end of the value"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_GUESSED_BYTES = 1 << 16
UTF8 = "UTF-8"
_THREE_BYTES = "\u0800"  # from here on a sign has three bytes in UTF-8, as Chinese ones have
_GZIP_MARK = b"\x1f\x8b"
_UNPACKED_BY = {".gz": "gzip", ".zst": "zstd"}
AT_SOURCE = "mend it at its source"
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
    "Unexpected UTF-8 BOM": "a byte order mark stands before the value",
    "number is infinity": "a number is too large to be read",
}
# A date is no JSON, but what YAML makes of an unquoted one.
_KINDS: dict[type, str] = {
    str: "text", int: "a number", float: "a number", list: "a list", dict: "an object",
    date: "a date",
}  # fmt: skip


class DamagedFile(OSError):
    """Packed data that cannot be unpacked, whatever packed it."""


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
    if isinstance(fault, BadGzipFile) and _is_no_gzip(path):
        words, look = "not gzip data", f"file {_typed(path)}"
    elif isinstance(fault, BadGzipFile | zlib.error | DamagedFile):
        words, look = "the packed data is damaged", "fetch or write the file again"
    elif isinstance(fault, EOFError):
        words, look = "the packed data ends too early", "fetch or write the file again"
    else:
        words = getattr(fault, "strerror", None) or str(fault) or type(fault).__name__
    words = words[:1].lower() + words[1:]
    look = AT_SOURCE if _is_elsewhere(where) else look
    return InputFault(f"cannot be read: {words}", where=where, hint=hint or look)


def _is_no_gzip(path: Path) -> bool:
    """Tell whether a file begins as no gzip file does; stdin, which cannot be read twice, does."""
    try:
        with path.open("rb") as stream:
            return stream.read(2) != _GZIP_MARK
    except OSError:
        return False


def not_utf8(where: str, data: bytes, fault: UnicodeDecodeError) -> InputFault:
    """Return the fault of a text in another encoding, with the command that converts it.

    Args:
        where: the file, as messages name it.
        data: its bytes.
        fault: what decoding them raised.
    """
    line = data.count(b"\n", 0, fault.start) + 1
    place = f"{where}:{line}"
    guess = encoding_of(data)
    if guess == UTF8:
        words = f"damaged UTF-8 text: byte {fault.start} belongs to no sign"
        return InputFault(words, where=place, hint=look_at(where, line))
    words = f"not UTF-8 text: byte {fault.start}"
    if guess is not None:
        words = f"{words}; it reads as {guess}"
        return InputFault(words, where=place, hint=converting(where, guess))
    look = AT_SOURCE if _is_elsewhere(where) else f"see what it is: file {_typed(Path(where))}"
    hint = f"{look}; text is converted by iconv -f ENCODING -t UTF-8 OLD > NEW"
    return InputFault(words, where=place, hint=hint)


def converting(where: str, encoding: str) -> str:
    """Return the command that writes a text of another encoding as UTF-8.

    Args:
        where: the file, as messages name it.
        encoding: as `encoding_of` names it.

    >>> converting("logs/单.json", "GB18030")
    "iconv -f GB18030 -t UTF-8 'logs/单.json' > 'logs/utf8_单.json'"
    """
    path = Path(where)
    if _is_elsewhere(where) or path.suffix.lower() in _UNPACKED_BY:
        return f"iconv -f {encoding} -t UTF-8 OLD > NEW"
    to = _typed(path.with_name(f"utf8_{path.name}"))
    return f"iconv -f {encoding} -t UTF-8 {_typed(path)} > {to}"


def encoding_of(data: bytes) -> str | None:
    """Return the encoding that bytes which are not UTF-8 read as; None where they look binary.

    It is UTF-8 all the same where only some bytes were lost or added: a conversion would garble
    such text from end to end.

    >>> encoding_of("订单".encode("gbk")), encoding_of(bytes(4))
    ('GB18030', None)
    >>> encoding_of("订单".encode()[:-1])
    'UTF-8'
    """
    if data.startswith(_UTF16_MARKS):
        return "UTF-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as fault:
        piece = data[fault.start : fault.start + _GUESSED_BYTES]
        if b"\0" in data[:_GUESSED_BYTES] or b"\0" in piece:
            return None
        if _is_damaged_utf8(data, fault):
            return UTF8
        return "GB18030" if _is_gb18030(piece) else None
    return None


def _is_damaged_utf8(data: bytes, fault: UnicodeDecodeError) -> bool:
    """Tell UTF-8 text with a fault in it from text of another encoding.

    Bytes of another encoding hardly ever make three bytes of UTF-8 that belong together.
    """
    if fault.reason == "unexpected end of data":
        return True
    if max(data[: fault.start].decode("utf-8"), default="") >= _THREE_BYTES:
        return True
    rest = data[fault.start : fault.start + _GUESSED_BYTES]
    whole = rest.decode("utf-8", errors="ignore")
    broken = rest.decode("utf-8", errors="replace").count("\ufffd") - whole.count("\ufffd")
    return sum(sign >= _THREE_BYTES and _usual(sign) for sign in whole) >= broken


def _is_gb18030(piece: bytes) -> bool:
    # A sign may be cut at the end of the piece; one has four bytes at most.
    for cut in range(4):
        try:
            text = piece[: len(piece) - cut].decode("gb18030")
        except UnicodeDecodeError:
            continue
        marked = [sign for sign in text if not sign.isascii()]
        return 2 * sum(_usual(sign) for sign in marked) > len(marked)
    return False


def json_words(fault: Exception, *, column: bool = True) -> str:
    """Return what a JSON reader met, in words of ours.

    Args:
        fault: what the reader raised: JSONDecodeError; RecursionError of lists in lists in lists;
            ValueError of a number of too many digits; UnicodeEncodeError of half a sign.
        column: say where on the line, if the fault says so.

    >>> json_words(json.JSONDecodeError("Expecting value", "[1, ?]", 4))
    "got '?' at column 5, expected a value"
    """
    if isinstance(fault, RecursionError):
        return "nested too deep to be read"
    if isinstance(fault, UnicodeEncodeError):
        return "half of a surrogate pair"
    if not isinstance(fault, json.JSONDecodeError):
        return f"a number has more than {sys.get_int_max_str_digits()} digits"
    place = f" at column {fault.colno}" if column else ""
    meant = _MEANT.get(fault.msg)
    if meant is not None:
        rest = fault.doc[fault.pos : fault.pos + 80].lstrip()
        return f"{f'got {rest[0]!r}' if rest else 'the text ends'}{place}, {meant}"
    told = next((words for start, words in _TOLD.items() if fault.msg.startswith(start)), None)
    words = told or fault.msg[:1].lower() + fault.msg[1:]
    return f"{words},{place}" if place else words


def look_at(where: str, line: int) -> str:
    """Return the command that shows a line of a file; for a URL and stdin, words.

    >>> look_at("my tools.yaml", 3), look_at("rows.jsonl.gz", 3)
    ("sed -n 3p 'my tools.yaml'", 'gzip -dc rows.jsonl.gz | sed -n 3p')
    """
    if _is_elsewhere(where):
        return AT_SOURCE
    path = Path(where)
    unpack = _UNPACKED_BY.get(path.suffix.lower())
    if unpack is not None:
        return f"{unpack} -dc {_typed(path)} | sed -n {line}p"
    return f"sed -n {line}p {_typed(path)}"


def json_kind(value: object) -> str:
    """Return what kind of JSON a value is, as messages name it.

    >>> json_kind([]), json_kind(None), json_kind(True)
    ('a list', 'null', 'true')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return next((word for kind, word in _KINDS.items() if isinstance(value, kind)), "no JSON")


def _usual(sign: str) -> bool:
    """Tell signs of everyday Chinese, which an accented letter before a plain one is not."""
    try:
        sign.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _is_elsewhere(where: str) -> bool:
    """Tell a place that no command can look at: a URL, or what came on stdin."""
    return where == "stdin" or "://" in where


def _typed(path: Path) -> str:
    return shlex.quote(str(path))
