"""Codes of conversations: roles, order, pairing, call encoding, text, length."""

from __future__ import annotations

from fctune.catalogue.entry import CodeEntry, Severity

_E, _R, _W = Severity.ERROR, Severity.REPAIR, Severity.WARNING

_STRUCTURE = {
    "conversation-empty": CodeEntry(
        _E, "The row has no turns.", '"conversations": []', "Remove the row."
    ),
    "no-model-turn": CodeEntry(
        _E,
        "Nothing in the row is said by the model, so there is nothing to train.",
        "only a user turn",
        "Add the answer or the call.",
    ),
    "turn-invalid": CodeEntry(
        _E,
        "A turn is not an object with a role and text.",
        '{"from": "human"}',
        "Give each turn its role and its text.",
    ),
    "turn-not-text": CodeEntry(
        _E,
        "The content of a turn is null, a number or an object where text is needed.",
        '"value": null',
        "Write the content as a string.",
    ),
    "turn-part-unsupported": CodeEntry(
        _E,
        "A turn holds a content part that is not text.",
        '{"type": "image_url", ...}',
        "Remove the row: only text can be trained.",
    ),
    "turn-untrainable": CodeEntry(
        _E,
        "A model turn, or the whole row, is marked as bad; the engine would train it all the same.",
        '"weight": 0',
        "Split the row before that turn, remove the row, or remove the mark.",
    ),
    "turn-empty": CodeEntry(
        _E,
        "A user or model turn has no text; the model would learn to answer nothing.",
        '{"from": "gpt", "value": ""}',
        "Write the text or remove the turn.",
    ),
    "role-unknown": CodeEntry(
        _E,
        "The role of a turn is not known to the format.",
        '"from": "narrator"',
        "Use human, gpt, function_call, observation or system.",
    ),
    "role-order": CodeEntry(
        _E,
        "The turns do not alternate between user or result and model; the engine drops such rows.",
        "gpt before human",
        "Mend the order, or split the row.",
    ),
    "system-late": CodeEntry(
        _E,
        "A system turn stands after the first turn; the engine drops such rows.",
        "system as third turn",
        "Move its text to the first system turn.",
    ),
    "system-twice": CodeEntry(
        _R,
        "The row had a system column and a system turn; they were joined.",
        "column and inline turn",
        "Keep one of the two.",
    ),
    "system-timestamp": CodeEntry(
        _E,
        "The system text is a bare date; the engine's reader fails on a column of only dates.",
        '"system": "2026-01-31"',
        "Write a sentence: Today is 2026-01-31.",
    ),
    "system-default": CodeEntry(
        _R,
        "The row had no system text; the default one was written, as templates differ without it.",
        '"system": ""',
        "Give the system text that you will serve with, or --system.",
    ),
    "turns-merged": CodeEntry(
        _R,
        "Turns of the same speaker stood one after another and were joined.",
        "user, user, assistant",
        "Nothing to do.",
    ),
    "calls-merged": CodeEntry(
        _R,
        "Calls in several turns before any result were joined into one parallel turn.",
        "function_call, function_call",
        "Nothing to do.",
    ),
    "results-merged": CodeEntry(
        _R,
        "The results of parallel calls were joined into one observation, as the engine needs.",
        "two tool messages",
        "Nothing to do.",
    ),
    "results-reordered": CodeEntry(
        _R,
        "Results stood in another order than their calls and were put into call order.",
        "tool_call_id b before a",
        "Nothing to do.",
    ),
    "result-encoded": CodeEntry(
        _R,
        "A result was an object or a list and was written as JSON text.",
        '"from": "observation", "value": {"ok": true}',
        "Nothing to do.",
    ),
    "result-unwrapped": CodeEntry(
        _R,
        "A result stood between <tool_response> tags, which the template writes itself.",
        "<tool_response>{...}</tool_response>",
        "Nothing to do.",
    ),
    "tail-cut": CodeEntry(
        _R,
        "Turns after the last model turn were cut: nothing follows that could be trained.",
        "the row ends with a user turn",
        "Nothing to do; or add the model's answer.",
    ),
    "result-orphan": CodeEntry(
        _E,
        "A result answers no call.",
        "observation after human",
        "Remove the result or add its call.",
    ),
    "result-missing": CodeEntry(
        _E,
        "A call in the middle of the row has no result.",
        "human after function_call",
        "Add the result, or end the row with the call.",
    ),
    "result-count": CodeEntry(
        _E,
        "The number of results differs from the number of calls.",
        "3 results for 2 calls",
        "Give each call its result.",
    ),
}

