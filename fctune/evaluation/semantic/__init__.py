"""Comparing values by what they mean: texts, numbers, sets, dates, defaults."""
