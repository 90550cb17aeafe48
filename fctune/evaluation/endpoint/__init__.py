"""OpenAI-compatible servers answer cases."""
