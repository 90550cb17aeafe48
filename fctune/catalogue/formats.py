"""Codes of single raw formats: what one source's way of writing rows makes possible to go wrong."""

from __future__ import annotations

from fctune.catalogue.entry import CodeEntry, Severity

_E, _R, _W = Severity.ERROR, Severity.REPAIR, Severity.WARNING

_IN_TEXT = {
    "tools-python-literal": CodeEntry(
        _R,
        "The tools in a prompt were written as a Python literal and were read as one.",
        "<tools>[{'name': 'now'}]</tools>",
        "Nothing to do; better export JSON.",
    ),
    "system-format-left": CodeEntry(
        _W,
        "The prompt still says how to write calls, in words that fctune does not know; the "
        "template says it anew, in its own way.",
        "Answer with <tool_call> ... in the system text",
        "Remove those words from the raw rows, or set the system text with --system.",
    ),
    "call-positional": CodeEntry(
        _R,
        "Arguments without names got the names of the tool's parameters, in their order.",
        "[sort('report.pdf')]",
        "Nothing to do; better write the names.",
    ),
    "call-text-cut": CodeEntry(
        _R,
        "Words that stood behind the arguments of a call, on the same line, were cut.",
        'Action Input: {"city": "Oslo"} (the capital)',
        "Nothing to do.",
    ),
    "action-input-text": CodeEntry(
        _R,
        "The input of an action was plain text and became the tool's only parameter.",
        "Action: search, Action Input: weather in Oslo",
        "Nothing to do; better write the arguments as JSON.",
    ),
    "observation-cut": CodeEntry(
        _R,
        "A model turn went on behind its call with a result of its own making; it was cut there.",
        "Action Input: {}\\nObservation: sunny, and then the real result",
        "Nothing to do.",
    ),
}

_IN_PARTS = {
    "span-without-calls": CodeEntry(
        _E,
        "The span of an agent wraps the spans of its model; it shows question and answer without "
        "the calls between them, from which a model would learn to make answers up.",
        '"gen_ai.operation.name": "invoke_agent"',
        "Export the spans of the model itself, such as `chat`.",
    ),
    "call-words-moved": CodeEntry(
        _R,
        "Words stood behind a call in the same turn and were put before it, where templates have "
        "them.",
        '[{"type": "tool_use", ...}, {"type": "text", "text": "One moment."}]',
        "Nothing to do.",
    ),
}

_IN_TEST_SETS = {
    "test-set-row": CodeEntry(
        _W,
        "The row belongs to a public test set; a model that trains on it cannot be measured on it.",
        "a row of BFCL, When2Call, ACEBench, API-Bank or ToolAlpaca's golden answers",
        "Train on it only if you never report that benchmark; else leave the file out.",
    ),
    "row-without-answer": CodeEntry(
        _E,
        "The row holds a question, and no call or words that answer it.",
        '{"id": "simple_0", "question": [...], "function": [...]}',
        "Join it with its file of answers: jq -cs 'group_by(.id) | map(add)[]' QUESTIONS ANSWERS",
    ),
    "row-without-question": CodeEntry(
        _E,
        "The row holds the answer to a question of another file.",
        '{"id": "simple_0", "ground_truth": [...]}',
        "Join it with its file of questions: jq -cs 'group_by(.id) | map(add)[]' QUESTIONS ANSWERS",
    ),
    "row-one-turn": CodeEntry(
        _E,
        "The row is one turn of a dialogue, and the lines around it are the others.",
        '{"role": "User", "text": "Time?"}',
        "Make one row of each file: jq -cs '{turns: .}' DIALOGUE.jsonl",
    ),
    "call-reference": CodeEntry(
        _E,
        "An argument stands for the result of another call, or for a value that nobody gave.",
        '"location": "API_call_1", or ${id from search}',
        "Remove the row, or run the calls and write the values and results.",
    ),
    "search-prompt": CodeEntry(
        _E,
        "A user turn holds the words of a search about its failed attempts; the model answers them "
        "as no user will ever ask.",
        "This is not the first time you try this task, all previous trails failed.",
        "Remove the row.",
    ),
    "prompt-marker-cut": CodeEntry(
        _R,
        "Words that asked for the call at the end of a turn were cut; the template asks for it.",
        "Sure.\\nGenerate API Request:",
        "Nothing to do.",
    ),
}

FORMAT_CODES: dict[str, CodeEntry] = {**_IN_TEXT, **_IN_PARTS, **_IN_TEST_SETS}
