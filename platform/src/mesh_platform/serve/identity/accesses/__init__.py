"""The append-only log of accesses: who read what, why, how much of it, from which snapshot."""

from mesh_platform.serve.identity.accesses.log import AccessFiles
from mesh_platform.serve.identity.accesses.verify import Broken, verify

__all__ = ["AccessFiles", "Broken", "verify"]
