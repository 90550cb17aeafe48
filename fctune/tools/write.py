"""Catalogue files: a ToolCatalog written as JSON or YAML that `load_catalog` reads back whole.

Written beside the target, flushed and renamed. Chinese stays readable, keys keep their order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from fctune.errors import UsageFault
from fctune.jsonl import dump_yaml, write_text
from fctune.tools.spec import ToolCatalog

SCHEMA_VERSION = 1


def write_catalog(
    catalog: ToolCatalog, path: Path, extras: Mapping[str, Any] | None = None
) -> None:
    """Write the catalogue to `.json`, `.yaml` or `.yml`.

    Args:
        catalog: its tools.
        path: the file.
        extras: other top-level keys, written after the tools; default none.

    Raises:
        UsageFault: another suffix.
        InputFault: the file cannot be written.
    """
    document = catalog_document(catalog, extras)
    suffix = path.suffix.lower()
    if suffix == ".json":
        write_text(path, _json_text(document))
    elif suffix in (".yaml", ".yml"):
        write_text(path, dump_yaml(document))
    else:
        raise UsageFault(f"got {path.name!r}, expected a name that ends in .json, .yaml or .yml")


def catalog_document(
    catalog: ToolCatalog, extras: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the JSON-ready content of a catalogue file: schema_version, tools, and the extras."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tools": [spec.as_document() for spec in catalog],
        **(extras or {}),
    }


def _json_text(document: dict[str, Any]) -> str:
    """Return indented JSON; a catalogue of thousands of tools takes the standard writer seconds."""
    try:
        return orjson.dumps(
            document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        ).decode()
    except TypeError:  # an integer beyond 64 bits, or a lone surrogate
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
