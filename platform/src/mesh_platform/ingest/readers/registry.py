"""From a source's format to its reader."""

from mesh_platform.ingest.readers.csv import CsvReader
from mesh_platform.ingest.readers.interface import Reader
from mesh_platform.ingest.readers.jsonl import JsonLinesReader
from mesh_platform.ingest.readers.parquet import ParquetReader
from mesh_platform.product import FileFormat


def reader_of(file_format: FileFormat) -> Reader:
    """Find the reader of a format."""
    readers: dict[FileFormat, Reader] = {"csv": CsvReader(), "jsonl": JsonLinesReader(), "parquet": ParquetReader()}
    return readers[file_format]
