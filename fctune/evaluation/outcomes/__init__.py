"""The verdict on one answer, and all that is told of it."""
