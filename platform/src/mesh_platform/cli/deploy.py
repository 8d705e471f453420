"""`mesh deploy`: who answers a live model's requests; running services follow within a second or two."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from mesh_platform.cli.models import Model
from mesh_platform.cli.output import AsJson, print_json, print_table
from mesh_platform.errors import UserError
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.ml.deploy.deployment import Deployment
    from mesh_platform.ml.registry import Registry

_SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?)(%?)")


def deploy(
    model: Model,
    *,
    shadow: Annotated[int | None, typer.Option(help="Ask this version too; it never answers.", min=1)] = None,
    canary: Annotated[int | None, typer.Option(help="Let this version answer a share of the entities.", min=1)] = None,
    share: Annotated[str, typer.Option(help="The canary's share, such as 5% or 0.05.")] = "5%",
    promote: Annotated[
        bool, typer.Option("--promote", help="The canary, or else the shadow, is the champion.")
    ] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Take the canary back; without one, the champion before predicts again.")
    ] = False,
    stop: Annotated[bool, typer.Option("--stop", help="No canary and no shadow any more.")] = False,
    status: Annotated[bool, typer.Option("--status", help="Only say who answers; the default.")] = False,
    as_json: AsJson = False,
) -> None:
    """Change who answers a live model's requests, while it runs: champion, canary, shadow.

    A canary that breaks a guardrail (errors, latency, drift of its answers) is taken back by the service itself.

    Example: mesh deploy fraud --shadow 4

    Example: mesh deploy fraud --canary 4 --share 5%

    Example: mesh deploy fraud --promote
    """
    from mesh_platform.ml.deploy import deployment as changes
    from mesh_platform.pipeline.lock import exclusive

    asked = [shadow is not None, canary is not None, promote, rollback, stop, status]
    if sum(asked) > 1:
        raise UserError(
            "more than one of --shadow, --canary, --promote, --rollback, --stop, --status (rule: one at a time)"
        )
    settings = Settings.load()
    registry = _registry(settings)
    with exclusive(settings.home / "locks" / f"deploy-{model}.lock"):  # services take canaries back meanwhile
        if shadow is not None:
            changes.send_shadow(registry, model, shadow)
        elif canary is not None:
            changes.send_canary(registry, model, canary, _share(share))
        elif promote:
            changes.promote(registry, model)
        elif rollback:
            _roll_back(registry, model)
        elif stop:
            changes.stop(registry, model)
        now = changes.deployment(registry, model)
    if as_json:
        print_json(now.plain())
        return
    _tell(now)


def _roll_back(registry: "Registry", model: str) -> None:
    from mesh_platform.ml.deploy.deployment import BY_HAND, deployment, take_back

    canary = deployment(registry, model).canary
    if canary is None:
        registry.demote(model)
    else:
        take_back(registry, model, canary, BY_HAND)


def _share(text: str) -> float:
    found = _SHARE.fullmatch(text.strip())
    if found is None:
        raise UserError(f"--share '{text}' is no share (rule: such as 5% or 0.05)")
    return float(found[1]) / (100 if found[2] else 1)


def _tell(now: "Deployment") -> None:
    rows = [
        {"part": "champion", "version": _number(now.champion), "answers": "everybody else" if now.canary else "all"}
    ]
    if now.champion is None:
        rows = [{"part": "baseline", "version": "", "answers": "all: no version may predict yet"}]
    if now.canary is not None:
        rows.append(
            {"part": "canary", "version": str(now.canary), "answers": f"{now.share * 100:.4g}% of the entities"}
        )
    if now.shadow is not None:
        rows.append({"part": "shadow", "version": str(now.shadow), "answers": "nobody; it is logged and compared"})
    if now.previous is not None:
        rows.append({"part": "previous", "version": str(now.previous), "answers": "where the champion fails"})
    print_table(rows, right=frozenset({"version"}))
    if now.ended is not None:
        typer.echo(f"canary {now.ended.version} was taken back at {now.ended.at}: {now.ended.reason}")
    typer.echo(f"next: mesh models {now.model} · mesh replay --last 10 --model {now.model}")


def _number(version: int | None) -> str:
    return "" if version is None else str(version)


def _registry(settings: Settings) -> "Registry":
    from mesh_platform.pipeline.models import registry_of

    found = registry_of(settings)
    if found is None:
        raise UserError("no model was trained yet; `mesh train <model>` trains one")
    return found
