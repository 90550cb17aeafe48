"""Recipes: two stages of engine keys, checked without the engine, rendered to its YAML."""
