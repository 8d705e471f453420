"""Tests of the governance domain."""
