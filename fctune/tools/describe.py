"""Examples told in the description, in a fixed form that every template can show.

Input: a catalogue whose tools have examples. Output: the same tools with longer descriptions.
"""

from __future__ import annotations

import json
from dataclasses import replace

from fctune.tools.spec import ToolCatalog, ToolSpec


def told(catalog: ToolCatalog, *, examples: int) -> ToolCatalog:
    """Return the catalogue with up to `examples` examples woven into each description.

    Before: description "Track a parcel.", example "where is ORD-1?" -> {"order_id": "ORD-1"}
    After:  description "Track a parcel. Example: where is ORD-1? -> {"order_id": "ORD-1"}"
    """
    if examples <= 0:
        return catalog
    return ToolCatalog(tuple(_told(spec, examples) for spec in catalog))


def _told(spec: ToolSpec, count: int) -> ToolSpec:
    parts = [spec.description] if spec.description else []
    for example in spec.examples[:count]:
        arguments = json.dumps(dict(example.call.arguments), ensure_ascii=False)
        parts.append(f"Example: {example.input} -> {arguments}")
    return replace(spec, description=" ".join(parts))
