"""The words that the rows of a dataset have, for one that no row has: names of tools.

Input: Rows. Output: names, the most used first.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice

from fctune.dataset.inspect.rows import Rows

MOST_READ = 20_000


def tools_of(rows: Rows) -> list[str]:
    """Return the tools that the first 20,000 rows call or list, the most called first.

    Raises:
        InputFault: a file cannot be read.
    """
    called: Counter[str] = Counter()
    listed: Counter[str] = Counter()
    for row in rows.rows(islice(rows.facts(), MOST_READ)):
        called.update(row.called)
        listed.update(row.tool_names)
    return [name for name in dict([*called.most_common(), *listed.most_common()]) if name]
