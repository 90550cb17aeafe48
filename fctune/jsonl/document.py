"""One document of a file, whatever it is written in: JSON, YAML, or JSON Lines as a list.

Input: a path or a text; the suffix tells the language, JSON where it tells nothing. Output: plain
values, as JSON has them: YAML is read by the rules of YAML 1.2, so that `NO` is no boolean.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fctune.errors import InputFault
from fctune.jsonl.faults import json_words, look_at
from fctune.jsonl.parse import holds_surrogate
from fctune.jsonl.read import parse_json, read_json, read_rows
from fctune.jsonl.text import read_text
from fctune.patterns import regex

YAML_SUFFIXES = (".yaml", ".yml")
_HALF_PAIR = regex(r"\\u[dD][89a-fA-F]")


def read_document(path: Path) -> Any:
    """Return the document of a file.

    Args:
        path: `.yaml` or `.yml` for YAML, `.jsonl` or `.jsonl.gz` for a list of its rows, else
            JSON.

    Raises:
        InputFault: the file cannot be read or parsed; `where` names file and line.
    """
    suffix = path.suffix.lower()
    if suffix in YAML_SUFFIXES:
        return parse_yaml(read_text(path), str(path))
    if suffix == ".jsonl" or path.name.lower().endswith(".jsonl.gz"):
        return _rows(path)
    return read_json(path)


def parse_document(text: str, where: str) -> Any:
    """Return the value of a text whose language is not told: JSON if it starts so, else YAML.

    Args:
        text: the document; a byte order mark is skipped.
        where: file or URL, to name in errors; a YAML suffix decides for YAML.

    Raises:
        InputFault: it cannot be parsed; `where` gets the line.
    """
    text = text.removeprefix("\ufeff")
    braced = text.lstrip().startswith(("{", "["))
    if not braced or where.lower().endswith(YAML_SUFFIXES):
        return parse_yaml(text, where)
    value = parse_json(text, where)
    half = _HALF_PAIR.search(text)
    if half is not None and holds_surrogate(value):
        line = text.count("\n", 0, half.start()) + 1
        raise InputFault("half of a surrogate pair", where=f"{where}:{line}")
    return value


def parse_yaml(text: str, where: str) -> Any:
    """Return the value of a YAML text.

    Args:
        text: the YAML.
        where: file or URL, to name in errors.

    Raises:
        InputFault: it cannot be parsed, or holds what JSON cannot; `where` gets the line.
    """
    import yaml  # a tenth of a second of start-up, which readers of JSON need not pay

    from fctune.jsonl.yaml_values import load_yaml

    try:
        return load_yaml(text)
    except yaml.reader.ReaderError as fault:
        line = _line_of(text, fault.position)
        hint = look_at(where, line)
        place = f"{where}:{line}"
        raise InputFault(f"not valid YAML: {fault.reason}", where=place, hint=hint) from fault
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        place = f"{where}:{mark.line + 1}" if mark else where
        reason = getattr(fault, "problem", None) or "cannot be parsed"
        hint = look_at(where, mark.line + 1) if mark else ""
        raise InputFault(f"not valid YAML: {reason}", where=place, hint=hint) from fault
    except RecursionError as fault:
        raise InputFault("nested too deep to be read", where=where) from fault
    except ValueError as fault:
        hint = "" if isinstance(fault, UnicodeEncodeError) else "put the value in quotes"
        words = f"not usable YAML: {json_words(fault)}"
        raise InputFault(words, where=where, hint=hint) from fault


def _line_of(text: str, position: Any) -> int:
    # The C parser counts bytes, the other one characters.
    if not isinstance(position, int) or position < 0:
        return 1
    return text.encode("utf-8", "surrogatepass")[:position].count(b"\n") + 1


def _rows(path: Path) -> list[Any]:
    values = []
    for row in read_rows(path):
        if row.issue is not None:
            raise InputFault(row.issue.message, where=str(row.origin), hint=row.issue.hint)
        values.append(row.value)
    return values
