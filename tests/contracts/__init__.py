"""One contract, many judges: what the mesh enforces is what its published documents say."""
