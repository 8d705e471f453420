"""`mesh contracts diff`: what changes for whom, and whether the versions say so."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mesh_platform.cli.output import AsJson, print_json, print_table
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.contract.consumers import Consumer
    from mesh_platform.contract.diff import Demand, Hit, Interface, Verdict


def diff(
    *,
    against: Annotated[str, typer.Option("--against", help="The revision that was published.")] = "HEAD",
    as_json: AsJson = False,
) -> None:
    """Compare the code's interface with a committed one; fail where a change needs a version that was not made.

    Names each consumer whom a change breaks or puts at risk, with owner and column, also through column lineage.

    Example: mesh contracts diff

    Example: mesh contracts diff --against main --json
    """
    from mesh_platform.cli.published import project
    from mesh_platform.contract.diff import demands, differences, of_folder, verdicts
    from mesh_platform.contract.diff.revision import at_revision
    from mesh_platform.lineage.graph import ColumnGraph

    root = project()
    now, consumers = _code(root / "contracts")
    with at_revision(root, against) as published:
        before = of_folder(published)
        judged = verdicts(differences(before, now), consumers, ColumnGraph.read(published))
    asked = demands(before, now, judged)
    if as_json:
        print_json({"changes": [_told(v) for v in judged], "versions": [_demanded(d) for d in asked]})
    else:
        _say(judged, asked, against)
    if not all(demand.met for demand in asked):
        raise typer.Exit(1)


def _code(root: Path) -> "tuple[Interface, list[Consumer]]":
    """The interface as the code would publish it, and who reads it then."""
    from mesh_platform.contract.consumers import consumers, reading_models, reading_products
    from mesh_platform.contract.cycles import refuse_cycles
    from mesh_platform.contract.diff import of_texts
    from mesh_platform.contract.export.documents import documents
    from mesh_platform.contract.export.read import published
    from mesh_platform.discover import installed_domains
    from mesh_platform.pipeline.lineage import derivations

    domains, settings = installed_domains().values(), Settings.load()
    refuse_cycles({d.full_name(p): [port.product for port in p.inputs] for d in domains for p in d.products})
    texts = documents(domains, root)  # without origins, which take a compilation: lineage is that of what was published
    with TemporaryDirectory(prefix="mesh-contracts-") as folder:
        for relative, text in texts.items():
            path = Path(folder) / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        readers = [*consumers(root), *reading_products(published(Path(folder)))]
    for domain in domains:
        for product in domain.products:
            if product.recipe:
                models = derivations(domain, product, settings, compile_now=False).models
                majors = {port.product: port.major for port in product.inputs}
                readers += reading_models(models, domain.owner.email, majors)
    return of_texts(texts), readers


def _say(judged: "Sequence[Verdict]", asked: "Sequence[Demand]", against: str) -> None:
    if not judged:
        typer.echo(f"the interface is what it was at {against}")
        return
    print_table([_line(verdict) for verdict in judged])
    for verdict in judged:
        for hit in verdict.hits:
            typer.echo(_consumer_line(verdict, hit))
    for demand in asked:
        done = "made" if demand.met else f"NOT MADE: {demand.remedy}"
        typer.echo(f"{demand.table} {demand.version} → {demand.now or 'gone'}: {_word(demand.level)} needed, {done}")
    if not asked:
        typer.echo("no version is needed for this")


def _line(verdict: "Verdict") -> dict[str, object]:
    change = verdict.change
    return {
        "where": change.where,
        "change": change.kind,
        "what": change.said,
        "needs": _word(verdict.level),
        "consumers": _word(verdict.effect) if verdict.hits else "unaffected",
    }


def _consumer_line(verdict: "Verdict", hit: "Hit") -> str:
    way = "" if hit.is_direct else f", computed from {verdict.change.where}: {' → '.join(hit.through)}"
    who = f"{hit.consumer.name} ({hit.consumer.owner}; {hit.purpose})"
    return (
        f"{_word(hit.effect)}: {who} by '{verdict.change.kind}' of {verdict.change.where}, reads {hit.columns[0]}{way}"
    )


def _word(word: Any) -> str:
    return str(word.name).lower().replace("_", " ")


def _told(verdict: "Verdict") -> dict[str, Any]:
    change = verdict.change
    return {
        "table": change.table,
        "major": change.major,
        "columns": list(change.columns),
        "kind": change.kind,
        "what": change.said,
        "needs": _word(verdict.level),
        "consumers": [
            {
                "name": hit.consumer.name,
                "owner": hit.consumer.owner,
                "kind": hit.consumer.kind,
                "purpose": hit.purpose,
                "effect": _word(hit.effect),
                "columns": list(hit.columns),
                "through": list(hit.through),
            }
            for hit in verdict.hits
        ],
    }


def _demanded(demand: "Demand") -> dict[str, Any]:
    return {
        "table": demand.table,
        "major": demand.major,
        "version": demand.version,
        "now": demand.now,
        "needs": _word(demand.level),
        "met": demand.met,
        "remedy": demand.remedy,
    }
