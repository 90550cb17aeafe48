"""Codes of a whole set of rows: near duplicates, contradictions, leakage, balance, frames."""

from __future__ import annotations

from fctune.catalogue.entry import CodeEntry, Severity

_W = Severity.WARNING

SET_CODES: dict[str, CodeEntry] = {
    "near-duplicate": CodeEntry(
        _W,
        "The user says nearly the same as in another row, with the same numbers and calls.",
        '"Please book a table for 2 at Mario\'s" and "book a table for 2 at Mario\'s, please"',
        "Look at the clusters in the report; --switch near-duplicate=reject keeps one row of each.",
    ),
    "contradiction": CodeEntry(
        _W,
        "Rows with the same tools and the same user words decide differently.",
        '"Is it cold in Oslo?" once calls get_weather and once is answered in words',
        "Remove the side that is wrong, or all of them: --switch contradiction=reject.",
    ),
    "frame-over-represented": CodeEntry(
        _W,
        "Many rows ask with the same sentence and other values.",
        '300 of 1,000 rows say "What is the weather in ___?"',
        "Write other ways to ask, or thin out the rows of this frame.",
    ),
    "leakage-values": CodeEntry(
        _W,
        "Most calls of a test or dev split stand in train with the same tool and arguments.",
        "70 of 100 test calls are in train",
        "Add rows with other values, or judge the model on a set from another source.",
    ),
    "leakage-prompt": CodeEntry(
        _W,
        "Rows of dev or test have tools and user words up to the first decision that train has.",
        "the same question in train and in test",
        "Report it as a defect: the split keeps shared wordings on one side.",
    ),
    "balance-no-negatives": CodeEntry(
        _W,
        "Every row of train has a call, so that the model learns to call always.",
        "1,000 rows, 1,000 with a call",
        "Add rows that list tools and call none, and plain conversations; see --mix.",
    ),
    "balance-few-negatives": CodeEntry(
        _W,
        "Few rows of train have no call, so that the model calls when it should not.",
        "1,000 rows, 20 without a call",
        "Add rows that list tools and call none, and plain conversations; see --mix.",
    ),
    "balance-one-tool": CodeEntry(
        _W,
        "One tool has most of the calls of train, so that the model prefers it.",
        "search has 800 of 1,000 calls",
        "Add rows for the other tools, or set --cap-per-tool.",
    ),
    "balance-tool-never-called": CodeEntry(
        _W,
        "Tools are listed in train and never called there, so that the model learns to avoid them.",
        "cancel_order is listed in 900 rows and called in none",
        "Add rows that call these tools, or leave them out of the lists.",
    ),
    "balance-no-ask-back": CodeEntry(
        _W,
        "In no row of train does the model ask for a missing argument before it calls.",
        'no row like: user "Book a table." model "For how many people?"',
        "Add rows in which required arguments are missing and the model asks for them.",
    ),
    "balance-no-distractors": CodeEntry(
        _W,
        "Rows with calls list hardly any tool that they do not call: nothing is learned of choice.",
        "each row lists the one tool that it calls",
        "Add distractor tools to the lists: --tools FILE --distractors --max-tools 8.",
    ),
}
