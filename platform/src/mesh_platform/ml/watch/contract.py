"""The contract that every domain's `model_health` product has."""

from __future__ import annotations

from datetime import date

from mesh_platform.contract import Contract, column

SIGNALS = ("champion", "psi", "ks", "prediction_psi", "performance", "baseline", "parity")
STATUSES = ("ok", "watch", "drift", "decay", "mismatch", "unknown")


class ModelHealth(Contract):
    """How each of the domain's models does: drift of its features and predictions, and its performance.

    Signals: `psi` and `ks` hold a feature of the newest days against the model's hold-out, `prediction_psi` the
    predictions; `performance` holds the gate's metric on matured labels against the hold-out's, `baseline` against the
    best baseline's on the hold-out; `parity` counts the values of a feature view that were served live and that the
    lake computes otherwise; `champion` says that no version predicts yet. `unknown` means too few rows or no matured
    labels, never that all is well.
    Grain: one row per model, version, day, segment, signal and feature. Source: predictions, features and labels.
    """

    model: str = column("The model.", term="Model", key=True)
    model_version: int = column("The version that predicts; 0 where none does.", term="Model version", key=True, ge=0)
    day: date = column("The newest day of the data that was looked at.", key=True, partition=True)
    segment: str = column('The rows looked at: "all", or such as "channel=web".', key=True)
    signal: str = column("What was looked at.", key=True, isin=list(SIGNALS))
    feature: str = column("The feature, its view or the column of the predictions; empty where it is none.", key=True)
    measure: str = column("What the value measures, such as PSI or the gate's metric.")
    value: float = column("The measured value; missing where it can't be measured.", nullable=True)
    threshold: float = column("The threshold that was passed, else the lowest.", nullable=True)
    p_value: float = column("The probability of such a value by chance, for KS.", nullable=True, ge=0, le=1)
    rows: int = column("How many rows it rests on.", unit="rows", ge=0)
    status: str = column("What it means.", isin=list(STATUSES))
