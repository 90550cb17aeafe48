"""Recorded answers, of us, the engine, servers and BFCL, as predictions."""
