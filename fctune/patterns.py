"""Regular expressions that are compiled when they are first used.

Role: modules name their patterns at their top, some 500 in all, and a verb uses a few of them;
to compile the others would be a fifth of its start. Input: a pattern as `re.compile` takes it.
Output: what `re.compile` gives, as far as a caller can tell.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, AnyStr, cast


def regex(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return a pattern whose first use compiles it; `re.compile` for the top of a module."""
    return cast("re.Pattern[AnyStr]", _Pattern(text, flags))


class _Pattern:
    """Stands for a compiled pattern, and takes over each of its methods when it is asked for."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self.pattern, self._flags = text, flags

    @cached_property
    def _compiled(self) -> re.Pattern[Any]:
        return re.compile(self.pattern, self._flags)

    def __getattr__(self, name: str) -> Any:
        """Return what the compiled pattern has under this name, and keep it here."""
        if name.startswith("_"):  # asked for by copy and pickle, before there is a text
            raise AttributeError(name)
        found = self.__dict__[name] = getattr(self._compiled, name)
        return found
