"""OpenAPI 3.0 and 3.1, and Swagger 2.0: one tool per operation.

Input: a parsed document, and the filters of the user. Output: Imported. References are followed in
the document and into files of its own folder; nothing else is read.

Before: {"openapi": "3.1.0", "paths": {"/pets": {"get": {"operationId": "listPets", ...}}}}
After:  Imported(ToolCatalog((ToolSpec("listPets", ...),)), issues, kind="openapi")
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fctune.errors import InputFault
from fctune.issues import Issue, issue
from fctune.jsonl.faults import json_kind
from fctune.tools.imports.openapi_filter import Operation, OperationFilter
from fctune.tools.imports.openapi_operation import Source, tool_of
from fctune.tools.imports.openapi_parameters import credentials_of, followed
from fctune.tools.imports.openapi_schema import At, SchemaReader
from fctune.tools.imports.references import References
from fctune.tools.imports.result import Imported
from fctune.tools.spec import ToolCatalog, ToolSpec

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_OF_ITEM = frozenset({"$ref", "summary", "description", "servers", "parameters"})
_RETURN_PARTS = 40


def is_openapi(value: Any) -> bool:
    """Tell an OpenAPI or Swagger document of any version."""
    return isinstance(value, dict) and bool({"openapi", "swagger", "swaggerVersion"} & value.keys())


def import_openapi(
    document: Any,
    source: str,
    *,
    folder: Path | None = None,
    operations: OperationFilter | None = None,
) -> Imported:
    """Return the operations of a document as tools.

    Args:
        document: the parsed document.
        source: file or URL, for origins and errors; relative servers of a URL are meant from it.
        folder: where the files that it refers to are; default none are followed.
        operations: which operations to take; default all.

    Returns:
        The tools in the order of the document; `where` of the issues is inside it.

    Raises:
        InputFault: it is no document of a known version, or has no operation.
        UsageFault: a filter fits no operation.
    """
    version, is_swagger = _version(document, source)
    references = References(document, folder)
    issues: dict[Issue, None] = {}
    found = list(_operations(document, references, issues))
    if not found:
        hint = "; ".join(str(one) for one in list(issues)[:3]) or "look under `paths`"
        raise InputFault(f"{version} holds no operation", where=source, hint=hint)
    chosen = (operations or OperationFilter()).choose(found)
    shared = Source(
        document,
        source,
        source if source.lower().startswith(("http://", "https://")) else "",
        is_swagger,
        references,
        SchemaReader(references, "readOnly"),
        SchemaReader(references, "writeOnly", _RETURN_PARTS),
        credentials_of(document, references),
    )
    specs: dict[str, ToolSpec] = {}
    for operation in chosen:
        spec, told = tool_of(operation, shared, specs)
        issues |= dict.fromkeys(told)
        if spec is not None:
            specs[spec.name] = spec
    return Imported(ToolCatalog(tuple(specs.values())), tuple(issues), "openapi")


def _version(document: Any, source: str) -> tuple[str, bool]:
    if isinstance(document, dict):
        for key, name, known in (("openapi", "OpenAPI", "3"), ("swagger", "Swagger", "2")):
            if key in document:
                version = str(document[key])
                if version.split(".", 1)[0] == known:
                    return f"{name} {version}", key == "swagger"
                raise _unknown(f"got {name} {version!r}", source)
        if "swaggerVersion" in document:
            raise _unknown(f"got Swagger {document['swaggerVersion']!r}", source)
    raise _unknown("got no `openapi` and no `swagger` key", source)


def _unknown(found: str, source: str) -> InputFault:
    return InputFault(
        f"{found}, expected OpenAPI 3.0, 3.1 or Swagger 2.0",
        where=source,
        hint="convert the document to OpenAPI 3, or force another kind with --kind",
    )


def _operations(
    document: Mapping[str, Any], references: References, issues: dict[Issue, None]
) -> Iterator[Operation]:
    paths = document.get("paths")
    for path, raw in paths.items() if isinstance(paths, dict) else ():
        if path.startswith("x-"):
            continue
        item, at, missing = followed(raw, At("", f"paths.{path}"), references)
        issues |= dict.fromkeys(missing)
        item = _with_siblings(item, raw, at, issues)
        if not isinstance(item, dict):
            if not missing:
                issues[_skipped(at.where, item)] = None
            continue
        yield from _of_item(path, item, at, issues)
    webhooks = document.get("webhooks")
    for name in webhooks if isinstance(webhooks, dict) else ():
        found = "a webhook is called by the API, not by a tool"
        issues[issue("import-not-expressed", f"webhooks.{name}", found)] = None


def _with_siblings(item: Any, raw: Any, at: At, issues: dict[Issue, None]) -> Any:
    """Return a path item that a `$ref` names, with what stands beside the `$ref`.

    Beside a reference into another file it is left out, as its own references would lead astray.
    """
    beside = {key: value for key, value in raw.items() if key != "$ref"} if _is_ref(raw) else {}
    if not isinstance(item, dict) or not beside:
        return item
    if not at.base:
        return {**item, **beside}
    for key in beside:
        found = "stands beside a `$ref` into another file and is left out"
        issues[issue("import-not-expressed", f"{at.where}.{key}", found)] = None
    return item


def _is_ref(raw: Any) -> bool:
    return isinstance(raw, dict) and "$ref" in raw


def _of_item(
    path: str, item: Mapping[str, Any], at: At, issues: dict[Issue, None]
) -> Iterator[Operation]:
    for method, raw in item.items():
        where = f"{at.where}.{method}"
        if method.lower() not in METHODS:
            if method not in _OF_ITEM and not method.startswith("x-"):
                found = f"{method!r} is no HTTP method"
                issues[issue("import-not-expressed", where, found)] = None
        elif not isinstance(raw, dict):
            issues[_skipped(where, raw)] = None
        else:
            if raw.get("callbacks"):
                found = "callbacks are requests of the API, not of a tool"
                issues[issue("import-not-expressed", f"{where}.callbacks", found)] = None
            yield Operation(method.upper(), path, raw, item, at.base, where)


def _skipped(where: str, raw: Any) -> Issue:
    return issue("import-tool-skipped", where, f"got {json_kind(raw)}, expected an object")
