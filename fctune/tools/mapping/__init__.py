"""Tool mappings: model-facing tools on one side, the APIs behind them on the other.

Input: `tool_mapping` of a catalogue, a recipe or a file of its own. Output: two pure functions,
`to_api` and `to_model`, and the same for whole catalogues. docs/mapping.md is the reference.
"""

from __future__ import annotations

from fctune.tools.mapping.apply import to_api, to_model
from fctune.tools.mapping.catalogs import to_api_catalog, to_model_catalog
from fctune.tools.mapping.load import find_mapping, load_mapping
from fctune.tools.mapping.read import parse_mapping
from fctune.tools.mapping.spec import ApiCall, MappingEntry, ParameterMapping, ToolMapping

__all__ = [
    "ApiCall",
    "MappingEntry",
    "ParameterMapping",
    "ToolMapping",
    "find_mapping",
    "load_mapping",
    "parse_mapping",
    "to_api",
    "to_api_catalog",
    "to_model",
    "to_model_catalog",
]
