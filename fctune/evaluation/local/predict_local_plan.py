"""The plan of a generation: which cases share a prompt prefix, and which are asked together.

Input: encoded prompts. Output: batches, the unit of work of one process and of a cluster alike: a
batch gives the same answers wherever it runs, so that a plan made once decides the result.

What prompts have in common is computed once, where that pays: the tokens of a catalogue (system
text and tools) for all cases of it, and the turns before for the cases of one conversation, whose
longest prompt holds all shorter ones. Such a run of tokens is a trunk. Trunks of similar length
form a window, and are held in memory together; inside a window the longest rests come first,
whatever trunk they grow on.
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
        trunk: ids that are computed once for several cases; () for none.
        shared: how many of the first ids are those of the trunk.
        base: how many of the trunk's first ids are those of the catalogue, and so of other trunks.
    """

    case_id: str
    ids: tuple[int, ...]
    room: int
    trunk: tuple[int, ...] = ()
    shared: int = 0
    base: int = 0

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
    kin: Mapping[str, tuple[Hashable, Hashable]],
    *,
    batch_tokens: int,
    share: bool = True,
) -> list[Batch]:
    """Return the batches that answer all prompts.

    Args:
        prompts: each with a room of at least 1.
        kin: case id to its catalogue and its conversation, each by whatever is equal for cases
            whose prompts begin alike.
        batch_tokens: most tokens of a batch, padding and room for the answers included, and most
            tokens of the trunks that a window holds.
        share: compute common tokens once.
    """
    groups: dict[Hashable, list[Prompt]] = {}
    for prompt in prompts:
        groups.setdefault(kin[prompt.case_id][0] if share else None, []).append(prompt)
    shared = [
        prompt for group in groups.values() for prompt in (_shared(group, kin) if share else group)
    ]
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


def _shared(group: list[Prompt], kin: Mapping[str, tuple[Hashable, Hashable]]) -> list[Prompt]:
    """Give the prompts of a catalogue their trunks, where sharing pays; each keeps a rest."""
    base = _pays(min(common_prefix([one.ids for one in group]), _shortest(group) - 1), len(group))
    conversations: dict[Hashable, list[Prompt]] = {}
    for prompt in group:
        conversations.setdefault(kin[prompt.case_id][1], []).append(prompt)
    grown: list[Prompt] = []
    for turns in conversations.values():
        trunk = _trunk(turns)
        ends = [min(common_prefix([one.ids, trunk]), len(one.ids) - 1) for one in turns]
        saved = sum(end - base for end in ends) - (len(trunk) - base)
        if len(trunk) > base and saved >= MIN_SAVED_TOKENS:
            grown += [
                replace(one, trunk=trunk, shared=end, base=base)
                for one, end in zip(turns, ends, strict=True)
            ]
        else:
            grown += [replace(one, trunk=one.ids[:base], shared=base) for one in turns]
    return grown


def _trunk(turns: list[Prompt]) -> tuple[int, ...]:
    """Return the most of the longest prompt that another one has in common with it."""
    longest, *others = sorted((one.ids for one in turns), key=len, reverse=True)
    return longest[: max((common_prefix([longest, one]) for one in others), default=0)]


def _shortest(group: list[Prompt]) -> int:
    return min(len(prompt.ids) for prompt in group)


def _pays(prefix: int, prompts: int) -> int:
    """Return the length of a prefix that is worth sharing, else 0."""
    worth = prefix >= MIN_PREFIX_TOKENS and prefix * (prompts - 1) >= MIN_SAVED_TOKENS
    return prefix if worth else 0


def _windows(prompts: Sequence[Prompt], batch_tokens: int) -> Iterator[list[Prompt]]:
    """Yield prompts whose trunks are held together: of similar length, and not too many."""
    families: dict[tuple[int, ...], list[Prompt]] = {}
    for prompt in prompts:
        families.setdefault(prompt.trunk, []).append(prompt)
    window: list[Prompt] = []
    longest = held = 0
    for trunk, family in sorted(families.items(), key=lambda one: (-len(one[0]), one[0])):
        if window and (held + len(trunk) > batch_tokens or 2 * len(trunk) < longest):
            yield window
            window, held = [], 0
        if not window:
            longest = len(trunk)
        window.extend(family)
        held += len(trunk)
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
