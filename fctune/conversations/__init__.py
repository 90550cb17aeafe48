"""Conversations: raw rows of several formats to lawful Conversations, and back to engine rows.

The way of one row: `formats/<name>.read` makes a Draft, `assemble` decodes, repairs and pairs,
`check` judges, `lesson` and `identity` name it, and `formats.sharegpt.to_row` writes it.
`read.read_conversation` is that way from end to end.
"""
