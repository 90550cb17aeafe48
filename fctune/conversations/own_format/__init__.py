"""A user's own raw format, told by a small file of paths (docs/own-format.md).

Input: `my_format.yaml`. Output: a RawFormat like those of `fctune.conversations.formats`. There is
no code in such a file and nothing of it is evaluated.
"""
