"""The recorded table of a tutorial: verdicts without calls."""
