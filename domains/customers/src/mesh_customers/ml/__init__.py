"""The models of the customers domain, in pure Python."""
