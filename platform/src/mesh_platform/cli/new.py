"""`mesh new`: the first files of a domain or of a product, ready to run."""

import importlib
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mesh_platform.errors import UnknownName, UserError
from mesh_platform.scaffold.changes import Changes
from mesh_platform.scaffold.files import SAMPLE_PRODUCT, deliver_sample, domain_files, product_files
from mesh_platform.scaffold.install import install
from mesh_platform.scaffold.names import check_domain_name, check_product_name, dashed
from mesh_platform.scaffold.registers import registered
from mesh_platform.scaffold.tree import tree
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.product import Domain, Source

new = typer.Typer(
    no_args_is_help=True, help="Start a domain or a product: files that run, publish and pass their tests."
)


@new.command()
def domain(
    name: Annotated[str, typer.Argument(help="The domain's name in snake_case, such as loyalty.")],
    *,
    no_install: Annotated[bool, typer.Option("--no-install", help="Leave the environment alone.")] = False,
    no_sample: Annotated[bool, typer.Option("--no-sample", help="Land no sample delivery.")] = False,
) -> None:
    """Start a domain: a source with a sample delivery, a product, its SQL, its tests.

    Example: mesh new domain loyalty

    Example: mesh new domain loyalty --no-sample
    """
    from mesh_platform.cli.published import project

    root = project()
    folder = root / "domains" / name
    _refuse_existing(folder)
    check_domain_name(name)
    files, lists = domain_files(name, datetime.now(UTC).date()), registered(root, name)
    with Changes() as changes:
        changes.create_folder(folder, files)
        changes.rewrite(lists)
        documents = _export(root, _load(root, name), changes)
        if not no_install:
            install(folder)
    delivered = [] if no_sample else deliver_sample(folder, Settings.load().landing)
    _say_created(root, [folder / file for file in files], documents)
    typer.echo(f"entered mesh_{name} in {', '.join(path.name for path in lists)}")
    typer.echo("not installed: `make setup` installs it" if no_install else f"installed mesh-{dashed(name)} (editable)")
    for file in delivered:
        typer.echo(f"delivered the sample {_near(file)}")
    _say_next_of_domain(root, name, landed=not no_sample)


def _refuse_existing(folder: Path) -> None:
    if folder.name and folder.exists():
        raise UserError(f"domain '{folder.name}': {_near(folder)} exists already; choose another name")


def _say_next_of_domain(root: Path, name: str, *, landed: bool) -> None:
    home = _near(root / "domains" / name)
    landing = _near(Settings.load().landing / name)
    _say_next(
        *(() if landed else (f"mkdir -p {landing}/events && cp {home}/sample/* {landing}/events/",)),
        f"mesh run --domain {name}",
        f"mesh show {name}.{SAMPLE_PRODUCT}",
        "mesh contracts export",
        f"python -m pytest {home}",
        f"then make it yours, from {home}/README.md on; `make check` tells what does not fit together",
    )
    typer.echo(
        f"undo: rm -r {home} {_near(root / 'contracts' / name)} {landing}; take mesh_{name} out of workspace.yaml, "
        f".importlinter and pyproject.toml; uv pip uninstall mesh-{dashed(name)}"
    )


@new.command()
def product(
    name: Annotated[str, typer.Argument(help="The product's full name, such as loyalty.daily_points.")],
    *,
    source: Annotated[
        str | None, typer.Option(help="The source that feeds it. [default: the domain's first in sources.yml]")
    ] = None,
) -> None:
    """Start a product: contract, SQL, tests; until you change it, it counts a source's rows by day.

    Example: mesh new product loyalty.daily_points

    Example: mesh new product sales.sensor_days --source store_sensors
    """
    from mesh_platform.cli.published import project

    root, (domain_name, product_name) = project(), _parts(name)
    check_product_name(product_name)
    team = _load(root, domain_name)
    if product_name in {p.name for p in team.products}:
        raise UserError(f"product '{name}' exists already; choose another name")
    folder = root / "domains" / domain_name
    rendered = product_files(domain_name, product_name, _feed(team, folder, source))
    files = {f: text for f, text in rendered.items() if not (f.endswith("__init__.py") and (folder / f).exists())}
    with Changes() as changes:
        changes.create_files(folder, files)
        documents = _export(root, _with_only(team, product_name), changes)
    _say_created(root, [folder / file for file in files], documents)
    _say_next(
        f"mesh run --domain {domain_name}",
        f"mesh show {name}",
        f"python -m pytest {_near(folder)}",
        f"then make it yours: contract, SQL, test, and its line in {_near(folder)}/README.md",
        "`mesh contracts export`, which adds its lineage; again after every change of the contract",
    )
    typer.echo(f"undo: rm {' '.join(_near(folder / file) for file in files)}; rm -r {_near(documents[0].parent)}")


def _parts(name: str) -> tuple[str, str]:
    match name.split("."):
        case [domain_name, product_name] if domain_name and product_name:
            return domain_name, product_name
    raise UserError(f"product '{name}': write <domain>.<product>, such as loyalty.daily_points")


def _load(root: Path, name: str) -> "Domain":
    """Load a domain of this project from its folder; one that was just made is not on this process's path yet."""
    found = sorted(path.parent.name for path in (root / "domains").glob("*/pyproject.toml"))
    if name not in found:
        raise UnknownName.of("domain", name, found)
    sys.path.insert(0, str(root / "domains" / name / "src"))
    importlib.invalidate_caches()
    loaded: Domain = importlib.import_module(f"mesh_{name}.domain").DOMAIN
    return loaded


def _with_only(team: "Domain", product_name: str) -> "Domain":
    importlib.invalidate_caches()
    module = importlib.import_module(f"mesh_{team.name}.products.{product_name}")
    return replace(team, products=(module.PRODUCT,))


def _feed(team: "Domain", folder: Path, wanted: str | None) -> "Source":
    """Choose the source of a new product: SQL can only read what the dbt project declares."""
    import yaml

    file = folder / "dbt" / "models" / "sources.yml"
    groups = (yaml.safe_load(file.read_text()) if file.exists() else {}).get("sources") or []
    declared = [table["name"] for group in groups if group["name"] == "raw" for table in group["tables"]]
    names = [s.name for s in team.sources]
    if wanted is not None:
        team.source(wanted)
    for name in [wanted] if wanted else names:
        if name in declared:
            return team.source(name)
    raise UserError(
        f"source '{wanted or (names or ['none'])[0]}' of {team.name} is not in {_near(file)}, so SQL can't read it; "
        "declare it there under `raw`"
    )


def _export(root: Path, team: "Domain", changes: Changes) -> list[Path]:
    from mesh_platform.contract.export.documents import export
    from mesh_platform.contract.export.names import SOURCES

    for made in (*(product.name for product in team.products), SOURCES):
        changes.expect(root / "contracts" / team.name / made)
    # Without lineage, which takes a compilation of the SQL: the next export adds it.
    return export([team], root / "contracts")


def _say_created(root: Path, files: Iterable[Path], documents: list[Path]) -> None:
    typer.echo("created")
    for line in tree(path.relative_to(root).as_posix() for path in [*files, *documents]):
        typer.echo(f"  {line}")


def _say_next(*steps: str) -> None:
    typer.echo("next:")
    for step in steps:
        typer.echo(f"  {step}")


def _near(path: Path) -> str:
    """A path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
