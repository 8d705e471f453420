"""What DataHub's own registry knows: entities, their legal aspects, the shape of each."""

import os
from typing import Final

from mesh_platform.catalog.check.shapes import Judge, Shapes

PLATFORMS: Final = frozenset({"iceberg", "file", "dbt", "dagster", "mlflow"})
"""The platforms in use that every DataHub server knows by itself."""


class DataHub:
    """DataHub's registry of entities and aspects, as the installed SDK carries it."""

    def __init__(self) -> None:
        os.environ.setdefault("DATAHUB_TELEMETRY_ENABLED", "false")  # nothing leaves the machine unasked
        from datahub.metadata.schema_classes import ASPECT_NAME_MAP, KEY_ASPECTS
        from datahub.metadata.urns import Urn

        self._urn = Urn
        self._shapes, self._judges = Shapes(), dict[str, Judge]()
        self._aspects = ASPECT_NAME_MAP
        self._legal = {
            entity: frozenset({*key.ASPECT_INFO["entityAspects"], key.ASPECT_NAME})
            for entity, key in KEY_ASPECTS.items()
        }

    def legal(self, entity_type: str) -> frozenset[str] | None:
        """The aspects that an entity may have; None where DataHub has no such entity."""
        return self._legal.get(entity_type)

    def knows(self, aspect: str) -> bool:
        """Whether DataHub has such an aspect."""
        return aspect in self._aspects

    def judge(self, aspect: str) -> Judge:
        """The judge of an aspect's values."""
        if aspect not in self._judges:
            self._judges[aspect] = self._shapes.of(self._aspects[aspect].RECORD_SCHEMA)
        return self._judges[aspect]

    def refuses_urn(self, urn: str) -> str:
        """Say why DataHub can't read a URN; "" where it can."""
        from datahub.utilities.urns.error import InvalidUrnError

        try:
            self._urn.from_string(urn)
        except InvalidUrnError as error:
            return " ".join(str(error).split())
        return ""
