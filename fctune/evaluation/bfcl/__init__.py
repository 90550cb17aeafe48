"""The mode `bfcl`: verdicts equal to those of the official checker of BFCL, without its packages.

Written from the published rules of the checker, not from its code. Nothing here imports a package
that costs a start-up, so that a recorded run is scored before a model could be loaded.
"""
