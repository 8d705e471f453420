"""Rows over HTTP: list, describe, read, look up, aggregate and follow the published products."""
