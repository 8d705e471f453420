"""Search over the metadata: names, columns, descriptions, terms, tags, owners; a typo finds, too.

A word of the question matches a word of the index that is equal, begins with it, or is a typo away (as many letters as
Elasticsearch's AUTO forgives). Every word must match; where nothing has them all, entities that have some are shown.
Words that stand side by side in a name, as they do in the question, count once more.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from mesh_platform.catalog.page.entity import Entity
from mesh_platform.catalog.page.metadata import Metadata
from mesh_platform.catalog.page.words import joined, name_words, words_of

TYPES: Mapping[str, float] = {
    "dataProduct": 1.5,
    "dataset": 1.0,
    "mlModelGroup": 1.2,
    "mlModel": 0.8,
    "mlFeatureTable": 0.8,
    "mlFeature": 0.6,
    "domain": 1.5,
    "glossaryTerm": 1.3,
    "tag": 1.0,
    "dataFlow": 0.6,
    "dataJob": 0.6,
    "corpGroup": 1.0,
}
"""What can be found, and how much of it is what people look for."""
_NAME, _TERM, _COLUMN, _OWNER, _TEXT, _COLUMN_TEXT = 10.0, 4.0, 4.0, 2.0, 1.5, 1.0
"""How much a word counts by where it stands."""
_EQUAL, _BEGINS, _TYPO = 1.0, 0.75, 0.6
"""How much a word counts by how well it matches."""
_SHORT, _LONG = 3, 6
"""Shorter words and numbers forgive no typo, longer ones two, those between one."""
_MOST_BEGINNINGS = 1000
"""How many words that begin alike are looked at: one letter begins thousands, and the page shows twenty."""

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hit:
    """An entity that was found.

    Args:
        entity: The entity.
        columns: The columns that matched, best first.
    """

    entity: Entity
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a question found.

    Args:
        hits: One page of entities, best first.
        total: How many there are, over all pages.
        types: Entity type → how many, among those of the asked domain.
        domains: Domain's URN → how many, among those of the asked type.
        all_words: False where nothing had every word of the question, so that entities with some are shown.
    """

    hits: tuple[Hit, ...]
    total: int
    types: dict[str, int]
    domains: dict[str, int]
    all_words: bool


