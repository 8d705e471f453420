"""Who answers a model's requests now, kept in the registry, where every worker and every machine sees it.

Aliases name the versions, tags of the registered model say the rest: `canary.share`, and `canary.ended` for the canary
that was taken back last. Each change is written so that a reader between two writes sees the state before or after.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mesh_platform.errors import ModelRefused, UserError

if TYPE_CHECKING:
    from mesh_platform.ml.registry import Registry
    from mesh_platform.ml.versions import ModelVersion

CANARY, SHADOW = "canary", "shadow"
SHARE_TAG, ENDED_TAG = "canary.share", "canary.ended"
BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class Ended:
    """A canary that was taken back.

    Args:
        version: Which.
        reason: Why, with the figures.
        at: When, ISO 8601 in UTC.
    """

    version: int
    reason: str
    at: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """Who answers a model's requests.

    Args:
        model: The model's name.
        champion: The version that predicts; None where none may.
        previous: The champion before, which answers where the champion fails.
        canary: The version that answers a share of the entities.
        share: That share, from 0 to 1.
        shadow: The version that is asked too, and never answers.
        ended: The canary that was taken back last.
    """

    model: str
    champion: int | None = None
    previous: int | None = None
    canary: int | None = None
    share: float = 0.0
    shadow: int | None = None
    ended: Ended | None = None

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def deployment(registry: Registry, model: str) -> Deployment:
    """Read who answers.

    Raises:
        UnknownName: Where the model was never trained.
    """
    held, tags = registry.held(model)
    champion, canary, shadow = held.get("champion"), held.get(CANARY), held.get(SHADOW)
    canary = None if canary == champion else canary  # between the two writes of a promotion
    share = float(tags.get(SHARE_TAG) or 0) if canary is not None else 0.0
    ended = tags.get(ENDED_TAG)
    return Deployment(
        model,
        champion,
        held.get("previous"),
        canary,
        share,
        None if shadow == champion else shadow,
        Ended(**json.loads(ended)) if ended else None,
    )


def send_shadow(registry: Registry, model: str, number: int) -> Deployment:
    """Let a version be asked what the champion is asked; it need not have passed the gate, for it never answers.

    Raises:
        UnknownName: Where there is no such version.
        UserError: Where it is the champion.
    """
    registry.version(model, number)
    _refuse_champion(registry, model, number, SHADOW)
    registry.give(model, SHADOW, number)
    return deployment(registry, model)


def send_canary(registry: Registry, model: str, number: int, share: float) -> Deployment:
    """Let a version answer a share of the entities.

    Args:
        registry: The registry.
        model: The model.
        number: The version.
        share: Above 0, below 1.

    Raises:
        UnknownName: Where there is no such version.
        ModelRefused: Where the gate did not let it pass.
        UserError: Where it is the champion, or the share is none.
    """
    if not 0 < share < 1:
        raise UserError(
            f"--share is {share:.4g} (rule: above 0% and below 100%); `--promote` gives a canary everything"
        )
    version = registry.version(model, number)
    if not version.passed:
        raise ModelRefused(
            f"model '{model}' version {number} may not answer: {version.verdict}; "
            f"`mesh deploy {model} --shadow {number}` asks it without answering"
        )
    _refuse_champion(registry, model, number, CANARY)
    if deployment(registry, model).canary not in {None, number}:
        registry.take(model, CANARY)  # the other one must not answer the new one's share
    registry.tag(model, SHARE_TAG, repr(share))
    registry.tag(model, ENDED_TAG, "")
    registry.give(model, CANARY, number)
    return deployment(registry, model)


def promote(registry: Registry, model: str) -> ModelVersion:
    """Let the canary, or else the shadow, be the champion.

    Raises:
        ModelRefused: Where there is neither, or the gate did not let it pass.
    """
    now = deployment(registry, model)
    number = now.canary or now.shadow
    if number is None:
        raise ModelRefused(
            f"model '{model}' has neither canary nor shadow to promote; `mesh promote {model} <version>` names one"
        )
    version = registry.promote(model, number)
    for alias, held in ((CANARY, now.canary), (SHADOW, now.shadow)):
        if held == number:
            registry.take(model, alias)
    return registry.version(model, version.version)


def take_back(registry: Registry, model: str, number: int, reason: str) -> Deployment | None:
    """Let a canary answer no more, and record why.

    Args:
        registry: The registry.
        model: The model.
        number: The canary.
        reason: Why.

    Returns:
        Who answers now; None where that version is no canary any more, because somebody came first.
    """
    if deployment(registry, model).canary != number:
        return None
    at = datetime.now(UTC).isoformat(timespec="seconds")
    registry.tag(model, ENDED_TAG, json.dumps(asdict(Ended(number, reason, at))))
    registry.take(model, CANARY)
    return deployment(registry, model)


def stop(registry: Registry, model: str) -> Deployment:
    """Let the champion be alone: no canary, no shadow."""
    now = deployment(registry, model)
    if now.canary is not None:
        take_back(registry, model, now.canary, BY_HAND)
    if now.shadow is not None:
        registry.take(model, SHADOW)
    return deployment(registry, model)


def _refuse_champion(registry: Registry, model: str, number: int, part: str) -> None:
    if deployment(registry, model).champion == number:
        raise UserError(
            f"model '{model}' version {number} is the champion (rule: a {part} is another version); "
            f"`mesh models {model}` lists the versions"
        )
