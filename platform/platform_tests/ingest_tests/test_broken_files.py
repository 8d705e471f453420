"""A file that can't be read as its source promises says what is wrong with it, and changes nothing."""

import gzip
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from mesh_platform.errors import BadFile
from platform_tests.ingest_tests.shop import SALES, Shop, sale

EVENT = '{"event_id": "e1", "happened_at": "2026-01-01T10:00:00Z"}\n'
MOVEMENTS = pl.DataFrame(
    {"movement_id": ["m1"], "moved_at": ["2026-01-01T10:00:00Z"], "quantity": [3]},
).with_columns(pl.col("moved_at").str.to_datetime("%+", time_unit="us", time_zone="UTC"))


def refused(shop: Shop, source: str) -> str:
    """Ingest a good file, then with a broken one beside it; the message of the second time."""
    good = {"sales": f"{SALES}\n{sale('a')}\n", "events": EVENT}
    if source == "movements":
        path = shop.land(source, "2026-01-01", "")
        MOVEMENTS.write_parquet(path)
    else:
        shop.land(source, "2026-01-01", good[source])
    broken = shop.path(source, "2026-01-02")
    hidden = broken.with_name(f".{broken.name}")
    broken.rename(hidden)
    shop.ingest(source)
    hidden.rename(broken)
    before = shop.state(source)
    with pytest.raises(BadFile) as caught:
        shop.ingest(source)
    assert shop.state(source) == before
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"shop/{source}/{broken.name}: ")
    return message.removeprefix(f"shop/{source}/{broken.name}: ")


def test_an_empty_file_is_refused(shop: Shop) -> None:
    shop.land("sales", "2026-01-02", "")
    assert refused(shop, "sales").startswith("the file is empty (rule: a file has bytes); deliver it again")


def test_a_text_file_that_ends_within_a_line_is_cut_off(shop: Shop) -> None:
    shop.land("sales", "2026-01-02", f"{SALES}\n{sale('b')}\n{sale('c')[:9]}")
    assert refused(shop, "sales") == (
        "the file is cut off in line 3 (rule: a text file ends with a line end); deliver it again, whole"
    )


def test_a_text_file_cut_off_within_a_character_is_cut_off_and_not_of_another_encoding(shop: Shop) -> None:
    shop.land("events", "2026-01-02", EVENT.encode() + '{"event_id": "é'.encode()[:-1])
    assert "cut off in line 2" in refused(shop, "events")


def test_a_file_that_is_not_utf8_tells_offset_and_line(shop: Shop) -> None:
    text = f"{SALES}\n{sale('b')}\n{sale('é')}\n"
    shop.land("sales", "2026-01-02", text.encode("latin-1"))
    offset = text.index("é")
    assert refused(shop, "sales") == (
        f"byte 0xe9 at offset {offset} (line 3) is not UTF-8 (rule: text is UTF-8); "
        "save the file as UTF-8 and deliver it again"
    )


def test_the_place_of_a_wrong_byte_is_right_in_a_file_read_in_blocks(shop: Shop) -> None:
    text = "".join(EVENT.replace("e1", f"e{n}") for n in range(2000)) + EVENT.replace("e1", "é")
    shop.land("events", "2026-01-02", text.encode("latin-1"))
    with pytest.raises(BadFile, match=rf"offset {text.index('é'):,} \(line 2,001\)"):
        shop.ingest("events", batch_bytes=4096)


def parquet(path: Path) -> None:
    MOVEMENTS.write_parquet(path)


def gzipped(path: Path) -> None:
    path.write_bytes(gzip.compress(EVENT.encode()))


