"""`mesh run`: from the landing zone to published products, in every domain."""

import time
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from mesh_platform.cli.output import AsJson
from mesh_platform.cli.simulate import Days, Scale, Seed
from mesh_platform.errors import MissingSource, UnknownName, UserError
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.cli.progress import RunDisplay
    from mesh_platform.lake import Lake
    from mesh_platform.orchestrate.agenda import Agenda
    from mesh_platform.orchestrate.fleet import Fleet
    from mesh_platform.orchestrate.watch import Failed, Untrained
    from mesh_platform.orchestrate.waves import DomainRun
    from mesh_platform.orchestrate.worker import Work
    from mesh_platform.pipeline.steps import Published
    from mesh_platform.product import Domain


@dataclass(slots=True)
class Outcome:
    """What became of a run."""

    published: "dict[str, Published]" = field(default_factory=dict)
    failed: "list[Failed]" = field(default_factory=list)
    untrained: "list[Untrained]" = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    simulated: dict[str, int] = field(default_factory=dict)
    work_seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """0 where all went well, 2 where the input is at fault, 1 where the mesh is."""
        if not self.failed:
            return 0
        return 2 if all(f.user for f in self.failed) else 1


def run(
    *,
    days: Days = None,
    scale: Scale = None,
    seed: Seed = None,
    domain: Annotated[str | None, typer.Option(help="Run one domain only.")] = None,
    day: Annotated[str | None, typer.Option(help="Make one day again, changed or not: YYYY-MM-DD.")] = None,
    as_json: AsJson = False,
) -> None:
    """Publish every product from what has landed. An empty landing zone is simulated first.

    Example: mesh run

    Example: mesh run --days 30 --scale 0.1

    Example: mesh run --domain sales --day 2026-05-01
    """
    from mesh_platform.cli.closing import close
    from mesh_platform.discover import domain_names
    from mesh_platform.orchestrate.fleet import Fleet
    from mesh_platform.orchestrate.home import prepare_home

    started, settings = time.perf_counter(), Settings.load()
    forced = _forced(day)
    grows = (days, scale, seed) != (None, None, None)
    _check(settings, domain, forced, grows=grows)
    prepare_home(settings)
    fleet = Fleet(domain_names(), "mesh_platform.cli.main")
    if grows or not settings.landing.exists():
        fleet.warm()  # while the simulator writes; a run that finds nothing new needs no worker
    outcome = Outcome(simulated=_land(settings, domain, days, scale, seed, grows=grows))
    landed = time.perf_counter()
    domains, lake, agenda = _agenda(settings, domain, forced)
    if agenda.working and agenda.days:
        _execute(fleet, domains, agenda, settings, outcome, quiet=as_json, changed_only=not forced)
    outcome.work_seconds = time.perf_counter() - landed
    close(domains, lake, agenda, outcome, time.perf_counter() - started, as_json=as_json)
    raise typer.Exit(outcome.exit_code)


def _forced(day: str | None) -> frozenset[date]:
    try:
        return frozenset({date.fromisoformat(day)}) if day else frozenset()
    except ValueError:
        raise UserError(f"--day '{day}' is no date; write it like {datetime.now(UTC).date()}") from None


def _check(settings: Settings, domain: str | None, forced: frozenset[date], *, grows: bool) -> None:
    """Refuse wrong words before anything is started."""
    from mesh_platform.discover import domain_names
    from mesh_platform.ingest.origin import read_origin
    from mesh_platform.pipeline.landed import landed_days

    if domain and domain not in domain_names():
        raise UnknownName.of("domain", domain, list(domain_names()))
    found = read_origin(settings.landing)
    if found and found.origin != "simulator" and grows:
        raise UserError(
            f"the landing zone holds files of {found.origin}; --days, --scale and --seed are for simulated worlds: "
            "leave them out, or set MESH_HOME to another folder"
        )
    if not grows and (landed := landed_days(settings.landing)):
        _demand_landed(forced, landed)


def _demand_landed(forced: frozenset[date], landed: list[date]) -> None:
    for day in forced - set(landed):
        raise UserError(f"--day {day}: no file was delivered on it; the landing zone holds {landed[0]} to {landed[-1]}")


def _land(
    settings: Settings, domain: str | None, days: int | None, scale: float | None, seed: int | None, *, grows: bool
) -> dict[str, int]:
    """Simulate where nothing has landed, or where a simulated world is asked to grow; say how many rows it has."""
    from mesh_platform.cli.simulate import simulate_into
    from mesh_platform.ingest.origin import read_origin

    found = read_origin(settings.landing)
    if found is None and not grows and domain and any((settings.landing / domain).glob("*/*")):
        return {}
    if found is None or (found.origin == "simulator" and (grows or not found.complete)):
        return dict(simulate_into(settings, days, scale, seed, None).counts)
    return {}


