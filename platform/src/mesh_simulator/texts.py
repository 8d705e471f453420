"""Templates from which posts and reviews are written: openings, what happened, and how it ends.

Moods are 0 (negative), 1 (neutral), 2 (positive). Words of one mood turn up in another's texts (negations, "but"), so
that counting words alone does not tell the mood.
"""

from __future__ import annotations

import numpy as np

THEMES = ("quality", "price", "delivery", "service", "availability", "packaging")
NEGATIVE, NEUTRAL, POSITIVE = range(3)
MOODS = ("negative", "neutral", "positive")

OPENINGS = (
    ("Honestly, ", "Not happy. ", "Ugh, ", "So disappointed: ", "Well... ", "", "", "I wanted to love it, but ",
     "Second time now: ", "@OmniShop really? ", "Not the great experience I hoped for: "),
    ("", "", "For the record: ", "Bought it last week. ", "Quick note: ", "Hm, ", "First impression: ", "Update: "),
    ("Wow, ", "So happy! ", "Honestly, ", "", "", "I did not expect much, but ", "Nothing bad to say: ",
     "Third time I buy this: ", "@OmniShop thanks! ", "I was sceptical, yet "),
)  # fmt: skip
HAPPENED: tuple[tuple[tuple[str, ...], ...], ...] = (
    (
        ("the {noun} broke after two days", "the {noun} feels cheap and thin", "this {noun} is nothing like the photo",
         "the {noun} is not good at all", "poor {noun}, I threw it away", "the quality of the {noun} went downhill"),
        ("way too expensive for a {noun}", "the {noun} was cheaper everywhere else", "not worth the money",
         "they raised the price of the {noun} again", "I paid for premium and got a plain {noun}"),
        ("the parcel came a week late", "still waiting for my {noun}", "delivery never showed up, twice",
         "the courier left my {noun} in the rain", "tracking said delivered, but there was no {noun}"),
        ("nobody at the store could help", "support ignored three emails", "waited forever in the queue",
         "the staff were rude when I brought the {noun} back", "refund for the {noun} still not here"),
        ("{noun} sold out again", "empty shelf where the {noun} should be", "they never have the {noun} in stock",
         "drove to the store for a {noun} and it was gone", "order cancelled because the {noun} is out of stock"),
        ("the {noun} arrived crushed", "the box was torn and the {noun} had leaked", "so much plastic for one {noun}",
         "seal of the {noun} was already open"),
    ),
    (
        ("the {noun} does what it says", "an ordinary {noun}, neither good nor bad", "the {noun} is okay",
         "it is a {noun}, what can I say", "a bit smaller than expected, works fine"),
        ("price of the {noun} is average", "the {noun} costs the same as elsewhere", "bought the {noun} on offer"),
        ("the {noun} arrived on the day they said", "delivery took four days", "picked the {noun} up in store"),
        ("asked the staff about the {noun}, got an answer", "the queue moved at its usual pace"),
        ("anyone know when the {noun} is back?", "is the {noun} also sold in the other store?"),
        ("the {noun} comes in a plain box", "new packaging for the {noun}, same content"),
    ),
    (
        ("the {noun} is excellent", "best {noun} I ever had", "this {noun} still looks like new",
         "the {noun} is not bad at all, it is great", "love the {noun}, my whole family uses it"),
        ("a bargain for such a {noun}", "the {noun} is worth every cent", "not cheap, but the {noun} is worth it",
         "could not believe the price of this {noun}"),
        ("the {noun} came a day early", "super fast delivery", "courier was friendly and on time with my {noun}"),
        ("the staff found me the right {noun}", "support solved it in minutes", "no queue, lovely people",
         "they replaced my {noun} without any question"),
        ("finally the {noun} is back in stock", "they had the {noun} when everybody else was sold out"),
        ("the {noun} was packed with care", "beautiful box, the {noun} made a perfect gift"),
    ),
)  # fmt: skip
ENDINGS = (
    (". Never again.", ". Two thumbs down.", "!!", ".", ". I want my money back.", ". Shame, I used to love this shop.",
     ". Great job... not.", " :("),
    (".", ".", ". Let's see.", ". We will see how long it lasts.", ". No opinion yet."),
    (". Will buy again!", ". Highly recommended.", "!", ".", ". Thank you!", ". No complaints.", " :)",
     ". Even my grumpy neighbour likes it."),
)  # fmt: skip
UNRELATED = (
    "Rain again in the city, where did summer go", "Who else is watching the match tonight?",
    "My train is late. Again.", "Coffee first, then the world", "Monday should be illegal",
    "Any tips for a weekend in Ghent?",
    "Just finished the marathon, so proud!", "This podcast is terrible, I love it", "New phone, who dis",
)  # fmt: skip
GERMAN = (
    (
        "Leider enttäuscht, {noun} taugt nichts.",
        "Nie wieder, {noun} kam kaputt an.",
        "{noun} schon wieder ausverkauft!",
    ),
    ("{noun} ist in Ordnung.", "Ganz normales Produkt: {noun}.", "Weiß jemand, ob es {noun} noch gibt?"),
    ("Super, {noun} ist spitze!", "Sehr zufrieden mit {noun}, gerne wieder.", "Schnelle Lieferung, {noun} top."),
)


def compose(rng: np.random.Generator, mood: int, theme: int, noun: str, *, german: bool) -> str:
    """Write one text."""
    if german:
        return _any(rng, GERMAN[mood]).format(noun=noun)
    middle = _any(rng, HAPPENED[mood][theme]).format(noun=noun)
    text = _any(rng, OPENINGS[mood]) + middle + _any(rng, ENDINGS[mood])
    return text[0].upper() + text[1:] if rng.random() < 0.7 else text


def small_talk(rng: np.random.Generator) -> str:
    """Write a post that has nothing to do with OmniShop's goods."""
    return _any(rng, UNRELATED)


def _any(rng: np.random.Generator, choices: tuple[str, ...]) -> str:
    return choices[int(rng.integers(0, len(choices)))]
