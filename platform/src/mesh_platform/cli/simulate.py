"""`mesh simulate`: write the landing zone of a simulated OmniShop."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from mesh_platform.cli.output import AsJson, number, print_json
from mesh_platform.errors import UserError
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_simulator import World

Days = Annotated[int | None, typer.Option(min=1, help="Days of history; more than before adds days. [default: 120]")]
Scale = Annotated[float | None, typer.Option(min=0.001, help="1 is 10k customers, 1M web events. [default: 1]")]
Seed = Annotated[int | None, typer.Option(help="The world's seed. [default: 7]")]
Start = Annotated[str | None, typer.Option(help="The first day. [default: so that the last day is yesterday]")]


def simulate(
    *, days: Days = None, scale: Scale = None, seed: Seed = None, start: Start = None, as_json: AsJson = False
) -> None:
    """Write the files of a simulated OmniShop. All operational systems tell of one world.

    Example: mesh simulate --days 30 --scale 0.1 --seed 7
    """
    world = simulate_into(Settings.load(), days, scale, seed, start)
    if as_json:
        print_json({"start": world.start, "days": world.days, "seed": world.seed, "rows": dict(world.counts)})
        return
    typer.echo(f"{world.days} days from {world.start}: {number(sum(world.counts.values()))} rows landed")


def simulate_into(
    settings: Settings, days: int | None, scale: float | None, seed: int | None, start: str | None
) -> "World":
    """Write or extend the simulated landing zone, showing the days go by.

    Raises:
        UserError: Where the landing zone holds files of another origin, or a world of another seed or scale.
    """
    from mesh_platform.cli.progress import bar
    from mesh_platform.ingest.origin import claim_origin, complete_origin
    from mesh_simulator import simulate as write_world

    first = _date(start)
    claim_origin(settings.landing, "simulator")
    with bar("simulating days") as progress:
        world = write_world(
            settings.landing,
            settings.truth,
            days=days,
            scale=scale,
            seed=seed,
            start=first,
            progress=progress,
        )
    complete_origin(settings.landing, {"days": world.days, "scale": world.scale, "seed": world.seed})
    return world


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UserError(f"--start '{text}' is no date; write it like {datetime.now(UTC).date()}") from None
