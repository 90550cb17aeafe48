"""The only door to LLaMA-Factory: templates and tokens, keys, command line, environment, logs."""
