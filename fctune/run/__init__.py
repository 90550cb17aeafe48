"""Runs: preflight, the engine's process, progress, record, resume."""
