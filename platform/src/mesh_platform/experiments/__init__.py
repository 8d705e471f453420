"""Experiments: analyse outcomes of random assignment."""
