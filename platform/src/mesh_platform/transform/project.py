"""A domain's dbt project on this machine: where its files are, where its state goes, what is parsed of it.

All state lives under the settings' home, so a checkout or an installed wheel stays as it is. What is parsed is kept for
as long as no file changes: dbt takes seconds to parse, and two more to find that nothing changed.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from mesh_platform.discover import dbt_folder
from mesh_platform.errors import MeshFailure
from mesh_platform.kept import Kept, version_of
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

HERE = Path(__file__).parent
SHARED = HERE / "dbt_mesh"
QUIET = ("--log-level", "none", "--log-level-file", "none", "--quiet", "--no-use-colors", "--no-write-json")
ALONE = ("--no-send-anonymous-usage-stats", "--no-version-check", "--no-partial-parse")
PARSED = ".msgpack"
"""How the file of a parsed project ends: dbt's own format of its manifest."""
READ = {".sql", ".yml", ".csv"}
"""What dbt reads of a project."""

_dbt = threading.RLock()  # dbt keeps flags, adapters and connections in globals: one run at a time in a process
_parsed: dict[Path, tuple[object, "Manifest"]] = {}


@dataclass(frozen=True, slots=True)
class Project:
    """A domain's dbt project.

    Args:
        domain: The domain's name.
        folder: Where its dbt_project.yml is.
        home: Where dbt keeps its state of it.
        settings: Say where the warehouse is that it runs against, and where what was parsed is kept.
    """

    domain: str
    folder: Path
    home: Path
    settings: Settings

    @classmethod
    def of(cls, domain: str, settings: Settings) -> "Project":
        """Find a domain's dbt project."""
        return cls(domain, dbt_folder(domain), settings.home / "dbt" / domain, settings)

    def invoke(self, *arguments: str, manifest: "Manifest | None" = None) -> "dbtRunnerResult":
        """Run a dbt command in this process.

        Args:
            arguments: The command and its options.
            manifest: The parsed project; without it dbt parses, which reads what changed since the last time.
        """
        places = {"project-dir": self.folder, "profiles-dir": HERE / "profiles", "target-path": self.home / "target"}
        options = [text for name, path in places.items() for text in (f"--{name}", str(path))]
        with self._environment():
            from dbt.cli.main import dbtRunner

            command = [*QUIET, *ALONE, "--log-path", str(self.home / "logs"), *arguments, *options]
            return dbtRunner(manifest=manifest).invoke(command)

    def manifest(self) -> "Manifest":
        """Parse the project, or recall it where no file changed.

        The days of a run are not part of it: they are given when models are compiled, so a new day parses nothing.

        Raises:
            MeshFailure: dbt can't read the project.
        """
        with _dbt:
            seen, now = _parsed.get(self.home), self._fingerprint()
            if seen is None or seen[0] != now:
                seen = _parsed[self.home] = (now, self._recalled() or self._parse())
            return seen[1]

    def kept(self) -> Kept:
        """Place the parsed project: another one for other files, and for another dbt."""
        return Kept.of(self.settings, "dbt", self.domain, version_of(self._folders, READ, _versions()), PARSED)

    def _recalled(self) -> "Manifest | None":
        answer = self.kept().read()
        if answer is None:
            return None
        from dbt.contracts.graph.manifest import Manifest
        from dbt.parser.manifest import extended_mashumuro_decoder

        manifest = Manifest.from_msgpack(answer, decoder=extended_mashumuro_decoder)
        manifest.build_flat_graph()  # type: ignore[no-untyped-call]  # dbt has no type for it
        return manifest

    def _parse(self) -> "Manifest":
        answer = self.invoke("parse")
        if not answer.success or answer.result is None:
            raise MeshFailure(f"{self.domain}: dbt can't read {self.folder.name}/: {first_lines(answer.exception)}")
        from dbt.parser.manifest import extended_mashumaro_encoder

        manifest: Manifest = answer.result  # type: ignore[assignment]  # parse answers with a manifest
        manifest.files.clear()  # they say where the files lie on this machine, and serve dbt's partial parsing only
        self.kept().write(manifest.to_msgpack(extended_mashumaro_encoder))
        return manifest

    @property
    def _folders(self) -> tuple[Path, ...]:
        return self.folder, SHARED, HERE / "profiles"

    def _fingerprint(self) -> object:
        files = (path for folder in self._folders for path in folder.rglob("*") if path.suffix in READ)
        return frozenset((p, stat.st_mtime_ns, stat.st_size) for p in files if (stat := p.stat()))

    @contextmanager
    def _environment(self) -> Iterator[None]:
        packages = self.home / "packages"
        _link(packages / SHARED.name)
        wanted = {"MESH_DBT_PACKAGES": str(packages), "MESH_DBT_WAREHOUSE": str(self.settings.warehouse(self.domain))}
        with _dbt:
            before = {name: os.environ.get(name) for name in wanted}
            os.environ.update(wanted)
            try:
                yield
            finally:
                for name, value in before.items():
                    os.environ.pop(name, None) if value is None else os.environ.update({name: value})


@cache
def _versions() -> str:
    return " ".join(version(name) for name in ("dbt-core", "dbt-duckdb"))


def _link(package: Path) -> None:
    """Offer the shared dbt package without `dbt deps`, which would want the network and write into the project."""
    if package.is_symlink() and package.readlink() == SHARED:
        return
    package.parent.mkdir(parents=True, exist_ok=True)
    package.unlink(missing_ok=True)
    package.symlink_to(SHARED, target_is_directory=True)


def first_lines(error: object, lines: int = 4) -> str:
    """Put the telling part of a message of dbt or DuckDB on one line."""
    told = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(told[:lines]) or "no message"
