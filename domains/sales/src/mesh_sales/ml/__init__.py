"""The models of the sales domain, in pure Python."""
