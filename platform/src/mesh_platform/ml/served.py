"""The log of live predictions: one JSON line each, landed like any other feed, published as `<domain>.predictions`.

A line holds all that `mesh replay` needs to compute the answer again: the version, the snapshots of the tables that it
was prepared with, and the inputs as they were gathered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from mesh_platform.contract import Contract, Timestamp, column
from mesh_platform.ml.live import Answer, Inputs

SOURCE = "predictions"
"""The name of the source in each domain that serves models, and of the product that is made from it."""
ROUTES = ("champion", "canary", "shadow", "fallback", "pinned")
BASELINE = 0
"""The version number of the simple rule that answers where no version can."""


class LoggedPrediction(Contract):
    """An answer of a live model, as the serving process wrote it. Grain: one row per live prediction.

    Source: live models.
    """

    prediction_id: str = column("Names the prediction, for `mesh replay`.", term="Prediction", key=True, sort=True)
    predicted_at: Timestamp = column("When it was asked.")
    model: str = column("The model.", term="Model")
    model_version: int = column("The version that answered; 0 is the baseline rule.", term="Model version", ge=0)
    route: str = column("How it came to answer; what a shadow says is never returned.", isin=list(ROUTES))
    reason: str = column("Why another one than the champion answered; missing where it did.", nullable=True)
    entity: str = column(
        "What the request is about, such as an order or a customer.",
        classification="confidential",
        personal="customer id",
    )
    customer_id: str = column(
        "The customer whom the request names.",
        classification="confidential",
        personal="customer id",
        term="Customer",
        nullable=True,
    )
    request: str = column(
        "What was sent, as JSON; missing once the customer is erased.",
        classification="restricted",
        personal="profile",
        nullable=True,
    )
    inputs: str = column(
        "What the answer was made from, as JSON; missing once the customer is erased.",
        classification="restricted",
        personal="profile",
        nullable=True,
    )
    answer: str = column(
        "What was answered, as JSON; missing once the customer is erased.",
        classification="restricted",
        personal="profile",
        nullable=True,
    )
    snapshots: str = column("The lake tables that the version was prepared with, as JSON: table to snapshot.")
    views: str = column("The feature views that were read online, as JSON: view to version and snapshot.")
    milliseconds: float = column("How long it took to gather and score.", unit="ms", ge=0)
    consumer: str = column("Who asked.", classification="confidential")
    request_id: str = column("The request that asked; a batch has one for all its predictions.")


class ServedPrediction(LoggedPrediction):
    """Every answer of the domain's live models: who answered, from what, and what.

    Its day is the day on which it was asked. Answers of shadows are there too; they were never returned.
    Grain: one row per live prediction. Source: live models.
    """

    predicted_on: date = column("The UTC day on which it was asked.", partition=True)


@dataclass(frozen=True, slots=True)
class Served:
    """One live prediction, as it is logged.

    Args:
        prediction_id: Its name.
        at: When it was asked, UTC.
        model: The model.
        version: The version that answered; 0 for the baseline.
        route: How it came to answer.
        reason: Why another one than the champion answered; "" where it did.
        entity: What the request is about.
        customer_id: Whom it names; None where nobody.
        request: What was sent.
        inputs: What the answer was made from.
        answer: What was answered.
        snapshots: Table → snapshot.
        views: View → its version and snapshot.
        milliseconds: Time to gather and score.
        consumer: Who asked.
        request_id: The request.
    """

    prediction_id: str
    at: datetime
    model: str
    version: int
    route: str
    reason: str
    entity: str
    customer_id: str | None
    request: Mapping[str, Any]
    inputs: Inputs
    answer: Answer
    snapshots: Mapping[str, int]
    views: Mapping[str, Any]
    milliseconds: float
    consumer: str
    request_id: str

    def line(self) -> bytes:
        """As a line of the log, in the landing zone's grammar."""
        import orjson

        return orjson.dumps(
            {
                "prediction_id": self.prediction_id,
                "predicted_at": self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "model": self.model,
                "model_version": self.version,
                "route": self.route,
                "reason": self.reason or None,
                "entity": self.entity,
                "customer_id": self.customer_id,
                "request": _text(self.request),
                "inputs": _text(self.inputs),
                "answer": _text(self.answer),
                "snapshots": _text(self.snapshots),
                "views": _text(self.views),
                "milliseconds": round(self.milliseconds, 4),
                "consumer": self.consumer,
                "request_id": self.request_id,
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )


def _text(value: object) -> str:
    import orjson

    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
