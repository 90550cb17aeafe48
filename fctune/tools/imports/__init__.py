"""Importers: one file per kind of source, each from a value or a file to tools and issues.

Input: an API description, a live MCP server, a Python module, or another framework's tool list.
Output: `Imported`: a ToolCatalog in canonical form, every tool with its origin, and an issue with
its place for whatever could not be expressed. Nothing is dropped without an issue.
"""

from __future__ import annotations

from fctune.tools.imports.result import Imported

__all__ = ["Imported"]
