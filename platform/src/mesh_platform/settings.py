"""The one settings object: where state lives and which implementation of each component is used.

Every component that differs between one machine and many is a URL. Nothing is read at import; call
`Settings.load()` where settings are used.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit


def project_root() -> Path | None:
    """Find the project's folder: `MESH_ROOT`, or the nearest one with a workspace.yaml above the current folder."""
    here = Path(os.environ.get("MESH_ROOT", Path.cwd())).absolute()
    return next((folder for folder in (here, *here.parents) if (folder / "workspace.yaml").exists()), None)


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the mesh keeps its state.

    Args:
        home: Folder of all local state (`MESH_HOME`, default `.mesh` in the project's folder).
        lake_catalog: SQLAlchemy URL of the Iceberg catalog (`MESH_LAKE_CATALOG`).
        lake_warehouse: URL of the folder or bucket of the lake's files (`MESH_LAKE_WAREHOUSE`).
        model_registry: Tracking URL of the MLflow registry, `sqlite:///…` or a server's (`MESH_MODEL_REGISTRY`).
        online_store: Where features are kept for single requests: `sqlite:///…` or `redis://…`
            (`MESH_ONLINE_STORE`, default a file under the home).
        memory_mb: What one engine may use before it spills to disk (`MESH_MEMORY_MB`).
        lineage_url: Where the events of runs go: file:///…, http(s)://…, kafka://host:port/topic, or off
            (`MESH_LINEAGE_URL`, default a file under the home).
        lineage_token: What an HTTP receiver of events asks for (`MESH_LINEAGE_TOKEN`).
        lineage_namespace: The namespace of the mesh's jobs in events (`MESH_LINEAGE_NAMESPACE`).
        datahub_url: The catalog's server, as DataHub's own tools name it (`DATAHUB_GMS_URL`).
        datahub_token: What it asks for (`DATAHUB_GMS_TOKEN`).
        datahub_mode: By which of its interfaces it is written: restli, openapi or auto (`DATAHUB_MODE`, default auto).
        cache: Folder in which homes share what follows from code alone, such as parsed SQL (`MESH_CACHE`, default none:
            each home keeps its own).
    """

    home: Path
    lake_catalog: str
    lake_warehouse: str
    model_registry: str = ""
    memory_mb: int = 2048
    online_store: str = field(default="", repr=False)
    lineage_url: str = ""
    lineage_token: str = field(default="", repr=False)
    lineage_namespace: str = "omnishop"
    datahub_url: str = field(default="", repr=False)
    datahub_token: str = field(default="", repr=False)
    datahub_mode: str = ""
    cache: Path | None = None

    @classmethod
    def load(cls, home: Path | None = None) -> Self:
        """Resolve the settings from the environment."""
        named = home or os.environ.get("MESH_HOME")
        base = (Path(named) if named else (project_root() or Path.cwd()) / ".mesh").absolute()
        return cls(
            home=base,
            lake_catalog=os.environ.get("MESH_LAKE_CATALOG", f"sqlite:///{base}/lake/catalog.db"),
            lake_warehouse=os.environ.get("MESH_LAKE_WAREHOUSE", f"file://{base}/lake/warehouse"),
            model_registry=os.environ.get("MESH_MODEL_REGISTRY", f"sqlite:///{base}/models/registry.db"),
            memory_mb=int(os.environ.get("MESH_MEMORY_MB", "2048")),
            online_store=os.environ.get("MESH_ONLINE_STORE", ""),
            lineage_url=os.environ.get("MESH_LINEAGE_URL", ""),
            lineage_token=os.environ.get("MESH_LINEAGE_TOKEN", ""),
            lineage_namespace=os.environ.get("MESH_LINEAGE_NAMESPACE", "omnishop"),
            datahub_url=os.environ.get("DATAHUB_GMS_URL", ""),
            datahub_token=os.environ.get("DATAHUB_GMS_TOKEN", ""),
            datahub_mode=os.environ.get("DATAHUB_MODE", ""),
            cache=Path(os.environ["MESH_CACHE"]).absolute() if os.environ.get("MESH_CACHE") else None,
        )

    @property
    def landing(self) -> Path:
        """The landing zone: `<domain>/<source>/<file>`."""
        return self.home / "landing"

    @property
    def truth(self) -> Path:
        """The simulator's truth, which only evaluation reads."""
        return self.home / "truth"

    @property
    def dagster_home(self) -> Path:
        """Dagster's one home: runs from the command line and from the UI share it."""
        return self.home / "dagster"

    def warehouse(self, domain: str) -> Path:
        """A domain's private DuckDB file; DuckDB names its catalog so, which must not be a schema's name in it."""
        return self.home / "warehouse" / f"{domain}_warehouse.duckdb"


def without_secret(url: str) -> str:
    """A setting's URL as it may be told: without a password, without a query."""
    try:
        place = urlsplit(url).netloc
    except ValueError:  # a bracket that is never closed: nobody knows where a password would be
        return url.partition("://")[0] + "://…"
    return url.partition("?")[0].partition("#")[0].replace(place, place.rpartition("@")[2], 1)
