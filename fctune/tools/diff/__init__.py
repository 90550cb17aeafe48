"""What changed between two catalogues, and what it means for a trained model.

Input: two catalogues. Output: changes, each of a kind with a class: compatible, retrain, breaking.
"""
