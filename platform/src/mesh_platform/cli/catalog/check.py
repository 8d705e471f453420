"""`mesh catalog check`: the linter of metadata files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mesh_platform.cli.output import AsJson, number, print_json, print_table
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.catalog.check import Checked, Report

SHOWN = 20
"""How many findings are printed for people; --json tells all."""


def check(
    file: Annotated[Path | None, typer.Argument(help="A metadata file, instead of MESH_HOME's own.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Judge a metadata file more strictly than DataHub does. Exit code 1 where anything is wrong.

    Example: mesh catalog check
    """
    from dataclasses import asdict

    from mesh_platform.catalog.build import metadata_file
    from mesh_platform.catalog.check import check as lint
    from mesh_platform.catalog.proposals import read

    path = file or metadata_file(Settings.load())
    report = lint(read(path))
    if as_json:
        counted = [asdict(checked) for checked in report.checked]
        print_json({"file": str(path), "checked": counted, "findings": [asdict(f) for f in report.findings]})
    else:
        _print_counts(report)
        for finding in report.findings[:SHOWN]:
            typer.echo(f"{finding.rule}: {finding.urn} {finding.problem}")
        if len(report.findings) > SHOWN:
            typer.echo(f"… and {number(len(report.findings) - SHOWN)} more; --json tells all")
        typer.echo(f"{number(len(report.findings))} findings in {path}")
    if report.findings:
        raise typer.Exit(1)


def _print_counts(report: "Report") -> None:
    """A row an entity, a column a rule: how often it was examined, and before it how often something was wrong."""
    rules = list(dict.fromkeys(c.rule for c in report.checked))
    counts = {(c.entity_type, c.rule): c for c in report.checked}
    print_table(
        [
            {"entity": entity, **{rule: _count(counts.get((entity, rule))) for rule in rules}}
            for entity in sorted({c.entity_type for c in report.checked})
        ],
        right=frozenset(rules),
    )


def _count(checked: "Checked | None") -> str:
    if checked is None:
        return ""
    wrong = f"{number(checked.findings)} of " if checked.findings else ""
    return f"{wrong}{number(checked.examined)}"
