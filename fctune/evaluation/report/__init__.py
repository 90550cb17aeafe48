"""The files of an evaluation, and one case told in words."""
