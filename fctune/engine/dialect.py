"""The engine's YAML: how the engine reads scalars, so that ours mean the same to both.

Role: the one place that knows in which way the engine's YAML differs from PyYAML's.
Input: YAML text. Output: nodes with line numbers, or values; and text that the engine reads back
as the same values.

The engine reads a config with OmegaConf (llamafactory 0.9.5 hparams/parser.py read_args), which
takes unquoted `1e-4` for a float where PyYAML takes it for a string, knows no timestamps, refuses
a key written twice, and expands `${...}`. Loading is safe: no tag makes a Python object.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from fctune.patterns import regex

_LINE_END = regex("[\n\x85\u2028\u2029]")
_UNPRINTABLE = regex("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_FLOAT_TAG = "tag:yaml.org,2002:float"
_TIMESTAMP_TAG = "tag:yaml.org,2002:timestamp"
# The same expression as omegaconf's loader has; tests/contract compares the two readers.
_FLOAT = regex(
    r"""^(?:
     [-+]?[0-9]+(?:_[0-9]+)*\.[0-9_]*(?:[eE][-+]?[0-9]+)?
    |[-+]?[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+)
    |\.[0-9]+(?:_[0-9]+)*(?:[eE][-+][0-9]+)?
    |[-+]?[0-9]+(?:_[0-9]+)*(?::[0-5]?[0-9])+\.[0-9_]*
    |[-+]?\.(?:inf|Inf|INF)
    |\.(?:nan|NaN|NAN))$""",
    re.VERBOSE,
)


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the engine's scalars."""


class _Dumper(yaml.SafeDumper):
    """PyYAML's safe dumper that quotes what the engine would not read as a string."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write every value in full: an anchor would surprise who reads the file."""
        return True


for _class in (_Loader, _Dumper):
    _class.add_implicit_resolver(_FLOAT_TAG, _FLOAT, list("-+0123456789."))
    _class.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP_TAG]
        for first, resolvers in _class.yaml_implicit_resolvers.items()
    }


def compose(text: str) -> yaml.Node | None:
    """Return the node tree of one YAML document, with line marks; None where it is empty.

    Raises:
        yaml.YAMLError: the text is not YAML, or holds more than one document.
    """
    node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    return node


def construct(node: yaml.Node) -> Any:
    """Return the value of a node as the engine would read it.

    Raises:
        yaml.YAMLError: the node has a tag that is not plain YAML.
    """
    loader = _Loader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()


def parse(text: str) -> Any:
    """Return the value of a YAML text, as the engine reads the value of `key=value`.

    >>> parse("1e-4"), parse("q_proj,v_proj"), parse("true"), parse("2026-01-01")
    (0.0001, 'q_proj,v_proj', True, '2026-01-01')
    """
    return yaml.load(text, Loader=_Loader)


def scalar(value: Any) -> str:
    """Return a value as it stands behind `key:` on one line.

    >>> scalar("no"), scalar(0.0001), scalar("1e-4"), scalar(None), scalar({"a": 1})
    ("'no'", '0.0001', "'1e-4'", 'null', '{a: 1}')
    """
    written = yaml.dump(
        value,
        Dumper=_Dumper,
        default_flow_style=True,
        allow_unicode=True,
        sort_keys=False,
        width=float("inf"),
    )
    line = str(written).removesuffix("\n").removesuffix("\n...")
    # PyYAML breaks a mapping over several lines where a key is long or holds one of the line ends
    # of YAML; JSON, which is YAML too, stands on one line.
    if not _LINE_END.search(line):
        return line
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
