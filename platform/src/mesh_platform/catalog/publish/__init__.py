"""Send the catalog's metadata to a DataHub server, and prove that it is there.

The way: `proposals` reads the file that `mesh catalog build` wrote, `plan` decides what a server lacks by the `ledger`
of what it has acknowledged, `gms` sends it, `publishing` binds them; `readback` and `verification` go the other way.

What surprises: soft deletion touches only entities that this mesh published itself, and never the shared or historical
ones (`proposals.KEPT`). DataHub's domains have no soft delete; they are deleted as DataHub's own page deletes them.
"""

from mesh_platform.catalog.publish.publishing import Report, publish
from mesh_platform.catalog.publish.server import Mode, Server
from mesh_platform.catalog.publish.verification import Difference, verify

__all__ = ["Difference", "Mode", "Report", "Server", "publish", "verify"]
