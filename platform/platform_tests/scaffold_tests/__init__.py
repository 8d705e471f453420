"""Promises of `mesh new`: what it writes runs, publishes and passes its own tests."""
