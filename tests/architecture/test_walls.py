"""The walls of the house hold, and a domain stands alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

BIN = Path(sys.executable).parent
DOMAINS = ("sales", "customers", "inventory", "marketing", "governance")


def test_the_import_walls_hold() -> None:
    done = subprocess.run([BIN / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("mesh_sales.products.orders", "import mesh_customers"),
        ("mesh_platform.pipeline.steps", "import dagster"),
        ("mesh_platform.pipeline.plan", "import pyiceberg"),
        ("mesh_platform.product", "import mesh_platform.lake"),
        ("mesh_platform.contract.shape", "import mesh_sales"),
    ],
)
def test_an_import_through_a_wall_is_refused(module: str, forbidden: str, tmp_path: Path) -> None:
    """Break each wall once, in a copy, and see import-linter say no."""
    for source in (ROOT / "platform/src", *(ROOT / f"domains/{d}/src" for d in DOMAINS)):
        subprocess.run(["cp", "-r", f"{source}/.", tmp_path], check=True)
    (tmp_path / ".importlinter").write_text((ROOT / ".importlinter").read_text())
    broken = (tmp_path / module.replace(".", "/")).with_suffix(".py")
    broken.write_text(f"{broken.read_text()}\n{forbidden}\n")
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": str(BIN)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout


def test_platform_and_sales_alone_load_sales_and_no_other_domain(tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    alone = ("./platform", "./domains/sales")
    subprocess.run(
        [BIN / "uv", "pip", "install", "--quiet", "--python", python, "-c", "requirements.lock", *alone],
        cwd=ROOT,
        check=True,
    )
    program = (
        "import importlib, os; os.environ['MESH_HOME'] = 'home'\n"
        "from mesh_platform.discover import installed_domains\n"
        "assert list(installed_domains()) == ['sales'], list(installed_domains())\n"
        "from mesh_sales.definitions import defs\n"
        "keys = {k.to_user_string() for k in defs().resolve_asset_graph().materializable_asset_keys}\n"
        "assert 'sales/orders' in keys, keys\n"
        "for name in ('customers', 'inventory', 'marketing', 'governance'):\n"
        "    try: importlib.import_module(f'mesh_{name}')\n"
        "    except ModuleNotFoundError: continue\n"
        "    raise SystemExit(f'mesh_{name} can be imported')\n"
    )
    done = subprocess.run([python, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
