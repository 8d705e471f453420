"""Tests of the analysis of experiments."""
