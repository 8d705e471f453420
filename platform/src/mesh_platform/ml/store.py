"""How a fitted model is stored and loaded: skops' format, which runs no code on loading, never a pickle."""

from __future__ import annotations

import zipfile
from pathlib import Path

from mesh_platform.errors import ModelRefused
from mesh_platform.ml.recipe import Fitted

MODEL_FILE = "model.skops"


def write_model(fitted: Fitted, path: Path) -> None:
    """Store a fitted model in skops' format."""
    import skops.io

    skops.io.dump(fitted, path)


def read_model(path: Path, name: str, trusted: tuple[str, ...]) -> Fitted:
    """Load a fitted model from skops' format, refusing types that are neither plain nor named.

    Args:
        path: The file.
        name: What it is, for the error.
        trusted: Types that its recipe names.

    Raises:
        ModelRefused: Where it holds another type, or is no skops file.
    """
    import skops.io

    if not zipfile.is_zipfile(path):
        raise ModelRefused(f"{name}: {path.name} is no skops file (rule: models are stored safely); train it again")
    unknown = [t for t in skops.io.get_untrusted_types(file=path) if t not in trusted]
    if unknown:
        raise ModelRefused(f"{name} holds {', '.join(unknown)} (rule: types that its recipe trusts); train it again")
    fitted: Fitted = skops.io.load(path, trusted=list(trusted))
    return fitted
