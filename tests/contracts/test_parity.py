"""What the platform's audit accepts and rejects, the published document accepts and rejects, judged by somebody else.

The judges agree rule by rule, in the number of rows that break it. A check of one row adds up over rows, so that equal
counts over good rows (none) and over rows that break one rule each are equal verdicts on each row.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from mesh_platform.contract import Contract, shape_of
from mesh_platform.contract.audit.rules import rules_of
from mesh_platform.contract.export.names import contract_file
from mesh_platform.contract.export.unsaid import unsaid
from mesh_platform.discover import domain_names, installed_domain
from mesh_platform.product import DataProduct, Domain
from tests.contracts import every_rule
from tests.contracts.breaches import frame_of, spoilt_rows
from tests.contracts.conftest import JUDGED
from tests.contracts.judges import Disagreement, OutsideJudge, audited, broken
from tests.contracts.rows import enough, good_rows

DOMAINS = [*map(installed_domain, domain_names()), every_rule.DOMAIN]
PRODUCTS = [(domain, product) for domain in DOMAINS for product in domain.products if product is not every_rule.PAIRS]
NAMES = [domain.full_name(product) for domain, product in PRODUCTS]
ABOUT_ROWS = ("present", "check", "unique", "known", "key", "row")
SAID_IN_PART = ("columns", "__type")
"""Listed as unsaid, and checked all the same: that columns are there, and which kind of type they are."""
NO_RULES = ("partition", "holds_key")
"""Listed as unsaid, and nothing that a row could break."""
Count = Callable[[str, object], None]


@pytest.mark.parametrize(("domain", "product"), PRODUCTS, ids=NAMES)
def test_every_judge_finds_the_same_rows_wrong_for_the_same_reasons(
    domain: Domain,
    product: DataProduct,
    documents: Path,
    outside_judge: OutsideJudge,
    tmp_path: Path,
    record_property: Count,
) -> None:
    contract, document = product.contract, documents / contract_file(domain.name, product.name, product.major)
    batch = spoilt_rows(contract, enough(contract))
    assert batch.aimed_at == {rule.name for slot, rule in rules_of(contract).items() if slot[0] in ABOUT_ROWS}
    known = _known(contract, batch.good, tmp_path)

    good = _written(batch.good, tmp_path / "good.parquet")
    inside, outside = audited(contract, good, known), outside_judge.counts(contract, document, good)
    assert (broken(inside), broken(outside)) == ({}, {})
    assert set(inside) - set(outside) == _unsaid(domain, product) - {
        "freshness"
    }  # no delivery, nothing to be older than

    spoilt = _written(frame_of(contract, batch.rows), tmp_path / "spoilt.parquet")
    inside, outside = audited(contract, spoilt, known), outside_judge.counts(contract, document, spoilt)
    assert all(inside[rule] for rule in batch.aimed_at)
    assert broken(outside) == {rule: rows for rule, rows in broken(inside).items() if rule in outside}
    record_property(JUDGED, batch.good.height + len(batch.rows))


@pytest.mark.parametrize(("domain", "product"), PRODUCTS, ids=NAMES)
def test_every_judge_misses_the_same_column_and_refuses_the_same_type(
    domain: Domain, product: DataProduct, documents: Path, outside_judge: OutsideJudge, tmp_path: Path
) -> None:
    contract, document = product.contract, documents / contract_file(domain.name, product.name, product.major)
    *_, retyped, gone = shape_of(contract).names
    other = pl.Date if shape_of(contract).schema[retyped] == pl.String else pl.String
    frame = good_rows(contract, enough(contract)).drop(gone).with_columns(pl.lit(None, other).alias(retyped))
    rows = _written(frame, tmp_path / "rows.parquet")
    expected = {"columns": 1, f"{retyped}__type": 1}
    assert broken(audited(contract, rows, {})) == expected
    answers = outside_judge.ask("judge", document=str(document), rows=str(rows))
    failed = {
        (a["type"], a["column"])
        for a in answers
        if a["result"] == "failed" and a["type"] in ("field_is_present", "field_type")
    }
    assert failed == {("field_is_present", gone), ("field_type", gone), ("field_type", retyped)}


def test_what_a_document_leaves_unsaid_only_the_mesh_refuses(
    documents: Path, outside_judge: OutsideJudge, tmp_path: Path
) -> None:
    contract, document = every_rule.EveryRule, documents / contract_file("tested", "every_rule", 1)
    good = good_rows(contract, enough(contract))
    wider = _written(good.with_columns(pl.col("amount").cast(pl.Float64), more=1), tmp_path / "wider.parquet")
    assert broken(audited(contract, wider, {})) == {"columns": 1, "amount__type": 1}
    assert broken(outside_judge.counts(contract, document, wider)) == {}

    rows = _written(good, tmp_path / "good.parquet")
    late = audited(
        contract,
        rows,
        _known(contract, good, tmp_path),
        rows_before=10 * good.height,
        newest_delivery=date(2999, 1, 1),
    )
    assert broken(late) == {"max_shrink": 1, "freshness": 1}
    listed = {promise.rule for promise in unsaid([every_rule.DOMAIN]) if promise.table == "tested.every_rule"}
    assert {"columns", "amount__type", "max_shrink", "freshness"} <= listed


def test_two_rules_of_uniqueness_are_one_to_the_outside_judge(
    documents: Path, outside_judge: OutsideJudge, tmp_path: Path
) -> None:
    """datacontract-cli 1.2.8 gives both checks one key, so that one stays unanswered; no product has two."""
    rows = _written(good_rows(every_rule.Pairs, 50), tmp_path / "rows.parquet")
    with pytest.raises(Disagreement, match="unanswered"):
        outside_judge.counts(every_rule.Pairs, documents / contract_file("tested", "pairs", 1), rows)


def _unsaid(domain: Domain, product: DataProduct) -> set[str]:
    """The rules that the export lists as unsaid, as far as they are about rows and can't be checked at all."""
    listed = {promise.rule for promise in unsaid([domain]) if promise.table == domain.full_name(product)}
    return {rule for rule in listed if rule not in NO_RULES and not rule.endswith(SAID_IN_PART)}


def _known(contract: type[Contract], good: pl.DataFrame, folder: Path) -> dict[str, Path]:
    """Write the values that a contract's references point to."""
    return {
        reference: _written(
            good.select(pl.col(column).alias(reference.rsplit(".", 1)[-1])).unique(), folder / f"{reference}.parquet"
        )
        for column, reference in shape_of(contract).references.items()
    }


def _written(frame: pl.DataFrame, file: Path) -> Path:
    frame.write_parquet(file)
    return file
