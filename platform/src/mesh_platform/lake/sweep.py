"""Removing what crashed publishers left behind: their branches, and files that no snapshot lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from pyarrow.fs import FileInfo, FileSelector, FileType
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.manifest import ManifestFile
from pyiceberg.table import Table

from mesh_platform.lake.commit import Overtaken, branch_of, commit_steadily, requires
from mesh_platform.lake.manifests import entries_of, local
from mesh_platform.lake.plans import FOLDER, plan_file
from mesh_platform.lake.publishers import BRANCH, Publisher
from mesh_platform.lake.snapshots import Swept
from mesh_platform.lake.updates import drop_snapshots

if TYPE_CHECKING:
    from pyiceberg.table.snapshots import Snapshot

    from mesh_platform.lake.catalog import LakeCatalog

ORPHAN_AFTER: Final = timedelta(hours=1)  # a file without a publisher's token may be a commit's under way


def drop_dead_branches(catalog: LakeCatalog, table: Table) -> Table:
    """Drop the branches of publishers that have died; free of charge where there are none."""
    for name in [n for n in table.metadata.refs if n.startswith(BRANCH)]:
        publisher = Publisher.parse(name)
        head = branch_of(table, name)
        if publisher is None or head is None or not publisher.is_dead():
            continue
        try:
            table = commit_steadily(catalog.iceberg(), table, requires(table, {name: head}), (drop_snapshots([head]),))
        except Overtaken:  # another process has dropped it
            table = catalog.iceberg().load_table(table.name())
    return table


def heal(catalog: LakeCatalog, name: str) -> Swept:
    """Drop dead branches and delete files that no snapshot lists and no living publisher is writing.

    In a bucket only the branches are dropped: listing it costs, and its own lifecycle rules can do the rest.
    """
    table = catalog.iceberg().load_table(name)
    branches = sum(ref.startswith(BRANCH) for ref in table.metadata.refs)
    table = drop_dead_branches(catalog, table)
    dropped = branches - sum(ref.startswith(BRANCH) for ref in table.metadata.refs)
    # In this order: what was written before, by publishers dead by then, is in the metadata that is loaded last.
    abandoned = [info for info in _files(table) if _is_abandoned(info)] if catalog.is_local else []
    table = catalog.iceberg().load_table(name)
    in_use = files_in_use(table, table.metadata.snapshots) | _metadata_files(table)
    orphans = [info for info in abandoned if info.path not in in_use]
    for info in orphans:
        table.io.delete(info.path)
    return Swept(snapshots=dropped, files=len(orphans), bytes=sum(info.size for info in orphans))


def files_in_use(table: Table, snapshots: Iterable[Snapshot]) -> set[str]:
    """The paths of all files that snapshots list: data files, manifests, manifest lists, plans."""
    known: dict[str, ManifestFile] = {}
    paths: set[str] = set()
    for snapshot in snapshots:
        paths.add(local(snapshot.manifest_list))
        paths.add(str(plan_file(table.location(), str(table.metadata.table_uuid), snapshot.snapshot_id)))
        known.update({manifest.manifest_path: manifest for manifest in snapshot.manifests(table.io)})
    paths.update(map(local, known))
    paths.update(local(entry.data_file.file_path) for entry in entries_of(table, known.values()))
    return paths


def _metadata_files(table: Table) -> set[str]:
    log = [entry.metadata_file for entry in table.metadata.metadata_log]
    return {local(location) for location in (*log, table.metadata_location)}


def _files(table: Table) -> Iterator[FileInfo]:
    scheme, netloc, root = PyArrowFileIO.parse_location(table.location())
    filesystem = PyArrowFileIO(table.io.properties).fs_by_scheme(scheme, netloc)
    for folder in ("data", "metadata", FOLDER):
        for info in filesystem.get_file_info(FileSelector(f"{root}/{folder}", recursive=True, allow_not_found=True)):
            if info.type == FileType.File:
                yield info


def _is_abandoned(info: FileInfo) -> bool:
    publisher = Publisher.parse(info.base_name)
    if publisher is not None:
        return publisher.is_dead()
    return info.mtime is not None and datetime.now(UTC) - info.mtime > ORPHAN_AFTER
