"""What a file is by its first bytes and its ending, and the refusal of what its source did not promise."""

from typing import Final

from mesh_platform.errors import BadFile
from mesh_platform.ingest.landing import LandedFile
from mesh_platform.product import FileFormat

PARQUET: Final = b"PAR1"
_KINDS: Final = {
    PARQUET: "a Parquet file",
    b"\x1f\x8b": "a gzip archive",
    b"PK\x03\x04": "a zip archive (or a spreadsheet)",
    b"\x89PNG": "a PNG image",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"BZh": "a bzip2 archive",
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet or document",
    b"SQLite format 3": "a SQLite database",
}
_SPOKEN: Final[dict[FileFormat, str]] = {"csv": "CSV text", "jsonl": "JSON lines", "parquet": "Parquet"}


def kind_of(head: bytes) -> str | None:
    """Name what a file is by its first bytes; None where it may be text."""
    return next((kind for magic, kind in _KINDS.items() if head.startswith(magic)), None)


def refuse_wrong_ending(file: LandedFile, promised: FileFormat) -> None:
    """Refuse a file whose name has another ending than its source's.

    Raises:
        BadFile: Where it has.
    """
    if file.path.suffix != f".{promised}":
        raise BadFile(
            file.name,
            f"files of this source are {_SPOKEN[promised]} and end in .{promised}",
            f"the name ends in '{file.path.suffix}'" if file.path.suffix else "the name has no ending",
            f"deliver it as .{promised}, or move it out of the source's folder",
        )


def refuse_wrong_type(file: LandedFile, promised: FileFormat, head: bytes) -> None:
    """Refuse an empty file, and one whose first bytes are another format's.

    Raises:
        BadFile: Where it is.
    """
    if not head:
        raise BadFile(file.name, "a file has bytes", "the file is empty", "deliver it again, or remove it")
    kind = kind_of(head)
    if promised == "parquet" and not head.startswith(PARQUET):
        raise BadFile(
            file.name,
            "files of this source are Parquet",
            f"the file is {kind or 'no Parquet file'}",
            "deliver it as Parquet",
        )
    if promised != "parquet" and kind is not None:
        raise BadFile(
            file.name,
            f"files of this source are {_SPOKEN[promised]}",
            f"the file is {kind}",
            "deliver it as plain text",
        )
