"""The report of a dataset: one HTML page that needs no network, and a card in Markdown.

Input: a dataset on disk, read by `fctune.dataset.inspect`. Output: the text of a page or a card.
The same dataset gives the same bytes.
"""
