"""Computes logged predictions once more, and compares the answers to the bit.

A prediction is looked for where its line may be: among those that wait to be landed, in the landing zone, in the lake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mesh_platform.errors import UnknownName, UserError
from mesh_platform.ml.served import BASELINE, SOURCE

if TYPE_CHECKING:
    from mesh_platform.lake import Lake
    from mesh_platform.ml.live import Answer, LiveModel, Ready
    from mesh_platform.ml.registry import Registry
    from mesh_platform.settings import Settings

Line = dict[str, Any]
"""A logged prediction: the columns of `LoggedPrediction`."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A prediction that was computed once more.

    Args:
        prediction_id: Its name.
        version: The version that answered.
        logged: What was answered.
        now: What comes out now.
    """

    prediction_id: str
    version: int
    logged: Answer
    now: Answer

    @property
    def same(self) -> bool:
        """Whether both are equal, to the last bit of every number."""
        import orjson

        said, now = (orjson.dumps(answer, option=orjson.OPT_SORT_KEYS) for answer in (self.logged, self.now))
        return said == now


def waiting_folder(settings: Settings, domain: str) -> Path:
    """Where the lines of a domain's predictions wait until their file is moved into the landing zone."""
    return settings.home / "serve" / SOURCE / domain


def find(settings: Settings, lake: Lake, domain: str, prediction_id: str) -> Line:
    """Find a logged prediction.

    Raises:
        UnknownName: Where there is none of that name.
    """
    needle = prediction_id.encode()
    for line in _lines(settings, domain):
        if needle in line and (found := _read(line)) and found["prediction_id"] == prediction_id:
            return found
    return _published(lake, domain, prediction_id)


def newest(settings: Settings, lake: Lake, domain: str, model: str, count: int) -> list[Line]:
    """The newest logged predictions of a model, newest first."""
    import polars as pl

    known = [line for raw in _lines(settings, domain) if (line := _read(raw)) and line["model"] == model]
    table = f"{domain}.{SOURCE}"
    if lake.current(table) is not None:
        rows = lake.scan(table).filter(pl.col("model") == model).sort("predicted_at", descending=True).head(count)
        known += [_as_logged(row) for row in rows.collect().iter_rows(named=True)]
    unique = {line["prediction_id"]: line for line in known}
    return sorted(unique.values(), key=lambda line: str(line["predicted_at"]), reverse=True)[:count]


def replay(
    lines: Sequence[Line],
    live: LiveModel,
    lake: Lake,
    registry: Registry | None,
    trusted: tuple[str, ...] = (),
    memory_mb: int = 2048,
) -> list[Replayed]:
    """Compute predictions of one model once more, each with the version and the snapshots that it was made with.

    Args:
        lines: The logged predictions.
        live: Their model.
        lake: Holds the snapshots.
        registry: Holds the versions; None where only the baseline answered.
        trusted: Types that the model's recipe trusts.
        memory_mb: What the SQL engine may use.

    Raises:
        UserError: Where a snapshot is gone, or the inputs went with an erased person.
        UnknownName: Where the registry has no such version.
    """
    import orjson

    prepared: dict[tuple[int, str], Ready] = {}
    done = []
    for line in lines:
        if line["inputs"] is None or line["answer"] is None:
            raise UserError(
                f"prediction '{line['prediction_id']}': its inputs went with a person who was erased "
                "(rule: erasure wins over reproducibility); it can't be computed again"
            )
        made_with = (int(line["model_version"]), str(line["snapshots"]))
        if made_with not in prepared:
            prepared[made_with] = _prepare(line, live, lake, registry, trusted, memory_mb)
        (now,) = prepared[made_with].score([orjson.loads(line["inputs"])])
        done.append(Replayed(line["prediction_id"], made_with[0], orjson.loads(line["answer"]), _plain(now)))
    return done


def _plain(answer: Answer) -> Answer:
    """As it comes out of JSON, where the logged one comes from."""
    import orjson

    plain: Answer = orjson.loads(orjson.dumps(answer))
    return plain


def _prepare(
    line: Line, live: LiveModel, lake: Lake, registry: Registry | None, trusted: tuple[str, ...], memory_mb: int
) -> Ready:
    import orjson

    from mesh_platform.lake import Pinned

    snapshots: Mapping[str, int] = orjson.loads(line["snapshots"])
    for table, snapshot in snapshots.items():
        try:
            lake.files(table, as_of=snapshot)
        except UnknownName:
            raise UserError(
                f"prediction '{line['prediction_id']}' was made with snapshot {snapshot} of {table}, which is gone "
                "(rule: a product's retention_days, and erasures); it can't be computed again"
            ) from None
    tables = Pinned(lake, snapshots, memory_mb=memory_mb)
    number = int(line["model_version"])
    if number == BASELINE:
        return live.baseline(tables)
    if registry is None:
        raise UnknownName.of(f"version of model '{line['model']}'", str(number), [])
    return live.ready(registry.load(registry.version(line["model"], number), trusted), tables)


def _lines(settings: Settings, domain: str) -> Iterator[bytes]:
    """The lines that are not yet in the lake for certain, newest files first."""
    for folder in (waiting_folder(settings, domain), settings.landing / domain / SOURCE):
        for path in sorted(folder.glob("*.jsonl"), reverse=True):
            try:
                with path.open("rb") as file:
                    yield from file
            except FileNotFoundError:  # it was moved into the landing zone since, which is looked at next
                continue


def _read(line: bytes) -> Line | None:
    """A whole line; None of one that is still being written."""
    import orjson

    try:
        found: Line = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return found


def _published(lake: Lake, domain: str, prediction_id: str) -> Line:
    import polars as pl

    table = f"{domain}.{SOURCE}"
    if lake.current(table) is not None:
        rows = lake.scan(table).filter(pl.col("prediction_id") == prediction_id).collect()
        if rows.height:
            return _as_logged(rows.row(0, named=True))
    raise UnknownName(
        f"no prediction '{prediction_id}' in {table}, nor among those that wait for `mesh run`; "
        "every answer names its prediction_id"
    )


def _as_logged(row: Mapping[str, Any]) -> Line:
    at: datetime = row["predicted_at"]
    return {**row, "predicted_at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
