"""Codes of the steps that change a conversation: thoughts, prefixes, windows, distractors."""

from __future__ import annotations

from fctune.catalogue.entry import CodeEntry, Severity

_R, _W = Severity.REPAIR, Severity.WARNING

STEP_CODES: dict[str, CodeEntry] = {
    "row-maybe-too-long": CodeEntry(
        _W,
        "The estimated length of the row may be over cutoff_len; no token was counted.",
        "about 1,900 tokens by estimate, at most about 2,533; cutoff 2,048",
        "Give --model, so that tokens are counted and longer rows are dropped or windowed.",
    ),
    "row-prefixed": CodeEntry(
        _R,
        "A row with several decisions of the model became one row for each, ending with it.",
        "user, call a, result, call b -> user, call a + user, call a, result, call b",
        "Train the set with mask_history: true; else calls are trained again in longer prefixes.",
    ),
    "tools-pruned": CodeEntry(
        _R,
        "Tools that the row does not call were taken off its list, to fit the limit.",
        "40 tools -> 8: the 2 called and the 6 most easily confused with them",
        "Raise --max-tools or --tool-tokens to keep more.",
    ),
    "tools-over-limit": CodeEntry(
        _W,
        "The tools that cannot be left out of a row, the called ones, are over the limit alone.",
        "3 called tools of 900 tokens each; --tool-tokens 2000",
        "Raise the limit, or shorten the descriptions of these tools.",
    ),
    "tools-added": CodeEntry(
        _R,
        "Tools that the row does not call were added to its list, as distractors.",
        "2 tools -> 8: 6 of the pool, half of them the most easily confused with the called ones",
        "Leave --distractors out to keep the lists as they are.",
    ),
}
