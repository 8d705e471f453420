"""Readers: from a landed file to rows with their line numbers, one module a format behind one interface."""

from mesh_platform.ingest.readers.interface import MALFORMED, Piece, Reader, Sha
from mesh_platform.ingest.readers.registry import reader_of

__all__ = ["MALFORMED", "Piece", "Reader", "Sha", "reader_of"]
