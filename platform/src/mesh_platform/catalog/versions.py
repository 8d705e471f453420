"""The trained versions of all models, as the registry tells them.

Opening the registry takes seconds, most of a build. So what a local one told is kept under MESH_HOME for as long as its
file stays the same; a server is asked every time.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mesh_platform.ml.versions import ModelVersion

if TYPE_CHECKING:
    from mesh_platform.settings import Settings

Versions = dict[str, tuple[ModelVersion, ...]]
_LOCAL: Final = "sqlite:///"
_TIMES: Final = ("trained_at", "as_of")


def model_versions(settings: "Settings") -> Versions:
    """Read every model's versions, newest first; nothing where no model was ever trained."""
    from mesh_platform.ml.registry import Registry

    if not Registry.exists(settings):
        return {}
    kept, state = settings.home / "catalog" / "models.json", _state(settings.model_registry)
    if state and (known := _recall(kept, state)) is not None:
        return known
    registry = Registry.open(settings)
    found = {model: tuple(registry.versions(model)) for model in registry.models()}
    if state and state == _state(settings.model_registry):
        _keep(kept, state, found)
    return found


def _state(url: str) -> list[list[int]]:
    """What changes when a local registry does: its file's time and size, and its log's; nothing for a server."""
    if not url.startswith(_LOCAL):
        return []
    file = Path(url.removeprefix(_LOCAL))
    stats = [path.stat() for path in (file, file.with_name(f"{file.name}-wal")) if path.exists()]
    return [[stat.st_mtime_ns, stat.st_size] for stat in stats]


def _recall(kept: Path, state: list[list[int]]) -> Versions | None:
    """The kept answer; None where there is none of this state, or it can't be read any more."""
    try:
        said = json.loads(kept.read_text(encoding="utf-8"))
        if said["state"] != state:
            return None
        return {model: tuple(map(_version, versions)) for model, versions in said["models"].items()}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(kept: Path, state: list[list[int]], found: Versions) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    draft = kept.with_name(f"{kept.name}.{os.getpid()}.part")
    models = {model: [asdict(version) for version in versions] for model, versions in found.items()}
    draft.write_text(json.dumps({"state": state, "models": models}, default=datetime.isoformat), encoding="utf-8")
    draft.replace(kept)


def _version(said: Mapping[str, Any]) -> ModelVersion:
    times = {name: datetime.fromisoformat(said[name]) for name in _TIMES}
    return ModelVersion(**{**said, **times, "aliases": tuple(said["aliases"])})
