"""How the data product APIs run: limits, records of requests, figures, health, traces."""
