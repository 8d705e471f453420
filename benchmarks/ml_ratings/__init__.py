"""Predicting ratings (MovieLens): biases, neighbours, Bayesian matrix factorisation and their blend.

Ratings are no part of OmniShop's recommendations, which learn from purchases; this package exists for the published
comparison alone.
"""
