"""A server of rows for `benchmarks.serving_rows`: one worker, everybody may read everything; prints its port."""

from __future__ import annotations

import gc
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.requests import Request

from mesh_platform.contract.export.read import PublishedProduct
from mesh_platform.lake import Lake
from mesh_platform.serve.products.routes import routes
from mesh_platform.serve.service import Access, Caller, Permit, Service
from mesh_platform.settings import Settings

CALLER = Caller("benchmark", "none", "measuring", "development")


class Open:
    """A gate, a log and metrics that cost nothing: what is measured is the serving of rows."""

    def admit(self, request: Request) -> Caller:
        """Admit everybody."""
        return CALLER

    def permit(self, caller: Caller, product: PublishedProduct, columns: Sequence[str] | None = None) -> Permit:
        """Permit everything, in clear."""
        names = tuple(column.name for column in product.columns)
        return Permit(caller, product.full_name, product.major, caller.purpose, names, frozenset(names))

    def holds(self, permit: Permit) -> bool:
        """A permit never ends."""
        return True

    def spend(self, caller: Caller, rows: int) -> None:
        """There is no quota."""

    def record(self, access: Access) -> None:
        """Nothing is kept."""

    def observe(self, kind: str, name: str, route: str, version: str, status: int, seconds: float) -> None:
        """Nothing is timed."""

    def gauge(self, name: str, labels: Mapping[str, str], value: float) -> None:
        """Nothing is shown."""


def main() -> None:
    """Serve the lake of the folder that is the only argument."""
    settings, free = Settings.load(Path(sys.argv[1])), Open()
    contracts = Path(__file__).resolve().parent.parent / "contracts"
    app = FastAPI()
    app.include_router(routes(Service(settings, contracts, Lake.open(settings), free, free, free)))
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    gc.freeze()
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])


if __name__ == "__main__":
    main()
