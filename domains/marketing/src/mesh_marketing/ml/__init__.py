"""The models of the marketing domain, in pure Python."""
