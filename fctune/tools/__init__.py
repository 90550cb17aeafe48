"""Tool schemas: reading, canonical form, checking calls against them."""
