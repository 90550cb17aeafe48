"""A catalogue as a page for people, in Markdown and HTML.

Input: a catalogue. Output: the text of one page, the same bytes for the same tools.
"""
