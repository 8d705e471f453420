"""The words of the registry: a trained version, and what a training leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One trained version of a model.

    Args:
        model: The model's name.
        version: Counts from 1.
        run: The tracking run that made it.
        trained_at: When it was registered.
        as_of: What was known when it learnt.
        seed: The seed of all randomness.
        code_version: The version of the domain's code.
        snapshots: Lake table → the snapshot that it learnt from.
        metrics: On its hold-out.
        aliases: Its parts: champion, challenger, previous.
        verdict: What the gate said, in a sentence.
        passed: Whether the gate let it pass.
        environment: Package → version that it was trained with.
    """

    model: str
    version: int
    run: str
    trained_at: datetime
    as_of: datetime
    seed: int
    code_version: str
    snapshots: Mapping[str, int]
    metrics: Mapping[str, float]
    aliases: tuple[str, ...]
    verdict: str
    passed: bool
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Training:
    """What a training leaves behind.

    Args:
        model: The model's name.
        as_of: What was known.
        seed: The seed.
        code_version: The version of the domain's code.
        snapshots: Lake table → snapshot.
        params: What was done.
        metrics: On the hold-out; baselines' as "<metric> of <baseline>".
        verdict: What the gate said.
        passed: Whether the gate let it pass.
        environment: Package → version.
    """

    model: str
    as_of: datetime
    seed: int
    code_version: str
    snapshots: Mapping[str, int]
    params: Mapping[str, str | float | int]
    metrics: Mapping[str, float]
    verdict: str
    passed: bool
    environment: Mapping[str, str]
