"""The types that have a JSON Schema of their own, by name, as pydantic 2 writes them.

Input: the dotted origin of a name. Output: its short name where it is one of these types. Decimal
is a string with a format here; pydantic offers a number or a pattern instead.
"""

from __future__ import annotations

from typing import Any

_MODULES = frozenset(
    {
        "typing", "typing_extensions", "collections", "collections.abc", "datetime", "uuid",
        "pathlib", "decimal", "pydantic", "pydantic.types", "pydantic.networks", "builtins",
        "numbers", "ipaddress", "re", "os", "annotated_types", "enum", "types", "fractions",
    }
)  # fmt: skip
_POSITIVE: dict[str, Any] = {"exclusiveMinimum": 0}
_NEGATIVE: dict[str, Any] = {"exclusiveMaximum": 0}
_AT_LEAST_0: dict[str, Any] = {"minimum": 0}
_AT_MOST_0: dict[str, Any] = {"maximum": 0}
_INT, _FLOAT, _TEXT = {"type": "integer"}, {"type": "number"}, {"type": "string"}
_BOOL = {"type": "boolean"}
_ANYTHING: dict[str, Any] = {}


def _format(name: str) -> dict[str, Any]:
    return {"type": "string", "format": name}


KNOWN: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("str", "Text", "LiteralString", "StrictStr"), _TEXT),
    **dict.fromkeys(("int", "StrictInt", "Integral"), _INT),
    **dict.fromkeys(("float", "StrictFloat", "FiniteFloat", "Number", "Real"), _FLOAT),
    **dict.fromkeys(("bool", "StrictBool"), _BOOL),
    **dict.fromkeys(("Any", "object", "Hashable", "JsonValue"), _ANYTHING),
    "None": {"type": "null"},
    "NoneType": {"type": "null"},
    "PositiveInt": _INT | _POSITIVE,
    "NegativeInt": _INT | _NEGATIVE,
    "NonNegativeInt": _INT | _AT_LEAST_0,
    "NonPositiveInt": _INT | _AT_MOST_0,
    "PositiveFloat": _FLOAT | _POSITIVE,
    "NegativeFloat": _FLOAT | _NEGATIVE,
    "NonNegativeFloat": _FLOAT | _AT_LEAST_0,
    "NonPositiveFloat": _FLOAT | _AT_MOST_0,
    **dict.fromkeys(
        ("datetime", "AwareDatetime", "NaiveDatetime", "PastDatetime", "FutureDatetime"),
        _format("date-time"),
    ),
    **dict.fromkeys(("date", "PastDate", "FutureDate"), _format("date")),
    "time": _format("time"),
    "timedelta": _format("duration"),
    "UUID": _format("uuid"),
    **{f"UUID{n}": _format(f"uuid{n}") for n in (1, 3, 4, 5, 6, 7, 8)},
    **dict.fromkeys(("Path", "PurePath", "PosixPath", "PathLike"), _format("path")),
    "FilePath": _format("file-path"),
    "DirectoryPath": _format("directory-path"),
    "NewPath": _format("path"),
    "Decimal": _format("decimal"),
    **dict.fromkeys(("bytes", "StrictBytes"), _format("binary")),
    **dict.fromkeys(("Base64Bytes", "Base64Str"), _format("base64")),
    **dict.fromkeys(("Pattern",), _format("regex")),
    "EmailStr": _format("email"),
    "NameEmail": _format("name-email"),
    "AnyUrl": _format("uri") | {"minLength": 1},
    "AnyHttpUrl": _format("uri") | {"minLength": 1},
    "HttpUrl": _format("uri") | {"minLength": 1, "maxLength": 2083},
    "SecretStr": _format("password") | {"writeOnly": True},
    "IPv4Address": _format("ipv4"),
    "IPv6Address": _format("ipv6"),
}
ARRAYS = frozenset(
    {
        "list", "List", "tuple", "Tuple", "Sequence", "MutableSequence", "Iterable", "Iterator",
        "Collection", "Container", "Reversible", "Generator", "deque", "Deque",
    }
)  # fmt: skip
SETS = frozenset({"set", "Set", "frozenset", "FrozenSet", "AbstractSet", "MutableSet"})
MAPS = frozenset(
    {
        "dict", "Dict", "Mapping", "MutableMapping", "OrderedDict", "defaultdict", "DefaultDict",
        "Counter", "ChainMap",
    }
)  # fmt: skip
TRANSPARENT = frozenset({"Required", "NotRequired", "ReadOnly", "Final", "Unpack"})


def known_name(qualified: str) -> str:
    """Return the short name of a type that may be known; "" where it comes from elsewhere.

    A name without an origin counts as its own: a builtin, or one of a star import.

    >>> known_name("typing.Optional"), known_name("int"), known_name("numpy.Path")
    ('Optional', 'int', '')
    """
    module, _, name = qualified.rpartition(".")
    return name if not module or module in _MODULES else ""
