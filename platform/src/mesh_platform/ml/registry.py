"""The model registry: versions of models, which of them predicts, and what each was made from; MLflow underneath.

Aliases say a version's part: `champion` predicts, `challenger` is the newest that was trained, `previous` is the
champion before. A model is stored with skops, never pickled, and loaded only from here.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlparse

from mesh_platform.errors import MeshFailure, ModelRefused, UnknownName, UserError
from mesh_platform.ml.deploy.stamp import stamp_of
from mesh_platform.ml.recipe import Fitted
from mesh_platform.ml.store import MODEL_FILE, read_model
from mesh_platform.ml.versions import ModelVersion, Training
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion as MlflowVersion
    from mlflow.tracking import MlflowClient

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
_LOCAL = "sqlite:///"
_SCHEMES = (_LOCAL, "http://", "https://")
_PACKAGE = "environment."


class Registry:
    """Versions of models; the same on a local file and on an MLflow server."""

    def __init__(self, client: MlflowClient, local: Path | None) -> None:
        self._client = client
        self._local = local

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open the registry of the settings, making its local folder where it is missing.

        Raises:
            UserError: Where the URL is neither a local file's nor a server's.
            MeshFailure: Where a server does not answer.
        """
        if not settings.model_registry.startswith(_SCHEMES):
            raise UserError(
                f"MESH_MODEL_REGISTRY is '{settings.model_registry}' "
                f"(rule: it begins with one of {', '.join(_SCHEMES)}); correct it, or leave it out"
            )
        local, client = _local_folder(settings), _client(settings.model_registry)
        if local:
            local.mkdir(parents=True, exist_ok=True)
        else:
            _demand_answer(client, settings.model_registry)
        return cls(client, local)

    @staticmethod
    def exists(settings: Settings) -> bool:
        """Tell without an import whether there can be any model: a local registry begins with its first training."""
        local = _local_folder(settings)
        return local is None or (local / "registry.db").exists()

    def models(self) -> list[str]:
        """The names of all models that were ever trained."""
        return sorted(m.name for m in self._client.search_registered_models())

    def versions(self, model: str) -> list[ModelVersion]:
        """All versions of a model, newest first; none where it was never trained."""
        found = self._client.search_model_versions(f"name = '{model}'")
        parts = self._parts(model)
        return sorted((self._read(v, parts) for v in found), key=lambda v: -v.version)

    def version(self, model: str, number: int) -> ModelVersion:
        """One version of a model.

        Raises:
            UnknownName: Where there is no such version.
        """
        known = self.versions(model)
        for version in known:
            if version.version == number:
                return version
        raise UnknownName.of(f"version of model '{model}'", str(number), [str(v.version) for v in known])

    def holder(self, model: str, alias: str) -> ModelVersion | None:
        """The version that plays a part, such as `champion`; None where nobody does."""
        number = next((n for n, aliases in self._parts(model).items() if alias in aliases), None)
        return None if number is None else self.version(model, number)

    def champion(self, model: str) -> ModelVersion | None:
        """The version that predicts, or None."""
        return self.holder(model, CHAMPION)

    def register(self, training: Training, folder: Path) -> ModelVersion:
        """Record a training and its files as the model's next version and challenger.

        Args:
            training: What was done.
            folder: Its files: the model, plots, reference, card, predictions.
        """
        run = self._run(training, folder)
        if training.model not in self.models():
            self._client.create_registered_model(training.model)
        tags = {"verdict": training.verdict, "passed": str(training.passed).lower()}
        source = f"{run.info.artifact_uri}/{MODEL_FILE}"
        made = self._client.create_model_version(training.model, source, run.info.run_id, tags=tags)
        self._client.set_registered_model_alias(training.model, CHALLENGER, made.version)
        return self.version(training.model, int(made.version))

    def promote(self, model: str, number: int) -> ModelVersion:
        """Let a version predict; the champion before it becomes `previous`.

        Raises:
            UnknownName: Where there is no such version.
            ModelRefused: Where the gate did not let it pass.
        """
        version = self.version(model, number)
        if not version.passed:
            raise ModelRefused(f"model '{model}' version {number} may not predict: {version.verdict}")
        before = self.champion(model)
        if before and before.version != number:
            self._client.set_registered_model_alias(model, PREVIOUS, str(before.version))
        self._client.set_registered_model_alias(model, CHAMPION, str(number))
        if CHALLENGER in version.aliases:
            self._client.delete_registered_model_alias(model, CHALLENGER)
        return self.version(model, number)

    def demote(self, model: str) -> tuple[ModelVersion, ModelVersion]:
        """Put the champion before back; the demoted one becomes `previous`, so that doing it twice changes nothing.

        Returns:
            The champion now, and the one that was.

        Raises:
            ModelRefused: Where there is no champion before.
        """
        now, before = self.champion(model), self.holder(model, PREVIOUS)
        if now is None or before is None:
            raise ModelRefused(f"model '{model}' has no previous champion to go back to; see `mesh models {model}`")
        self._client.set_registered_model_alias(model, PREVIOUS, str(now.version))
        self._client.set_registered_model_alias(model, CHAMPION, str(before.version))
        return self.version(model, before.version), self.version(model, now.version)

    def held(self, model: str) -> tuple[dict[str, int], dict[str, str]]:
        """Read in one look who plays which part of a model (alias → version), and the model's tags.

        Raises:
            UnknownName: Where it was never trained.
        """
        from mlflow.exceptions import MlflowException

        try:
            found = self._client.get_registered_model(model)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise MeshFailure(f"the model registry does not answer: {_cause(error)}; start it") from None
            raise UnknownName.of("trained model", model, self.models()) from None
        return {alias: int(number) for alias, number in found.aliases.items()}, dict(found.tags)

    def give(self, model: str, alias: str, number: int) -> None:
        """Let a version play a part, instead of the one that played it."""
        self._client.set_registered_model_alias(model, alias, str(number))

    def take(self, model: str, alias: str) -> None:
        """Let nobody play a part."""
        self._client.delete_registered_model_alias(model, alias)

    def tag(self, model: str, name: str, text: str) -> None:
        """Note something of a model; an empty text takes the note away."""
        self._client.set_registered_model_tag(model, name, text)

    def stamp(self) -> object:
        """What differs whenever a local registry has changed; None where only asking a server tells."""
        if self._local is None:
            return None
        return stamp_of(self._local / "registry.db")

    def artifact(self, version: ModelVersion, name: str) -> Path:
        """A file of a version, such as "card.md"; fetched where it is far away."""
        kept = urlparse(self._client.get_run(version.run).info.artifact_uri)
        if kept.scheme == "file":
            return Path(unquote(kept.path)) / name
        return Path(self._client.download_artifacts(version.run, name))

    def load(self, version: ModelVersion, trusted: tuple[str, ...] = ()) -> Fitted:
        """Load a version's model.

        Raises:
            ModelRefused: Where it holds a type that its recipe does not name.
        """
        return read_model(self.artifact(version, MODEL_FILE), f"{version.model} version {version.version}", trusted)

    def _run(self, training: Training, folder: Path):  # type: ignore[no-untyped-def]  # MLflow's Run
        run = self._client.create_run(self._experiment(training.model))
        number = run.info.run_id
        for name, value in {**training.params, "as_of": training.as_of.isoformat(), "seed": training.seed}.items():
            self._client.log_param(number, _safe(name), value)
        for name, figure in training.metrics.items():
            self._client.log_metric(number, _safe(name), figure)
        tags = {
            "code_version": training.code_version,
            "snapshots": json.dumps(dict(training.snapshots)),
            "metrics": json.dumps(dict(training.metrics)),
            **{_PACKAGE + name: version for name, version in training.environment.items()},
        }
        for name, text in tags.items():
            self._client.set_tag(number, name, text)
        self._client.log_artifacts(number, str(folder))
        self._client.set_terminated(number)
        return run

    def _experiment(self, model: str) -> str:
        found = self._client.get_experiment_by_name(model)
        if found:
            return str(found.experiment_id)
        where = None if self._local is None else (self._local / "artifacts" / model).as_uri()
        return str(self._client.create_experiment(model, artifact_location=where))

    def _parts(self, model: str) -> dict[int, tuple[str, ...]]:
        from mlflow.exceptions import MlflowException

        try:
            aliases = self._client.get_registered_model(model).aliases
        except MlflowException:  # never trained
            return {}
        numbers = {int(n) for n in aliases.values()}
        return {n: tuple(sorted(a for a, held in aliases.items() if int(held) == n)) for n in numbers}

    def _read(self, version: MlflowVersion, parts: Mapping[int, tuple[str, ...]]) -> ModelVersion:
        number = str(version.run_id)
        run = self._client.get_run(number).data
        return ModelVersion(
            model=version.name,
            version=int(version.version),
            run=number,
            trained_at=datetime.fromtimestamp(version.creation_timestamp / 1000, UTC),
            as_of=datetime.fromisoformat(run.params["as_of"]),
            seed=int(run.params["seed"]),
            code_version=run.tags["code_version"],
            snapshots={table: int(s) for table, s in json.loads(run.tags["snapshots"]).items()},
            metrics=json.loads(run.tags["metrics"]),
            aliases=parts.get(int(version.version), ()),
            verdict=version.tags["verdict"],
            passed=version.tags["passed"] == "true",
            environment={
                name.removeprefix(_PACKAGE): text for name, text in run.tags.items() if name.startswith(_PACKAGE)
            },
        )


def _local_folder(settings: Settings) -> Path | None:
    url = settings.model_registry
    return Path(url.removeprefix(_LOCAL)).parent if url.startswith(_LOCAL) else None


def _client(url: str) -> MlflowClient:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # nothing leaves the machine unasked
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")  # stdout is for what was asked
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # its 7 take minutes to say that a server is down
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
    from mlflow.tracking import MlflowClient

    for chatty in ("mlflow", "mlflow.store.db.utils", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    return MlflowClient(tracking_uri=url, registry_uri=url)


def _demand_answer(client: MlflowClient, url: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.search_registered_models(max_results=1)
    except MlflowException as error:
        raise MeshFailure(
            f"the model registry {url} does not answer: {_cause(error)} "
            "(rule: MESH_MODEL_REGISTRY names an MLflow server that runs, or is left out); start it, or correct the URL"
        ) from None


def _cause(error: BaseException) -> str:
    """The first line of the innermost error: "Connection refused", not how often it was tried."""
    while error.__context__ is not None:
        error = error.__context__
    return str(error).partition("\n")[0]


def _safe(name: str) -> str:
    """MLflow's names hold letters, digits, `_-. :/` only."""
    return "".join(c if c.isalnum() or c in "_-. :/" else "_" for c in name)
