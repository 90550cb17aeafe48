"""The plan of a generation: which cases share a prompt prefix, and which are asked together.

Input: encoded prompts. Output: batches, the unit of work of one process and of a cluster alike: a
batch gives the same answers wherever it runs, so that a plan made once decides the result.

A prefix is shared where it pays: cases of one catalogue begin with the same tokens (system text and
tools), which are then computed once and not once a case. Groups with prefixes of similar length
form a window, whose prefixes are held in memory together; inside a window the longest rests come
first, whatever group they are of.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

# Shorter prefixes, and groups that save fewer tokens, cost more in bookkeeping than they save.
MIN_PREFIX_TOKENS = 32
MIN_SAVED_TOKENS = 256


@dataclass(frozen=True, slots=True)
class Prompt:
    """An encoded case.

    Attributes:
        case_id: the case.
        ids: the token ids of the prompt.
        room: how many tokens the model may answer with; below 1 where it has no position left.
        shared: how many of the first ids are computed once for several cases; 0 for none.
    """

    case_id: str
    ids: tuple[int, ...]
    room: int
    shared: int = 0

    @property
    def prefix(self) -> tuple[int, ...]:
        """The ids that are shared."""
        return self.ids[: self.shared]

    @property
    def rest(self) -> tuple[int, ...]:
        """The ids after the shared ones; never empty."""
        return self.ids[self.shared :]


@dataclass(frozen=True, slots=True)
class Batch:
    """Prompts that are asked together, all of one room.

    Attributes:
        prompts: the longest prefix first.
        window: number of the group of batches whose prefixes are held together.
    """

    prompts: tuple[Prompt, ...]
    window: int = 0

    @property
    def room(self) -> int:
        """How many tokens each answer may have."""
        return self.prompts[0].room

    @property
    def width(self) -> int:
        """Positions of a row before its answer: the longest prefix and the longest rest."""
        rests = (len(prompt.ids) - prompt.shared for prompt in self.prompts)
        return self.prefix_width + max(rests)

    @property
    def prefix_width(self) -> int:
        """Tokens of the longest shared prefix; 0 where none is shared."""
        return max(prompt.shared for prompt in self.prompts)

    def halves(self) -> tuple[Batch, Batch]:
        """Return the batch in two parts."""
        half = len(self.prompts) // 2
        return (
            replace(self, prompts=self.prompts[:half]),
            replace(self, prompts=self.prompts[half:]),
        )


def plan(
    prompts: Sequence[Prompt],
    catalogs: Mapping[str, Hashable],
    *,
    batch_tokens: int,
    share: bool = True,
) -> list[Batch]:
    """Return the batches that answer all prompts.

    Args:
        prompts: each with a room of at least 1.
        catalogs: case id to whatever is equal for cases whose prompts begin alike, such as system
            text and tools.
        batch_tokens: most tokens of a batch, padding and room for the answers included, and most
            tokens of the prefixes that a window holds.
        share: compute common prefixes once.
    """
    groups: dict[Hashable, list[Prompt]] = {}
    for prompt in prompts:
        groups.setdefault(catalogs[prompt.case_id] if share else None, []).append(prompt)
    shared = [_shared(group) if share else group for group in groups.values()]
    batches: list[Batch] = []
    for number, window in enumerate(_windows(shared, batch_tokens)):
        batches.extend(Batch(tuple(batch), number) for batch in _batches(window, batch_tokens))
    return batches


def common_prefix(rows: Sequence[tuple[int, ...]]) -> int:
    """Return how many first ids all rows have in common.

    >>> common_prefix([(1, 2, 3), (1, 2, 4, 5)])
    2
    """
    least, greatest = min(rows), max(rows)  # every other row lies between the two
    length = min(len(least), len(greatest))
    for index in range(length):
        if least[index] != greatest[index]:
            return index
    return length


def _shared(group: list[Prompt]) -> list[Prompt]:
    """Mark the common prefix of a group, where sharing it pays; each keeps a rest of its own."""
    prefix = min(
        common_prefix([prompt.ids for prompt in group]),
        min(len(prompt.ids) for prompt in group) - 1,
    )
    if prefix < MIN_PREFIX_TOKENS or prefix * (len(group) - 1) < MIN_SAVED_TOKENS:
        return group
    return [replace(prompt, shared=prefix) for prompt in group]


def _windows(groups: Sequence[list[Prompt]], batch_tokens: int) -> Iterator[list[Prompt]]:
    """Yield prompts whose prefixes are held together: of similar length, and not too many."""
    window: list[Prompt] = []
    longest = held = 0
    for group in sorted(groups, key=lambda one: (-one[0].shared, one[0].case_id)):
        prefix = group[0].shared
        if window and (held + prefix > batch_tokens or 2 * prefix < longest):
            yield window
            window, held = [], 0
        if not window:
            longest = prefix
        window.extend(group)
        held += prefix
    if window:
        yield window


def _batches(prompts: Sequence[Prompt], batch_tokens: int) -> Iterator[list[Prompt]]:
    """Yield batches of one room, the longest rests first, each within the limit of padded tokens.

    Equal rooms keep a prompt near the model's last position from being batched with others, whose
    longer answers would run beyond that position.
    """
    batch: list[Prompt] = []
    longest_prefix = longest_rest = 0
    for prompt in sorted(prompts, key=_longest_rest_first):
        longest_prefix = max(longest_prefix, prompt.shared)
        longest_rest = max(longest_rest, len(prompt.ids) - prompt.shared)
        width = longest_prefix + longest_rest + prompt.room
        if batch and (prompt.room != batch[0].room or width * (len(batch) + 1) > batch_tokens):
            yield _prefix_first(batch)
            batch = []
            longest_prefix, longest_rest = prompt.shared, len(prompt.ids) - prompt.shared
        batch.append(prompt)
    if batch:
        yield _prefix_first(batch)


def _longest_rest_first(prompt: Prompt) -> tuple[int, int, str]:
    return prompt.shared - len(prompt.ids), -prompt.shared, prompt.case_id


def _prefix_first(batch: Sequence[Prompt]) -> list[Prompt]:
    return sorted(batch, key=lambda one: -one.shared)
