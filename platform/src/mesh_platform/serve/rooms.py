"""The rooms of the application: products, features, models; each with its routes and what must work for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import APIRouter

    from mesh_platform.serve.operation.health import Check
    from mesh_platform.serve.service import Service


@dataclass(frozen=True, slots=True)
class Room:
    """A part of the application.

    Args:
        router: Its routes.
        checks: What must work for it, by name.
    """

    router: APIRouter
    checks: Mapping[str, Check] = field(default_factory=dict)


MakeRoom = Callable[["Service"], Room]


def products(service: Service) -> Room:
    """Rows of products."""
    from mesh_platform.serve.products.routes import routes

    return Room(routes(service))


def features(service: Service) -> Room:
    """Features of entities as they are now."""
    from mesh_platform.serve.features.desk import Desk
    from mesh_platform.serve.features.routes import routes

    desk = Desk(service)

    def online_store() -> str:
        never = [name for name, kept in desk.views.items() if desk.reader.header(kept.view) is None]
        return f"never pushed: {', '.join(never)}; `mesh features push` pushes them" if never else ""

    return Room(routes(service, desk), {"online store": online_store})


def models(service: Service) -> Room:
    """Predictions for single requests."""
    from mesh_platform.serve.models.routes import routes
    from mesh_platform.serve.models.serving import Serving

    serving = Serving.of(service)

    def loaded() -> str:
        return "; ".join(f"{name}: {said}" for name, said in serving.problems.items())

    return Room(routes(service, serving), {"models": loaded})


ROOMS: tuple[MakeRoom, ...] = (products, features, models)
