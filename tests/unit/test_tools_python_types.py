"""Python types: every annotation has one schema, read from source or made by pydantic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fctune.errors import FctuneError
from fctune.tools.check import check_schema
from fctune.tools.imports.python import import_python
from fctune.tools.names import LAWFUL_NAME

KINDS = (Path(__file__).resolve().parent / "samples" / "kinds.py").read_text(encoding="utf-8")
STRING, INTEGER = {"type": "string"}, {"type": "integer"}
PART = {
    "type": "object",
    "description": "A part.",
    "properties": {
        "a": INTEGER,
        "b": {"type": "number", "description": "how long", "default": 1.5},
        "c": {"type": "array", "items": STRING},
        "d": {"type": "integer", "default": 3},
    },
    "required": ["a"],
}
MOVIE = {
    "type": "object",
    "description": "A film.",
    "properties": {"title": STRING, "year": INTEGER},
    "required": ["title"],
}
TYPES: dict[str, dict[str, Any]] = {
    "str": STRING,
    "int": INTEGER,
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "None": {"type": "null"},
    "Any": {},
    "object": {},
    "list": {"type": "array"},
    "list[int]": {"type": "array", "items": INTEGER},
    "List[List[str]]": {"type": "array", "items": {"type": "array", "items": STRING}},
    "dict": {"type": "object"},
    "dict[str, Any]": {"type": "object"},
    "Dict[str, int]": {"type": "object", "additionalProperties": INTEGER},
    "Mapping[Color, int]": {
        "type": "object",
        "propertyNames": {"type": "string", "enum": ["red", "blue"]},
        "additionalProperties": INTEGER,
    },
    "collections.OrderedDict[str, int]": {"type": "object", "additionalProperties": INTEGER},
    "Counter[str]": {"type": "object", "additionalProperties": INTEGER},
    "tuple": {"type": "array"},
    "tuple[int, str]": {
        "type": "array", "prefixItems": [INTEGER, STRING], "minItems": 2, "maxItems": 2,
    },
    "Tuple[int, ...]": {"type": "array", "items": INTEGER},
    "set[int]": {"type": "array", "uniqueItems": True, "items": INTEGER},
    "FrozenSet[str]": {"type": "array", "uniqueItems": True, "items": STRING},
    "Sequence[int]": {"type": "array", "items": INTEGER},
    "Iterable[int]": {"type": "array", "items": INTEGER},
    "Iterator[int]": {"type": "array", "items": INTEGER},
    "Collection[int]": {"type": "array", "items": INTEGER},
    "Optional[int]": {"type": ["integer", "null"]},
    "t.Optional[t.List[int]]": {"type": ["array", "null"], "items": INTEGER},
    "int | None": {"type": ["integer", "null"]},
    "Union[int, str]": {"type": ["integer", "string"]},
    "int | list[str] | None": {
        "anyOf": [INTEGER, {"type": "array", "items": STRING}, {"type": "null"}]
    },
    "str | pathlib.Path": STRING,
    "int | Any": {},
    '"Optional[Color]"': {"type": ["string", "null"], "enum": ["red", "blue", None]},
    'Literal["a", "b"]': {"type": "string", "enum": ["a", "b"]},
    "Literal[1, True]": {"enum": [1, True]},
    "Literal[Color.RED, None]": {"enum": ["red", None]},
    'Literal["only"]': {"type": "string", "enum": ["only"]},
    "Color": {"type": "string", "enum": ["red", "blue"]},
    "Level": {"type": "integer", "enum": [1, 2]},
    "Kind": {"type": "string", "enum": ["one"]},
    "Mixed": {"enum": ["a", 2], "description": "What it may be."},
    "Size": {"type": "integer", "enum": [1, 2]},
    "Point": {
        "type": "array",
        "prefixItems": [
            {"type": "number", "description": "lat"},
            {"type": "number", "description": "lon", "default": 0.0},
        ],
        "minItems": 1,
        "maxItems": 2,
    },
    "Movie": MOVIE,
    "list[Movie]": {"type": "array", "items": MOVIE},
    "Book": {
        "type": "object",
        "properties": {"title": STRING, "pages": INTEGER},
        "required": ["title", "pages"],
    },
    "Part": PART,
    "Part | None": {**PART, "type": ["object", "null"]},
    "Node": {
        "type": "object",
        "description": "A node.",
        "properties": {
            "value": {"type": "integer", "minimum": 0, "examples": [1]},
            "next": {"type": ["object", "null"], "default": None},
        },
        "required": ["value"],
    },
    "Closed": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "fullName": STRING,
            "size": {"type": "string", "enum": ["red", "blue"], "default": "red"},
        },
        "required": ["fullName"],
    },
    "T": {},
    "list[Bound]": {"type": "array", "items": INTEGER},
    "Id": STRING,
    "Maybe": {"type": ["integer", "null"]},
    "datetime.datetime": {"type": "string", "format": "date-time"},
    "datetime.date": {"type": "string", "format": "date"},
    "datetime.time": {"type": "string", "format": "time"},
    "datetime.timedelta": {"type": "string", "format": "duration"},
    "uuid.UUID": {"type": "string", "format": "uuid"},
    "pathlib.Path": {"type": "string", "format": "path"},
    "decimal.Decimal": {"type": "string", "format": "decimal"},
    "decimal.Decimal | None": {"type": ["string", "null"], "format": "decimal"},
    "bytes": {"type": "string", "format": "binary"},
    "ipaddress.IPv4Address": {"type": "string", "format": "ipv4"},
    "HttpUrl": {"type": "string", "format": "uri", "minLength": 1, "maxLength": 2083},
    "SecretStr": {"type": "string", "format": "password", "writeOnly": True},
    "PositiveInt": {"type": "integer", "exclusiveMinimum": 0},
    "conint(ge=1, le=9)": {"type": "integer", "minimum": 1, "maximum": 9},
    'constr(min_length=1, pattern="^a")': {"type": "string", "minLength": 1, "pattern": "^a"},
    "conlist(int, max_length=3)": {"type": "array", "items": INTEGER, "maxItems": 3},
    'Annotated[int, Field(ge=1, lt=9, multiple_of=2, description="D.")]': {
        "type": "integer", "minimum": 1, "exclusiveMaximum": 9, "multipleOf": 2,
        "description": "D.",
    },
    "Annotated[int | None, Field(ge=MIN)]": {"type": ["integer", "null"], "minimum": 2},
    'Annotated[str, "In words."]': {"type": "string", "description": "In words."},
    'Annotated[str, Doc("In words.")]': {"type": "string", "description": "In words."},
    "Annotated[float, at.Gt(0), at.Le(1)]": {
        "type": "number", "exclusiveMinimum": 0, "maximum": 1,
    },
    "Annotated[int, at.Interval(ge=1, le=3)]": {"type": "integer", "minimum": 1, "maximum": 3},
    "Annotated[list[int], at.Len(1, 3)]": {
        "type": "array", "items": INTEGER, "minItems": 1, "maxItems": 3,
    },
    "Annotated[dict[str, int], Field(min_length=1)]": {
        "type": "object", "additionalProperties": INTEGER, "minProperties": 1,
    },
    'Annotated[str, StringConstraints(max_length=4, pattern="x+")]': {
        "type": "string", "maxLength": 4, "pattern": "x+",
    },
    'list[Annotated[int, Field(description="one")]]': {
        "type": "array", "items": {"type": "integer", "description": "one"},
    },
}  # fmt: skip
# Where the two ways differ: type, read from source, from pydantic.
NAMED_DIFFERENCES = {
    "a generic class is read with its variables open": (
        "Page[int]", {"items": {"type": "array"}}, {"items": {"type": "array", "items": INTEGER}},
    ),
    "pydantic lists fields that are never given": (
        "Quiet", {"a": INTEGER}, {"a": INTEGER, "b": {"type": "integer", "default": 0}},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def every_type(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a module with a function per row of TYPES."""
    path = tmp_path_factory.mktemp("types") / "every_type.py"
    functions = [f"def f{number}(x: {kind}):\n    'Doc.'\n" for number, kind in enumerate(TYPES)]
    path.write_text(KINDS + "\n".join(functions))
    return path


