"""`mesh documents`: the published interface as files, exported from the code."""

from typing import Annotated

import typer

from mesh_platform.errors import UserError


def documents(
    *, check: Annotated[bool, typer.Option("--check", help="Change nothing; fail where files and code differ.")] = False
) -> None:
    """Export contracts/ from the code. A contract (ODCS) and a descriptor (ODPS) a product.

    Example: mesh documents --check
    """
    from mesh_platform.cli.published import project
    from mesh_platform.contract.export.documents import drift, export
    from mesh_platform.discover import installed_domains

    root, domains = project() / "contracts", installed_domains().values()
    if not check:
        changed = export(domains, root)
        typer.echo("\n".join(f"wrote {path}" for path in changed) or "contracts/ is up to date")
        return
    found = drift(domains, root)
    if found:
        lines = "\n".join(f"  {d.path}: {d.what}" for d in found)
        raise UserError(f"contracts/ differs from the code in {len(found)} files; run `mesh documents`:\n{lines}")
    typer.echo("contracts/ agrees with the code")
