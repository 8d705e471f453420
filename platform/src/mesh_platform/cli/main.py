"""The `mesh` command's entry point."""

import sys

import typer

from mesh_platform.cli.accesses import accesses
from mesh_platform.cli.catalog import catalog
from mesh_platform.cli.contracts import contracts
from mesh_platform.cli.deploy import deploy
from mesh_platform.cli.doctor import doctor
from mesh_platform.cli.explain import explain
from mesh_platform.cli.features import features
from mesh_platform.cli.history import history, rollback
from mesh_platform.cli.ingest import ingest
from mesh_platform.cli.keys import keys
from mesh_platform.cli.lineage import lineage
from mesh_platform.cli.maintain import maintain
from mesh_platform.cli.models import demote, models, promote
from mesh_platform.cli.new import new
from mesh_platform.cli.privacy import privacy
from mesh_platform.cli.products import products
from mesh_platform.cli.quarantine import quarantine
from mesh_platform.cli.replay import replay
from mesh_platform.cli.run import run
from mesh_platform.cli.serve import serve
from mesh_platform.cli.show import show
from mesh_platform.cli.simulate import simulate
from mesh_platform.cli.train import reproduce, train
from mesh_platform.cli.up import up
from mesh_platform.errors import MeshError

app = typer.Typer(
    name="mesh",
    help="Run, read and repair the OmniShop data mesh. State lives under MESH_HOME (default: .mesh).",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
VERBS = (
    *(run, simulate, ingest, products, show, history, rollback, quarantine),
    *(train, models, promote, demote, reproduce, explain, deploy, replay),
    *(maintain, doctor, up, serve),
)
for verb in VERBS:
    app.command()(verb)
app.add_typer(new, name="new")
app.add_typer(privacy, name="privacy")
app.add_typer(contracts, name="contracts")
app.add_typer(catalog, name="catalog")
app.add_typer(lineage, name="lineage")
app.add_typer(features, name="features")
app.add_typer(keys, name="keys")
app.add_typer(accesses, name="accesses")


def main() -> None:
    """Run the command; an error on purpose is one line, and its exit code says whose mistake it is."""
    try:
        app()
    except MeshError as error:
        typer.echo(f"mesh: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("mesh: interrupted; nothing half-done is readable, run it again", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
