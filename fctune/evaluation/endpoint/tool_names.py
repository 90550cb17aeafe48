"""Tool names on the wire: lawful for every OpenAI-compatible server, and back again.

Input: the tools of one case. Output: WireNames, which writes the tools and calls of a request and
reads the calls of an answer. Scores are always in the dataset's own names.

Before: "weather.get", "weather_get", "查询物流"
After:  "weather_get_2", "weather_get", "tool_c1e2dd97"
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from fctune.evaluation.decode import Decoded
from fctune.tools.names import LAWFUL_NAME, lawful_name
from fctune.tools.spec import ToolCall, ToolCatalog


@dataclass(frozen=True)
class WireNames:
    """A reversible map of tool names without collisions.

    Attributes:
        wire: the dataset's name to the name in the request; names that are lawful stay.
    """

    wire: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, names: Iterable[str]) -> WireNames:
        """Make the map; a lawful name keeps itself, whatever the others become.

        >>> WireNames.of(["a.b", "a_b"]).wire
        {'a.b': 'a_b_2', 'a_b': 'a_b'}
        """
        unique = list(dict.fromkeys(names))
        taken = {name for name in unique if LAWFUL_NAME.match(name)}
        wire: dict[str, str] = {}
        for name in unique:
            wire[name] = name if name in taken else lawful_name(name, taken)
            taken.add(wire[name])
        return cls(wire)

    @cached_property
    def _own(self) -> dict[str, str]:
        return {wire: name for name, wire in self.wire.items()}

    def own(self, name: str) -> str:
        """Return the dataset's name of a tool; a name that was never sent stays as it is."""
        return name if name in self.wire else self._own.get(name, name)

    def calls(self, calls: tuple[ToolCall, ...]) -> tuple[ToolCall, ...]:
        """Return calls of an answer in the dataset's names."""
        return tuple(ToolCall(self.own(call.name), call.arguments) for call in calls)

    def decoded(self, decoded: Decoded) -> Decoded:
        """Return what was said in the dataset's names."""
        repaired = None if decoded.repaired is None else self.calls(decoded.repaired)
        return replace(decoded, calls=self.calls(decoded.calls), repaired=repaired)

    def catalog(self, catalog: ToolCatalog) -> ToolCatalog:
        """Return the tools under both names, for readers that look a written name up."""
        sent = [replace(spec, name=self.wire.get(spec.name, spec.name)) for spec in catalog]
        return catalog.merged(ToolCatalog(tuple(sent)))
