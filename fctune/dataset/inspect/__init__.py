"""Reading a dataset back: its rows as the model sees them, where each came from, what it holds.

Input: the files that `fctune prepare` wrote, or any ShareGPT or Alpaca file of dataset_info.json.
Output: rows, counts and rejects as values; `fctune.dataset.page` and the command line show them.
Rows are read one by one, so that memory does not grow with the dataset.
"""
