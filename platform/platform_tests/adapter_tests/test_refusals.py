"""What is no export, and what would mix two worlds, is refused with what to do."""

import json
from pathlib import Path

import polars as pl
import pytest

from mesh_platform.errors import BadFile, UnknownName, UserError
from mesh_platform.ingest.adapters import adapt
from mesh_platform.ingest.origin import claim_origin, complete_origin, read_origin

CDNOW = " customer_id  date number_of_cds  dollar_value\r\n 00001 19970101  3   10.00\r\n"


def cdnow(tmp_path: Path, text: str = CDNOW) -> Path:
    path = tmp_path / "CDNOW_master.txt"
    path.write_bytes(text.encode())
    return path


def test_an_unknown_adapter_is_told_what_exists(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no adapter 'online_retail'; did you mean 'online-retail'"):
        adapt("online_retail", tmp_path, tmp_path / "landing")


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere: no such file or folder \(rule: the export of cdnow\)"):
        adapt("cdnow", tmp_path / "nowhere", tmp_path / "landing")


def test_a_folder_without_the_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds none of CDNOW_master\.txt; name the export's file or its folder"):
        adapt("cdnow", tmp_path, tmp_path / "landing")


def test_an_export_without_a_column_is_refused_and_leaves_no_marker(tmp_path: Path) -> None:
    path = tmp_path / "online_retail.parquet"
    pl.DataFrame({"InvoiceNo": ["1"], "Stock": ["2"]}).write_parquet(path)
    with pytest.raises(
        BadFile, match=r"online_retail\.parquet: lacks StockCode, .*; has InvoiceNo, Stock \(rule: a table"
    ):
        adapt("online-retail", path, tmp_path / "landing")
    assert read_origin(tmp_path / "landing") is None


def test_an_export_that_is_no_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "online_retail.parquet"
    path.write_text("hello")
    with pytest.raises(BadFile, match=r"online_retail\.parquet: .* \(rule: a table with columns InvoiceNo"):
        adapt("online-retail", path, tmp_path / "landing")


def test_a_value_of_another_type_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "online_retail.csv"
    path.write_text(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "1,2,three,four,2010-12-01 08:26:00,1.5,6,EIRE\n"
    )
    with pytest.raises(BadFile, match=r"online_retail\.csv: .*four"):
        adapt("online-retail", path, tmp_path / "landing")


def test_online_retail_may_be_csv(tmp_path: Path) -> None:
    path = tmp_path / "online_retail.csv"
    path.write_text(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        '1,2,"three, four",-4,2010-12-01 08:26:00,1.5,6,EIRE\n'
    )
    adapt("online-retail", path, tmp_path / "landing")
    lines = tmp_path / "landing/sales/order_lines/order_lines_2010-12-01.csv"
    assert lines.read_text().splitlines()[1] == "1,1,2010-12-01T08:26:00Z,web,,6,2,-4,1.5,0,,unknown,,,,GBP"


def test_a_line_of_another_kind_is_named(tmp_path: Path) -> None:
    path = cdnow(tmp_path, CDNOW + " 00004 0001 19970101  2   29.33\r\n")
    with pytest.raises(
        BadFile, match=r"CDNOW_master\.txt: line 3 is '00004 0001 19970101  2   29\.33' \(rule: a line is"
    ):
        adapt("cdnow", path, tmp_path / "landing")


def test_a_price_that_does_not_divide_is_made_whole_by_the_discount(tmp_path: Path) -> None:
    adapt("cdnow", cdnow(tmp_path), tmp_path / "landing")
    lines = tmp_path / "landing/sales/order_lines/order_lines_1997-01-01.csv"
    assert ",cd,3,3.3334,0.0002," in lines.read_text()


def test_the_marker_tells_the_origin(tmp_path: Path) -> None:
    adapt("cdnow", cdnow(tmp_path), tmp_path / "landing")
    assert json.loads((tmp_path / "landing/ORIGIN.json").read_text()) == {
        "origin": "cdnow",
        "complete": True,
        "details": {"export": "CDNOW_master.txt", "purchases": 1},
    }


def test_files_of_another_origin_are_not_mixed_with(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    claim_origin(landing, "simulator", {"seed": 7})
    complete_origin(landing)
    with pytest.raises(UserError, match=r"holds files of simulator \(rule: one origin a landing zone\); set MESH_HOME"):
        adapt("cdnow", cdnow(tmp_path), landing)
    found = read_origin(landing)
    assert found is not None
    assert (found.origin, found.complete, found.details) == ("simulator", True, {"seed": 7})


def test_files_that_nobody_claimed_are_not_mixed_with(tmp_path: Path) -> None:
    own = tmp_path / "landing/sales/order_lines/order_lines_2026-01-01.csv"
    own.parent.mkdir(parents=True)
    own.write_text("mine\n")
    with pytest.raises(UserError, match="holds files of an unknown origin"):
        adapt("cdnow", cdnow(tmp_path), tmp_path / "landing")
    assert own.read_text() == "mine\n"


def test_files_of_a_domain_beside_omnishop_are_left_alone(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    other = landing / "loyalty/events/events_2026-01-01.csv"
    other.parent.mkdir(parents=True)
    other.write_text("theirs\n")
    adapt("cdnow", cdnow(tmp_path), landing)
    assert other.read_text() == "theirs\n"


def test_a_broken_marker_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ORIGIN.json").write_text("[]")
    with pytest.raises(UserError, match=r"ORIGIN\.json: not the marker of a landing zone"):
        read_origin(tmp_path)


def test_only_a_claimed_landing_zone_can_be_complete(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nobody has claimed it"):
        complete_origin(tmp_path)
