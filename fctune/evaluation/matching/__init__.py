"""Gold calls and calls made, paired in the way of a mode."""
