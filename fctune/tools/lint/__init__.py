"""Is a tool lawful, clear and hard to call wrongly: findings about a catalogue, and lawful repairs.

Input: a catalogue or the document that holds it. Output: issues with places; a mended document.
"""
