"""Runs read back, compared with each other, and held against gates."""
