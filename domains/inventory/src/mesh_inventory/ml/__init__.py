"""The models of the inventory domain, in pure Python."""