def zipped(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 and so on\n")


def image(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n\n")


@pytest.mark.parametrize(
    ("source", "write", "said"),
    [
        ("sales", parquet, "the file is a Parquet file (rule: files of this source are CSV text); deliver it as plain"),
        ("events", gzipped, "the file is a gzip archive (rule: files of this source are JSON lines)"),
        ("events", zipped, "the file is a zip archive (or a spreadsheet) (rule: files of this source are JSON lines)"),
        ("sales", image, "the file is a PNG image"),
        ("movements", gzipped, "the file is a gzip archive (rule: files of this source are Parquet)"),
    ],
)
def test_a_file_of_another_type_is_named_by_what_it_is(
    shop: Shop, source: str, write: Callable[[Path], None], said: str
) -> None:
    write(shop.land(source, "2026-01-02", ""))
    assert refused(shop, source).startswith(said)


def test_text_where_parquet_was_promised_is_refused(shop: Shop) -> None:
    shop.land("movements", "2026-01-02", f"{SALES}\n")
    assert refused(shop, "movements").startswith("the file is no Parquet file (rule: files of this source are Parquet)")


def test_a_parquet_file_without_its_footer_is_cut_off(shop: Shop) -> None:
    path = shop.land("movements", "2026-01-02", "")
    MOVEMENTS.write_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    assert refused(shop, "movements").startswith("the file is cut off before its footer (rule: a Parquet file ends")


def test_a_parquet_file_with_broken_pages_is_refused(shop: Shop) -> None:
    path = shop.land("movements", "2026-01-02", "")
    MOVEMENTS.write_parquet(path)
    content = bytearray(path.read_bytes())
    content[4:60] = b"\xff" * 56
    path.write_bytes(content)
    assert "(rule: a Parquet file can be decoded)" in refused(shop, "movements")


def test_a_parquet_column_of_a_wrong_type_is_refused(shop: Shop) -> None:
    path = shop.land("movements", "2026-01-02", "")
    MOVEMENTS.with_columns(pl.col("quantity").cast(pl.Float64)).write_parquet(path)
    assert refused(shop, "movements").startswith(
        "column 'quantity' is Float64 (rule: column 'quantity' is Int64); write the column with its type"
    )


def test_a_name_with_another_ending_is_refused(shop: Shop) -> None:
    path = shop.land("sales", "2026-01-02", f"{SALES}\n{sale('b')}\n")
    path.rename(path.with_suffix(".txt"))
    with pytest.raises(BadFile, match=r"sales_2026-01-02\.txt: the name ends in '\.txt' \(rule: files of this source"):
        shop.ingest("sales")
    assert shop.raw("sales").is_empty()


def test_a_missing_column_is_named(shop: Shop) -> None:
    shop.land("sales", "2026-01-02", "sale_id,sold_at,sku,quantity,paid_on,gift\n")
    assert refused(shop, "sales").startswith(
        "missing column 'price' (rule: the columns are sale_id, sold_at, sku, quantity, price, paid_on, gift); "
    )


def test_an_extra_column_is_named(shop: Shop) -> None:
    shop.land("sales", "2026-01-02", f"{SALES},weather\n")
    assert refused(shop, "sales").startswith("extra column 'weather' (rule: ")


def test_a_renamed_column_is_recognised(shop: Shop) -> None:
    shop.land("sales", "2026-01-02", SALES.replace("quantity", "qty") + "\n")
    assert refused(shop, "sales").startswith(
        "missing column 'quantity' and extra column 'qty' ('qty' may be 'quantity') (rule: "
    )


def test_a_column_named_twice_is_refused(shop: Shop) -> None:
    shop.land("sales", "2026-01-02", f"{SALES},sku\n")
    assert refused(shop, "sales").startswith("the header names 'sku' twice")


def test_a_json_key_beyond_the_contract_is_an_extra_column_even_in_one_line(shop: Shop) -> None:
    shop.land("events", "2026-01-02", EVENT * 3 + EVENT.replace("}", ', "happend_at": 1}'))
    assert refused(shop, "events").startswith(
        "extra column 'happend_at' (rule: the columns are event_id, happened_at, note, score); "
    )


def test_a_required_json_key_that_no_line_has_is_a_missing_column(shop: Shop) -> None:
    shop.land("events", "2026-01-02", '{"event_id": "e2", "note": "x"}\n' * 2)
    assert refused(shop, "events").startswith("missing column 'happened_at' (rule: ")


def test_a_missing_parquet_column_is_named(shop: Shop) -> None:
    path = shop.land("movements", "2026-01-02", "")
    MOVEMENTS.drop("quantity").write_parquet(path)
    assert refused(shop, "movements").startswith("missing column 'quantity' (rule: ")
