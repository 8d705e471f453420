"""All live models of a serving process: started before its first request, ended after its last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from mesh_platform.errors import UnknownName
from mesh_platform.pipeline.models import named
from mesh_platform.serve.models.answering import Answering
from mesh_platform.serve.models.keeping import Keeper
from mesh_platform.serve.models.live import INSTALLED, LiveProduct
from mesh_platform.serve.models.log import PredictionLog
from mesh_platform.serve.models.online import Online, open_online
from mesh_platform.serve.models.shadow import Shadow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mesh_platform.lake import Lake
    from mesh_platform.serve.service import Metrics, Service
    from mesh_platform.settings import Settings


class Serving:
    """The live models.

    Args:
        settings: The mesh's.
        lake: The tables that models read.
        metrics: What is counted.
        online: The online store.
        models: "module:function" that tells the live models; see `live.INSTALLED`.
    """

    def __init__(
        self, settings: Settings, lake: Lake, metrics: Metrics, online: Online, models: str = INSTALLED
    ) -> None:
        self.products: Mapping[str, LiveProduct] = named(models)()
        self.log = PredictionLog(settings)
        self.shadow = Shadow(settings, models)
        self._online = online
        self.answering = {
            name: Answering(product, online, metrics, self.log.record, self.shadow.offer)
            for name, product in self.products.items()
        }
        self.keeper = Keeper(settings, lake, self.answering, online, self.shadow, self.log, metrics)

    @classmethod
    def of(cls, service: Service) -> Self:
        """Prepare the installed models; nothing is loaded before `start`."""
        return cls(service.settings, service.lake, service.metrics, open_online(service.settings))

    def start(self) -> None:
        """Load the models, and begin to look after them."""
        self.log.start()
        self.keeper.start()

    def close(self) -> None:
        """End what runs; every answer that went out is in the landing zone then."""
        self.keeper.close()
        self.shadow.close()
        self.log.close()
        self._online.close()

    def model(self, name: str) -> Answering:
        """Find a model.

        Raises:
            UnknownName: Where none of that name answers single requests.
        """
        if name not in self.answering:
            raise UnknownName.of("live model", name, list(self.answering))
        return self.answering[name]

    @property
    def problems(self) -> dict[str, str]:
        """Model → why it can't answer."""
        lineups = {name: answering.lineup for name, answering in self.answering.items()}
        return {
            name: "its tables or its version can't be loaded"
            for name, lineup in lineups.items()
            if lineup is None or not lineup.ready
        }
