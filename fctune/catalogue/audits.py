"""Codes of the audits of a conversation: invented arguments, claims without a call."""

from __future__ import annotations

from fctune.catalogue.entry import CodeEntry, Severity

AUDIT_CODES: dict[str, CodeEntry] = {
    "argument-ungrounded": CodeEntry(
        Severity.WARNING,
        "The value of an argument appears nowhere before the call, in no form that can be "
        "computed: the model would learn to invent values.",
        'user "Weather in Oslo?", call get_weather(city="Bergen")',
        "Take the value from the conversation, ask the user for it, or remove the row; "
        "--switch argument-ungrounded=reject keeps such rows out.",
    ),
    "success-claimed": CodeEntry(
        Severity.WARNING,
        "The model says that it did something for which a tool is listed, and no call did it: "
        "the model would learn to claim instead of to call.",
        '"I have turned off the light." with turn_off_light listed and never called',
        "Add the call and its result before the claim, or remove the row.",
    ),
    "call-in-words": CodeEntry(
        Severity.WARNING,
        "The words of a model turn write out a call of a listed tool, and nothing is called: "
        "the model would learn to write calls that no parser reads.",
        "\"Calling get_weather(city='Oslo')\"",
        "Write it as a call in the form of the row's format, or remove it from the words.",
    ),
}
