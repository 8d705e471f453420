"""Marks on model versions that learnt from a person who was erased since: they stay, and everybody sees it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from mesh_platform.ml.registry import Registry
from mesh_platform.ml.versions import ModelVersion

TAG: Final = "erasures"
"""The version's tag: the days of the erasures, with commas between."""


def learnt_from(registry: Registry, tables: Collection[str]) -> list[ModelVersion]:
    """The versions that learnt from one of the tables."""
    versions = [version for model in registry.models() for version in registry.versions(model)]
    return [version for version in versions if set(version.snapshots) & set(tables)]


def mark(registry: Registry, version: ModelVersion, at: datetime) -> None:
    """Mark a version; doing it twice on a day changes nothing."""
    days = sorted({*marks(registry, version), at.date().isoformat()})
    registry._client.set_model_version_tag(version.model, str(version.version), TAG, ",".join(days))


def marks(registry: Registry, version: ModelVersion) -> tuple[str, ...]:
    """The days on which persons were erased that a version may have learnt from."""
    tags: Mapping[str, str] = registry._client.get_model_version(version.model, str(version.version)).tags
    return tuple(filter(None, tags.get(TAG, "").split(",")))