_ENCODING = {
    "call-invalid-json": CodeEntry(
        _E,
        "A call, or its arguments, is not valid JSON; the engine stops the whole run on it.",
        '"value": "get_time()"',
        'Write {"name": ..., "arguments": {...}}.',
    ),
    "call-shape": CodeEntry(
        _E,
        "A call is not an object with name and arguments.",
        '{"arguments": {}}',
        'Write {"name": ..., "arguments": {...}}.',
    ),
    "call-empty": CodeEntry(
        _E,
        "The list of calls is empty; the engine would train an empty answer.",
        '"value": "[]"',
        "Remove the turn or write the call.",
    ),
    "call-arguments-type": CodeEntry(
        _E,
        "The arguments are not an object.",
        '"arguments": [1]',
        "Write the arguments as an object, {} if there are none.",
    ),
    "call-arguments-decoded": CodeEntry(
        _R,
        "The arguments were JSON text inside JSON and were decoded; as they were they would be "
        "trained double-encoded.",
        '"arguments": "{\\"city\\": \\"Oslo\\"}"',
        "Nothing to do.",
    ),
    "call-arguments-added": CodeEntry(
        _R,
        "A call without arguments got an empty object.",
        '{"name": "now"}',
        "Nothing to do.",
    ),
    "call-keys-renamed": CodeEntry(
        _R,
        "A call's keys were those of another format and were renamed to name and arguments.",
        '{"name": "f", "parameters": {}}',
        "Nothing to do.",
    ),
    "call-python-literal": CodeEntry(
        _R,
        "A call was written as a Python literal and was read as one.",
        "{'name': 'f', 'arguments': {}}",
        "Nothing to do; better export JSON.",
    ),
    "call-in-text": CodeEntry(
        _R,
        "A call stood as text in an ordinary model turn, as some template renders it, and became "
        "a call.",
        '"from": "gpt", "value": "<tool_call>..."',
        "Nothing to do.",
    ),
    "call-parallel-unsupported": CodeEntry(
        _E,
        "The template's family cannot write several calls in one turn; the engine stops on it.",
        "two calls in one turn with template glm4",
        "Split the calls into turns, or train with another template.",
    ),
    "call-text-unsupported": CodeEntry(
        _E,
        "The template's family cannot write words beside a call; the engine stops on it.",
        "words and a call with template mistral",
        "Remove the words or the row, or train with another template.",
    ),
    "tool-schema-unsupported": CodeEntry(
        _E,
        "The template's family prints parameters in words and stops on this schema.",
        '"enum": [1, 2] with template gemma3',
        "Write the enum as strings or as minimum and maximum, or train with another template.",
    ),
    "call-type-unsupported": CodeEntry(
        _E,
        "A call is of another kind than function.",
        '"type": "code_interpreter"',
        "Remove the row, or express the call as a function.",
    ),
}

_TEXT = {
    "text-tool-tag": CodeEntry(
        _E,
        "A text or argument holds a tag that the engine or template takes for a call or result.",
        '{"note": "<tool_call>x</tool_call>"}',
        "Remove the tag from the text.",
    ),
    "text-think-tag": CodeEntry(
        _E,
        "A call holds a <think> tag that the engine cannot tell from a thought.",
        '{"note": "<think>x</think>"}',
        "Remove the tag from the arguments.",
    ),
    "thought-removed": CodeEntry(
        _R,
        "A thought before a call or answer was removed: the dataset is written without thoughts, "
        "or its template cannot hold this one.",
        "<think>...</think>{...}",
        "Nothing to do; `--thoughts keep` keeps them for reasoning templates.",
    ),
    "text-special-token": CodeEntry(
        _E,
        "The text holds a control token of a chat template and would be trained as the real one.",
        "<|im_end|>",
        "Remove the token from the text, or set split_special_tokens.",
    ),
    "text-placeholder": CodeEntry(
        _E,
        "The text holds a placeholder that the engine replaces, such as {{idx}} or {{content}}.",
        "{{idx}}",
        "Write the braces apart.",
    ),
    "text-media-tag": CodeEntry(
        _E,
        "The text holds a media placeholder; templates with media stop on it.",
        "<image>",
        "Remove the tag from the text.",
    ),
}

_LENGTH = {
    "row-too-long": CodeEntry(
        _E,
        "The row is longer than cutoff_len; the engine would cut it without a word.",
        "2,431 tokens, cutoff 2,048",
        "Raise --cutoff-len, use --over-long window, or list fewer tools (--tool-tokens).",
    ),
    "row-windowed": CodeEntry(
        _R,
        "A long row was split into windows between exchanges; each is within cutoff_len.",
        "1 row -> 3 windows",
        "Windows repeat --carry exchanges as context; --carry 0 repeats none.",
    ),
}

CONVERSATION_CODES: dict[str, CodeEntry] = {**_STRUCTURE, **_ENCODING, **_TEXT, **_LENGTH}