@pytest.mark.parametrize("execute", [False, True])
def test_every_type_has_its_schema_both_ways(every_type: Path, execute: bool) -> None:
    imported = import_python(every_type, execute=execute)
    found = {
        kind: spec.parameters["properties"]["x"]
        for kind, spec in zip(TYPES, imported.catalog, strict=True)
    }
    assert found == TYPES
    assert all(spec.parameters["required"] == ["x"] for spec in imported.catalog)
    assert [found.code for found in imported.issues] == ["import-cycle-cut"]


@pytest.mark.parametrize("name", NAMED_DIFFERENCES)
def test_the_differences_between_the_two_ways_are_known(name: str, tmp_path: Path) -> None:
    kind, static, executed = NAMED_DIFFERENCES[name]
    path = tmp_path / "kind.py"
    path.write_text(f"{KINDS}\ndef f(x: {kind}): 'F.'\n")
    for execute, expected in ((False, static), (True, executed)):
        spec = import_python(path, execute=execute).catalog.specs[0]
        assert spec.parameters["properties"]["x"]["properties"] == expected


ANNOTATION = st.recursive(
    st.sampled_from(["int", "str", "None", "Node", "Part", "Movie", "Color", "Tree", "Point", "T",
                     "'Node'", "...", "1", "Any", "x.y.z", "MIN", "Id", "Size", "f()"]),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["list", "Optional", "dict", "Union", "Literal", "Annotated",
                                   "tuple", "Callable", "Required", "Page", "ClassVar"]),
                  st.lists(inner, min_size=1, max_size=3)).map(
            lambda pair: f"{pair[0]}[{', '.join(pair[1])}]"),
        st.tuples(inner, inner).map(" | ".join),
        inner.map(repr),
        st.tuples(inner, st.sampled_from(["ge=1", "min_length=1", "description='d'", "pattern='('",
                                          "default=1", "ge='x'", "examples=1"])).map(
            lambda pair: f"Annotated[{pair[0]}, Field({pair[1]})]"),
    ),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(ANNOTATION)
def test_any_annotation_gives_a_valid_schema(
    tmp_path_factory: pytest.TempPathFactory, annotation: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "annotation.py"
    path.write_text(f"{KINDS}\ndef f(x: {annotation}) -> {annotation}: 'F.'\n")
    try:
        imported = import_python(path)
    except FctuneError:
        return
    for spec in imported.catalog:
        assert LAWFUL_NAME.match(spec.name)
        assert check_schema(spec.parameters, "x") == []
        json.dumps(spec.as_document(), allow_nan=False)
