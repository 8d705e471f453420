"""The end of `mesh run`: what was published, what was not and why, and what to do next."""

from typing import TYPE_CHECKING

import typer

from mesh_platform.cli.output import number, print_json, print_table

if TYPE_CHECKING:
    from mesh_platform.cli.run import Outcome
    from mesh_platform.lake import Lake
    from mesh_platform.orchestrate.agenda import Agenda
    from mesh_platform.product import DataProduct, Domain

Row = dict[str, object]


def close(
    domains: "list[Domain]", lake: "Lake", agenda: "Agenda", outcome: "Outcome", seconds: float, *, as_json: bool
) -> None:
    """Print the closing table, the failures and the next steps.

    Args:
        domains: The domains of the run.
        lake: Where the snapshots are.
        agenda: What the run had to do.
        outcome: What became of it.
        seconds: How long the whole run took.
        as_json: Print JSON instead.
    """
    rows = [_row(d, p, lake, outcome) for d in domains for p in d.products if p.name in agenda.fed[d.name]]
    if as_json:
        failures = [{"name": f.name, "error": f.error, "user": f.user} for f in outcome.failed]
        untrained = {u.name: u.reason for u in outcome.untrained}
        told = {
            "products": rows,
            "lacking": agenda.lacking,
            "untrained": untrained,
            "alerts": outcome.alerts,
            "failed": failures,
            "simulated": outcome.simulated,
        }
        print_json(told | {"seconds": round(seconds, 2), "seconds_of_work": round(outcome.work_seconds, 2)})
        return
    print_table(
        [{k: number(v) if isinstance(v, int) and k != "snapshot" else v for k, v in row.items()} for row in rows],
        right=frozenset({"rows", "checks passed", "rows quarantined", "seconds"}),
    )
    _say_what_is_missing(agenda, outcome)
    _say_what_is_next(outcome, [str(row["product"]) for row in rows], seconds)


def _row(domain: "Domain", product: "DataProduct", lake: "Lake", outcome: "Outcome") -> Row:
    from mesh_platform.cli.published import state_of

    name = domain.full_name(product)
    state, done = state_of(lake, name), outcome.published.get(name)
    snapshot = state.snapshot
    quarantined = [lake.current(f"{domain.name}_quarantine.{source}") for source in product.sources]
    return {
        "product": name,
        "version": product.version,
        "rows": snapshot.rows if snapshot else None,
        "snapshot": snapshot.snapshot_id if snapshot else "not published",
        "freshness": _freshness(state.newest_day, snapshot),
        "checks passed": snapshot.checks if snapshot else None,
        "rows quarantined": sum(q.rows for q in quarantined if q),
        "seconds": f"{done.seconds:.1f}" if done and done.changed else "unchanged" if done else "not run",
    }


def _freshness(newest_day: object, snapshot: object) -> str | None:
    from mesh_platform.lake import Snapshot

    if newest_day is not None:
        return f"rows to {newest_day}"
    return f"made {snapshot.published_at:%Y-%m-%d %H:%M}" if isinstance(snapshot, Snapshot) else None


def _say_what_is_missing(agenda: "Agenda", outcome: "Outcome") -> None:
    for name, reason in agenda.lacking.items():
        typer.echo(f"not published: {name} {reason}")
    for untrained in outcome.untrained:
        typer.echo(f"no new champion: {untrained.name}: {untrained.reason}")
    for line in outcome.alerts:
        typer.echo(f"watch: {line}")
    for failure in outcome.failed:
        typer.echo(f"failed: {failure.name}: {failure.error}", err=True)


def _say_what_is_next(outcome: "Outcome", products: list[str], seconds: float) -> None:
    changed = [p for p in outcome.published.values() if p.changed]
    if not changed and not outcome.failed:
        typer.echo(f"nothing new: every product is up to date ({seconds:.1f} s)")
    else:
        what = "1 product" if len(changed) == 1 else f"{len(changed)} products"
        typer.echo(f"{what} published in {seconds:.1f} s")
    example = next(iter([*(p.product for p in changed), *products]), "sales.orders")
    typer.echo(
        f"next: mesh show {example} · mesh history {example} · mesh quarantine · mesh up (the Dagster UI)"
        if not outcome.failed
        else "next: mend what failed (mesh quarantine shows refused rows) and `mesh run` again; "
        "readers keep the old snapshots"
    )