def _agenda(settings: Settings, only: str | None, forced: frozenset[date]) -> "tuple[list[Domain], Lake, Agenda]":
    from mesh_platform.discover import installed_domains
    from mesh_platform.lake import Lake
    from mesh_platform.orchestrate.agenda import draw_up
    from mesh_platform.pipeline.landed import landed_days

    domains = [d for d in installed_domains().values() if only in {None, d.name}]
    landed = landed_days(settings.landing)
    if not landed:
        raise MissingSource(f"nothing has landed in {settings.landing}; `mesh simulate` or `mesh ingest` fills it")
    _demand_landed(forced, landed)
    lake = Lake.open(settings)
    return domains, lake, draw_up(domains, lake, settings, landed, forced)


def _execute(
    fleet: "Fleet",
    domains: "list[Domain]",
    agenda: "Agenda",
    settings: Settings,
    outcome: Outcome,
    *,
    quiet: bool,
    changed_only: bool,
) -> None:
    from mesh_platform.cli.progress import RunDisplay
    from mesh_platform.orchestrate.recording import MeshRecording

    mesh_run = str(uuid.uuid4())
    assert agenda.days is not None  # noqa: S101 - the caller asked
    totals = {
        d.name: len(agenda.sources[d.name]) + len(agenda.fed[d.name]) + len(agenda.untrained[d.name])
        for d in domains
        if d.name in agenda.working
    }
    told = MeshRecording(settings, mesh_run, agenda.working, agenda.days)
    with told, RunDisplay(totals, quiet=quiet) as display:
        for wave in _waves(domains, agenda, settings, mesh_run, changed_only=changed_only):
            held = [_held_back(work, domains, outcome) for work in wave]
            fleet.run([work for work in held if work.anything], lambda event: _listen(event, outcome, display))
        if outcome.failed:
            told.fail(f"failed: {', '.join(sorted({f.name for f in outcome.failed}))}")


def _held_back(work: "Work", domains: "list[Domain]", outcome: Outcome) -> "Work":
    """Leave out the products of a later wave whose own source failed in an earlier one: readers keep the old rows."""
    failed = {f.name for f in outcome.failed}
    domain = next(d for d in domains if d.name == work.domain)
    broken = {p.name for p in domain.products if any(f"{domain.name}/{source}" in failed for source in p.sources)}
    return replace(work, products=tuple(p for p in work.products if p not in broken))


def _waves(
    domains: "list[Domain]", agenda: "Agenda", settings: Settings, mesh_run: str, *, changed_only: bool
) -> "list[list[Work]]":
    from mesh_platform.orchestrate.waves import waves
    from mesh_platform.orchestrate.worker import Work

    days = agenda.days
    assert days is not None  # noqa: S101 - the caller asked

    def work(planned: "DomainRun") -> Work:
        untrained, fed = agenda.untrained[planned.domain], agenda.fed[planned.domain]
        return Work(
            domain=planned.domain,
            sources=agenda.sources[planned.domain] if planned.first else (),
            models=tuple(untrained[p] for p in planned.products if p in untrained),
            products=tuple(p for p in planned.products if p in fed),
            days=days,
            changed_only=changed_only,
            mesh_run=mesh_run,
            log=settings.home / "logs" / f"{mesh_run}-{planned.domain}.log",
        )

    planned = ([work(r) for r in wave if r.domain in agenda.working] for wave in waves(domains))
    return list(planned)


def _listen(event: object, outcome: Outcome, display: "RunDisplay") -> None:
    from mesh_platform.ingest import Ingested
    from mesh_platform.orchestrate.watch import Alert, Failed, Reached, Trained, Untrained
    from mesh_platform.pipeline.steps import Published

    match event:
        case Reached():
            display.step(event.name, event.step)
        case Ingested():
            display.done(
                event.source.replace(".", "/", 1),
                f"{event.accepted:,} rows accepted, {event.quarantined:,} quarantined",
            )
        case Published():
            outcome.published[event.product] = event
            display.done(event.product, f"{event.snapshot.rows:,} rows" if event.changed else "unchanged")
        case Trained():
            display.done(event.name, event.what)
        case Untrained():
            outcome.untrained.append(event)
            display.done(event.name, "not trained")
        case Alert():
            outcome.alerts.append(event.line)
        case Failed():
            outcome.failed.append(event)
            display.done(event.name, "failed")
