"""The tools known to a project: versions, origin, training count, accuracy, and all history.

Input: catalogues, dataset manifests and evaluation results. Output: an embedded database (SQLite,
or PostgreSQL where a URL is given). SQLAlchemy is imported when a registry is opened, not before.
"""

from __future__ import annotations

from fctune.tools.registry.location import DEFAULT_PATH, Location, locate
from fctune.tools.registry.records import (
    Accuracy,
    Added,
    Event,
    KnownTool,
    Recorded,
    Removed,
    ToolVersion,
)
from fctune.tools.registry.store import Registry, open_registry

__all__ = [
    "DEFAULT_PATH",
    "Accuracy",
    "Added",
    "Event",
    "KnownTool",
    "Location",
    "Recorded",
    "Registry",
    "Removed",
    "ToolVersion",
    "locate",
    "open_registry",
]
