"""Features of entities over HTTP, from the online store: what models see, for those who may see it."""

from mesh_platform.serve.features.routes import routes

__all__ = ["routes"]
