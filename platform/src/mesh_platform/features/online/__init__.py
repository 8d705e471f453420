"""The online store: the newest features of every entity, read by key in microseconds, from the same definitions."""
