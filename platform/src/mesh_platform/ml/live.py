"""What a domain writes to have its model answer single requests, and what the platform does with it.

Answering has two steps. `LiveModel.gather` turns requests into plain inputs: what was sent, and what the online store
knew. `Ready.score` turns inputs into answers, and nothing else: no clock, no store, no chance. So an answer that was
logged with its inputs can be computed again to the bit, and a shadow scores what the champion scored.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from mesh_platform.ml.deploy.guardrails import Guardrails

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mesh_platform.features.history import HistoryView
    from mesh_platform.features.view import FeatureView
    from mesh_platform.lake import Pinned
    from mesh_platform.ml.recipe import Fitted

Inputs = dict[str, Any]
"""What one answer is made from: JSON's values only (texts, numbers, truth values, None, lists, dicts of them)."""
Answer = dict[str, Any]
"""What is answered: JSON's values only, of the shape of `LiveModel.answer`."""


class OnlineFeatures(Protocol):
    """Features of entities as the online store has them now."""

    def read(self, view: FeatureView | HistoryView, keys: Sequence[tuple[Any, ...]]) -> list[Mapping[str, Any] | None]:
        """Read the features of entities, all of one version of the view.

        Args:
            view: The view.
            keys: One tuple an entity, in the order of the view's entity columns.

        Returns:
            Name → value of each entity, in the order of the keys; None of an entity that the store does not know.
        """
        ...


class Ready(ABC):
    """A model version that is prepared to answer."""

    @abstractmethod
    def score(self, inputs: Sequence[Inputs]) -> list[Answer]:
        """Answer: equal inputs have equal answers, to the bit.

        Args:
            inputs: What `LiveModel.gather` made, also when it comes back from a log in JSON.
        """


class LiveModel(ABC):
    """How a model answers requests; `Recipe.live` names it as "module:NAME"."""

    request: ClassVar[type[BaseModel]]
    """What is sent of one entity. Its fields have types, descriptions and bounds: they are the API's document."""
    answer: ClassVar[type[BaseModel]]
    """What is answered."""
    entity: ClassVar[str]
    """The request's field by which a canary draws its share, such as "order_id"."""
    number: ClassVar[str]
    """The answer's field that is watched for drift, such as "probability"; a number, or a list whose first counts."""
    tables: ClassVar[tuple[str, ...]] = ()
    """The lake tables that `ready` reads; they are pinned, and the log names their snapshots."""
    views: ClassVar[tuple[FeatureView | HistoryView, ...]] = ()
    """The views that `gather` reads from the online store."""
    guardrails: ClassVar[Guardrails] = Guardrails()
    """When a canary of it is taken back, and the business metric that is watched."""

    @abstractmethod
    def ready(self, fitted: Fitted, tables: Pinned) -> Ready:
        """Prepare a version: compile trees, fit matrices, prove that fast scoring equals the fitted model's own.

        Args:
            fitted: The version.
            tables: `tables`, pinned.
        """

    @abstractmethod
    def baseline(self, tables: Pinned) -> Ready:
        """Prepare the simple rule that answers where no version can."""

    @abstractmethod
    def gather(self, requests: Sequence[BaseModel], online: OnlineFeatures, now: datetime) -> list[Inputs]:
        """Collect what answers are made from.

        Args:
            requests: Of the type of `request`.
            online: The online store.
            now: The moment of the requests, UTC.
        """

    def kept(self, request: BaseModel, inputs: Inputs) -> BaseModel:
        """Tell what of a request may be logged: all of it, unless a model says otherwise.

        The log takes its entity, its customer and its request from here. What is left out is in no file; the answer is
        computed again from the inputs alone.

        Args:
            request: Of the type of `request`.
            inputs: What `gather` made of it.
        """
        del inputs
        return request