class SearchIndex:
    """An index over the metadata, made once and asked often.

    Args:
        metadata: What can be found.
    """

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata
        self._entities = metadata.of_type(*TYPES)
        self._domains = [entity_domain(metadata, entity) for entity in self._entities]
        postings: dict[str, dict[int, float]] = defaultdict(dict)
        for number, entity in enumerate(self._entities):
            for word, weight in self._words(entity):
                if weight > postings[word].get(number, 0.0):
                    postings[word][number] = weight
        self._vocabulary = sorted(postings)
        self._postings = [
            (np.fromiter(p, np.int32, len(p)), np.fromiter(p.values(), np.float32, len(p)))
            for p in map(postings.__getitem__, self._vocabulary)
        ]
        self._worth = np.array([TYPES[e.type] * _kind_worth(metadata, e) for e in self._entities], np.float32)

    def ask(self, question: str, *, type_: str = "", domain: str = "", start: int = 0, count: int = 20) -> Found:
        """Find entities.

        Args:
            question: Words; none find everything, by name.
            type_: Only this entity type.
            domain: Only this domain's URN.
            start: How many of the best to leave out.
            count: How many to give.
        """
        words = tuple(dict.fromkeys(words_of(question)))
        matches = [self._matching(word) for word in words]
        scores, all_words = self._score(matches, [self._matching(pair) for pair in joined(words)])
        if question.strip() and not words:
            scores = np.zeros_like(scores)  # only signs and stop words: nothing can be found by them
        by_score = [int(n) for n in np.lexsort((np.arange(len(scores)), -scores)) if scores[n] > 0]
        of_type = [n for n in by_score if type_ in ("", self._entities[n].type)]
        of_domain = [n for n in by_score if domain in ("", self._domains[n])]
        shown = [n for n in of_type if domain in ("", self._domains[n])]
        return Found(
            hits=tuple(self._hit(n, matches) for n in shown[start : start + count]),
            total=len(shown),
            types=_counted(self._entities[n].type for n in of_domain),
            domains=_counted(self._domains[n] for n in of_type if self._domains[n]),
            all_words=all_words,
        )

    def nearest(self, urn: str, count: int = 5) -> list[Entity]:
        """The entities whose URN or name is most like a URN that does not exist."""
        from rapidfuzz.process import extract

        found = extract(urn, [e.urn for e in self._entities], limit=count, score_cutoff=50)
        return [self._entities[position] for _, _, position in found]

    def _words(self, entity: Entity) -> Iterator[tuple[str, float]]:
        metadata = self._metadata
        texts = [(_TEXT, entity.description), (_TEXT, entity.sub_type)]
        texts += [(_TERM, metadata.name(urn)) for urn in (*entity.terms, *entity.tags)]
        texts += [(_OWNER, metadata.name(urn)) for urn in (*entity.owners, *entity.domains)]
        names = [(_NAME, entity.name)]
        for table in tables_of(metadata, entity):
            for column in table.fields:
                names.append((_COLUMN, column.name))
                texts.append((_COLUMN_TEXT, column.description))
                texts += [(_COLUMN_TEXT, metadata.name(urn)) for urn in (*column.terms, *column.tags)]
        for weight, name in names:
            yield from ((word, weight) for word in name_words(name))
        for weight, text in texts:
            yield from ((word, weight) for word in words_of(text))

    def _matching(self, word: str) -> dict[int, float]:
        """The words of the vocabulary that match one of the question, and how well."""
        found: dict[int, float] = {}
        forgiven = 0 if len(word) < _SHORT or word.isdigit() else 1 if len(word) < _LONG else 2
        if forgiven:
            distances = cdist([word], self._vocabulary, scorer=OSA.distance, score_cutoff=forgiven, dtype=np.uint8)[0]
            for position in map(int, np.flatnonzero(distances <= forgiven)):
                found[position] = _TYPO / float(distances[position] or 1)
        first = bisect_left(self._vocabulary, word)
        for position in range(first, min(first + _MOST_BEGINNINGS, len(self._vocabulary))):
            known = self._vocabulary[position]
            if not known.startswith(word):
                break
            found[position] = _EQUAL if known == word else _BEGINS
        return found

    def _score(
        self, matches: Sequence[Mapping[int, float]], pairs: Sequence[Mapping[int, float]]
    ) -> tuple[Scores, bool]:
        """Add up what each word of the question is worth to each entity, and each two words side by side."""
        if not matches:
            return self._worth.copy(), True
        of_words = [self._best(match) for match in matches]
        hit_by = np.sum([scores > 0 for scores in of_words], axis=0)
        everywhere = hit_by == len(matches)
        all_words = bool(everywhere.any()) or not hit_by.any()
        total = np.sum([_rarity(s) * s for s in of_words] + [_rarity(p) * p for p in map(self._best, pairs)], axis=0)
        return (total * self._worth * (everywhere if all_words else hit_by / len(matches))).astype(
            np.float32
        ), all_words

    def _best(self, match: Mapping[int, float]) -> Scores:
        """What the best match of a word is worth to each entity."""
        best = np.zeros(len(self._entities), np.float32)
        for position, how_well in match.items():
            numbers, weights = self._postings[position]
            best[numbers] = np.maximum(best[numbers], weights * np.float32(how_well))
        return best

    def _hit(self, number: int, matches: Sequence[Mapping[int, float]]) -> Hit:
        entity = self._entities[number]
        wanted = {self._vocabulary[p]: how_well for match in matches for p, how_well in match.items()}
        best: dict[str, float] = {}
        for table in tables_of(self._metadata, entity):
            for column in table.fields:
                score = sum(wanted.get(word, 0.0) for word in name_words(column.name))
                if score:
                    best[column.name] = max(score, best.get(column.name, 0.0))
        return Hit(entity, tuple(sorted(best, key=lambda name: (-best[name], name))))


def tables_of(metadata: Metadata, entity: Entity) -> list[Entity]:
    """The datasets whose columns an entity has: its own, or those that a data product is made of."""
    if entity.type == "dataset":
        return [entity]
    assets = [metadata.get(asset["destinationUrn"]) for asset in entity.said.get("assets", ()) if _is_asset(asset)]
    return [asset for asset in assets if asset is not None and asset.type == "dataset"]


def entity_domain(metadata: Metadata, entity: Entity) -> str:
    """The URN of the domain that an entity is shown under; "" where it has none.

    A dataset without one has that of the data product which it belongs to.
    """
    if entity.type == "domain":
        return entity.urn
    if entity.domains:
        return entity.domains[0]
    owners = (by for by in metadata.referring(entity.urn, "dataProduct") if by.domains)
    return next((by.domains[0] for by in owners), "")


def _is_asset(said: object) -> bool:
    return isinstance(said, Mapping) and "destinationUrn" in said


def _kind_worth(metadata: Metadata, entity: Entity) -> float:
    """What consumers read comes before what they don't: a product's table before raw, landed or refused rows."""
    if entity.deprecated:
        return 0.5
    return 0.6 if entity.type == "dataset" and not metadata.referring(entity.urn, "dataProduct") else 1.0


def _rarity(scores: Scores) -> float:
    """How much a word tells: the fewer entities it finds, the more."""
    return float(np.log1p(len(scores) / max(int(np.count_nonzero(scores)), 1)))


def _counted(values: Iterator[str]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for value in values:
        counts[value] += 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
