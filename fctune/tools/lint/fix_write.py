"""Repaired tools to a file, with nothing lost on the way.

Input: an opened and repaired file of tools, and where to write it. Output: the file, in the
language of its suffix, written atomically. A file that is not a catalogue as it stands is never
overwritten, nor is a YAML file with comments, which no writer keeps.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from fctune.errors import UsageFault
from fctune.jsonl import dump_line, read_text, write_json, write_text
from fctune.jsonl.yaml_text import dump_yaml
from fctune.tools.imports.extras import beside_tools
from fctune.tools.lint.report import CATALOGUE, Opened
from fctune.tools.read import tool_list
from fctune.tools.write import write_catalog

_YAML = (".yaml", ".yml")


def check_target(opened: Opened, source: Path, target: Path) -> None:
    """Refuse a target where writing would lose something.

    Args:
        opened: the file as read.
        source: where it was read.
        target: where the repaired tools are to go.

    Raises:
        UsageFault: writing there would lose something, or the suffix is of no known language.
    """
    suffix = target.suffix.lower()
    in_place = target.resolve() == source.resolve()
    if in_place and opened.kind != CATALOGUE:
        raise UsageFault(
            f"the file is read as {opened.kind}, which --fix cannot write back",
            where=str(source),
            hint=f"add --out {source.stem}.tools.json",
        )
    if in_place and suffix in _YAML and has_comments(read_text(source)):
        raise UsageFault(
            "the file has comments, which would be lost",
            where=str(source),
            hint=f"add --out {source.stem}.fixed{source.suffix}",
        )
    extras = [str(key) for key in beside_tools(opened.document)] if suffix == ".jsonl" else []
    if extras:
        raise UsageFault(
            f"--out {target.name}: a tool a line has no place for {', '.join(extras)}",
            where=str(source),
            hint=f"add --out {source.stem}.fixed.json",
        )
    known = (".json", *_YAML) + ((".jsonl",) if opened.kind == CATALOGUE else ())
    if suffix not in known:
        expected = ", ".join(known)
        raise UsageFault(f"got --out {target.name!r}, expected a name that ends in {expected}")


def write_fixed(opened: Opened, target: Path) -> None:
    """Write the repaired tools.

    Args:
        opened: as `Opened.fixed` gave it.
        target: as `check_target` took it.

    Raises:
        InputFault: the file cannot be written.
    """
    if opened.kind != CATALOGUE:
        write_catalog(opened.catalog, target, opened.extras)
        return
    suffix = target.suffix.lower()
    if suffix in _YAML:
        write_text(target, dump_yaml(opened.document))
    elif suffix == ".jsonl":
        lines = [dump_line(row).decode("utf-8") for row in tool_list(opened.document) or []]
        write_text(target, "".join(f"{line}\n" for line in lines))
    else:
        write_json(target, opened.document)


def has_comments(text: str) -> bool:
    """Tell whether a YAML text has a comment.

    >>> has_comments("a: 1 # one"), has_comments("a: 'not # one'"), has_comments("a: b#c")
    (True, False, False)
    """
    inside = [
        (_content_start(text, token), token.end_mark.index)
        for token in yaml.scan(text)
        if isinstance(token, yaml.ScalarToken)
    ]
    position = text.find("#")
    spans = iter([*inside, (len(text) + 1, len(text) + 1)])
    start, end = next(spans)
    while position >= 0:
        while end <= position:
            start, end = next(spans)
        if position < start:
            return True
        position = text.find("#", position + 1)
    return False


def _content_start(text: str, token: yaml.ScalarToken) -> int:
    """Return where a scalar's own text begins: a block's header line may end in a comment."""
    start: int = token.start_mark.index
    if token.style not in ("|", ">"):
        return start
    end = text.find("\n", start)
    return len(text) if end < 0 else end
