"""`mesh contracts`: the published interface, exported from the code, compared with it and with what it was."""

from collections import Counter
from typing import TYPE_CHECKING

import typer

from mesh_platform.cli.contracts_diff import diff
from mesh_platform.cli.output import AsJson, number, print_json, print_table
from mesh_platform.errors import UserError
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from mesh_platform.contract.export.unsaid import Unsaid

contracts = typer.Typer(
    no_args_is_help=True,
    help="Export the published interface from the code, check that both agree, and see whom a change breaks.",
)
contracts.command()(diff)


@contracts.command()
def export(*, as_json: AsJson = False) -> None:
    """Write contracts/ from the code: a contract (ODCS) and a descriptor (ODPS) a product, a contract a source.

    What ODCS has no words for is kept by the mesh alone, and listed.

    Example: mesh contracts export

    Example: mesh contracts export --json
    """
    from mesh_platform.cli.published import project
    from mesh_platform.contract.export import documents
    from mesh_platform.contract.export.unsaid import unsaid
    from mesh_platform.discover import installed_domains
    from mesh_platform.lineage.graph import ColumnGraph
    from mesh_platform.pipeline.lineage import derived

    domains = installed_domains().values()
    changed = documents.export(domains, project() / "contracts", origins=derived(Settings.load()))
    ColumnGraph.read(project() / "contracts")  # refuses columns that come from themselves
    beyond = unsaid(domains)
    if as_json:
        print_json({"written": [str(path) for path in changed], "unsaid": [_told(u) for u in beyond]})
        return
    typer.echo("\n".join(f"wrote {path}" for path in changed) or "contracts/ is up to date")
    if changed:
        _say_beyond(beyond)


def _told(promise: "Unsaid") -> dict[str, str | None]:
    return {"table": promise.table, "column": promise.column, "rule": promise.rule, "why": promise.why}


def _say_beyond(beyond: "list[Unsaid]") -> None:
    typer.echo(f"{number(len(beyond))} promises are kept by the mesh but not checkable from the documents (--json):")
    counts = Counter(promise.why for promise in beyond)
    print_table(
        [{"promises": number(count), "what": why} for why, count in counts.most_common()], right=frozenset({"promises"})
    )


@contracts.command()
def check(*, as_json: AsJson = False) -> None:
    """Fail where contracts/, a mart's enforced contract or a consumer's use differs from the code; change nothing.

    Example: mesh contracts check
    """
    from mesh_platform.cli.published import project

    root = project() / "contracts"
    # Who relies on what is asked of documents that are right.
    lines = [*_drift(root), *_enforced()] or _wrong_uses(root)
    if as_json:
        print_json(lines)
    if lines:
        wrong = "\n".join(f"  {line}" for line in lines)
        raise UserError(
            f"contracts/ differs from the code or its consumers in {len(lines)} places; "
            f"run `mesh contracts export` where the code is right:\n{wrong}"
        )
    if not as_json:
        typer.echo("contracts/ agrees with the code and its consumers")


def _drift(root: "Path") -> list[str]:
    from mesh_platform.contract.cycles import refuse_cycles
    from mesh_platform.contract.export.documents import drift
    from mesh_platform.discover import installed_domains
    from mesh_platform.pipeline.lineage import derived

    domains = installed_domains().values()
    refuse_cycles({d.full_name(p): [port.product for port in p.inputs] for d in domains for p in d.products})
    return [f"{d.path}: {d.what}" for d in drift(domains, root, origins=derived(Settings.load()))]


def _enforced() -> list[str]:
    from mesh_platform.discover import installed_domains
    from mesh_platform.transform.enforced import enforced_drift

    return [line for domain in installed_domains().values() for line in enforced_drift(domain)]


def _wrong_uses(root: "Path") -> list[str]:
    from datetime import UTC, datetime

    from mesh_platform.contract.consumers import consumers, reading_products, wrong_uses
    from mesh_platform.contract.export.read import published

    products, today = published(root), datetime.now(UTC).date()
    everybody = [*consumers(root), *reading_products(products)]
    return [wrong for consumer in everybody for wrong in wrong_uses(consumer, products, today)]
