"""Origin and HTTP binding of a tool, read back from a catalogue file.

Input: the `origin` and `http` objects that `ToolSpec.as_document` writes. Output: the nouns, or
None where the object is absent or of another shape: both serve people and requests, never training.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.tools.spec import HttpBinding, ParameterPlace, ToolOrigin


def parse_origin(raw: Any) -> ToolOrigin | None:
    """Return the origin, or None.

    >>> parse_origin({"source": "pets.json", "name": "pet.get"}).name
    'pet.get'
    """
    if not isinstance(raw, Mapping) or not isinstance(raw.get("name"), str):
        return None
    return ToolOrigin(str(raw.get("source", "")), raw["name"], str(raw.get("place", "")))


def parse_http(raw: Any) -> HttpBinding | None:
    """Return the binding, or None.

    >>> parse_http({"method": "get", "path": "/pets"}).method
    'GET'
    """
    if not isinstance(raw, Mapping):
        return None
    method, path = raw.get("method"), raw.get("path")
    if not isinstance(method, str) or not isinstance(path, str):
        return None
    places = raw.get("places")
    return HttpBinding(
        method.upper(),
        path,
        server=str(raw.get("server", "")),
        places={
            str(name): ParameterPlace(
                *(str(place.get(field, "")) for field in ("in", "name", "style"))
            )
            for name, place in (places.items() if isinstance(places, Mapping) else ())
            if isinstance(place, Mapping)
        },
        content_type=str(raw.get("content_type", "")),
    )
