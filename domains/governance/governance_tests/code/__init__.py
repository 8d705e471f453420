"""Tests of the contracts and of how the domain is put together."""
