"""Checkpoints answer cases, here or on a Ray cluster, constrained or free, resumable."""
