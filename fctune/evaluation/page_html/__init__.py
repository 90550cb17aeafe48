"""report.html: an evaluation on one page, with a browser of its cases.

Input: a Report. Output: one file that needs no network. `report` writes it, `cases` embeds the
cases that `pick` chooses, `view` and `sections` hold what stands above them, `words` the labels.
"""
