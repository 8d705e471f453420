"""The data product APIs: what consumers read over HTTP, who may, and what is remembered of it."""
