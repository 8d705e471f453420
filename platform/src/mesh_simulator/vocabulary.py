"""The words of the world: categories, brands, names and cities.

Data only. A category's numbers are its typical price in euros, its share of demand, the day of the year on which its
season peaks (with the season's strength), how many are bought at once, and its shelf life in days (0: keeps forever).
"""

from __future__ import annotations

from typing import NamedTuple


class Category(NamedTuple):
    """A family of products."""

    name: str
    price: float
    share: float
    peak: int
    season: float
    bulk: float
    shelf_life: int
    nouns: tuple[str, ...]


CATEGORIES = (
    Category("beverages", 4.5, 0.14, 195, 0.35, 0.9, 270, ("green tea", "coffee beans", "lemonade", "apple juice")),
    Category("snacks", 3.2, 0.15, 350, 0.20, 0.8, 180, ("chocolate", "crackers", "mixed nuts", "granola bar")),
    Category("household", 7.5, 0.13, 90, 0.10, 0.5, 0, ("dish soap", "laundry pods", "sponges", "candles")),
    Category("beauty", 14.0, 0.10, 340, 0.15, 0.2, 900, ("face cream", "shampoo", "lip balm", "sun lotion")),
    Category("electronics", 79.0, 0.06, 345, 0.45, 0.0, 0, ("headphones", "charger", "smart plug", "speaker")),
    Category("toys", 22.0, 0.07, 350, 0.70, 0.1, 0, ("puzzle", "building set", "plush bear", "board game")),
    Category("fashion", 35.0, 0.09, 120, 0.25, 0.1, 0, ("t-shirt", "wool scarf", "sneakers", "rain jacket")),
    Category("sports", 29.0, 0.06, 150, 0.40, 0.1, 0, ("yoga mat", "water bottle", "dumbbells", "bike light")),
    Category("garden", 18.0, 0.05, 130, 0.80, 0.3, 0, ("flower pot", "potting soil", "hose", "seed mix")),
    Category("kitchen", 26.0, 0.06, 330, 0.20, 0.1, 0, ("frying pan", "chef knife", "storage box", "mug")),
    Category("books", 15.0, 0.05, 345, 0.35, 0.1, 0, ("cookbook", "crime novel", "travel guide", "picture book")),
    Category("pets", 11.0, 0.04, 20, 0.05, 0.5, 365, ("cat food", "dog treats", "bird seed", "cat litter")),
)
STYLES = ("classic", "bold", "organic", "premium")
BRANDS = (
    "Alder", "Brightside", "Corvo", "Delmare", "Edda", "Fjord", "Grano", "Hearth", "Ikaria", "Juniper",
    "Kestrel", "Lumen", "Marlow", "Nordwind", "Oakline", "Pomona", "Quill", "Rivage", "Solis", "Tern",
)  # fmt: skip
SIZES = ("small", "medium", "large", "family pack", "2 x 250", "set of 3")
FIRST_NAMES = (
    "Anna", "Ben", "Clara", "David", "Elif", "Finn", "Greta", "Hugo", "Ines", "Jonas", "Kaya", "Leon", "Mia", "Noah",
    "Olga", "Paul", "Quinn", "Rosa", "Samir", "Tilda", "Uwe", "Vera", "Wim", "Xenia", "Yusuf", "Zoe", "Amélie", "Björn",
    "Chiara", "Dario", "Emre", "Fatima", "Günther", "Hana", "Ivo", "Jana", "Karl", "Lena", "Marek", "Nina",
)  # fmt: skip
LAST_NAMES = (
    "Albrecht", "Bakker", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Hofmann", "Ivanov", "Jansen", "Kaya",
    "Lehmann", "Moreau", "Novak", "O'Brien", "Petrov", "Quast", "Rossi", "Schmidt", "Tanaka", "Ulrich", "Vogel",
    "Weber", "Xu", "Yilmaz", "Zimmer", "Müller", "Sørensen", "Peeters", "Kowalski", "Brandt", "Lindqvist",
)  # fmt: skip
CITIES = (
    ("Hamburg", "20095", "DE"), ("Berlin", "10115", "DE"), ("Munich", "80331", "DE"), ("Cologne", "50667", "DE"),
    ("Leipzig", "04109", "DE"), ("Bremen", "28195", "DE"), ("Dresden", "01067", "DE"), ("Stuttgart", "70173", "DE"),
    ("Vienna", "1010", "AT"), ("Graz", "8010", "AT"), ("Linz", "4020", "AT"), ("Amsterdam", "1012", "NL"),
    ("Utrecht", "3511", "NL"), ("Rotterdam", "3011", "NL"), ("Antwerp", "2000", "BE"), ("Ghent", "9000", "BE"),
)  # fmt: skip
COUNTRIES = ("DE", "AT", "NL", "BE", "FR", "IT", "PL", "GB", "US", "RO", "NG", "VN", "BR", "UA")
"""The first four are where customers live; orders sometimes come from the others."""
MAIL_HOSTS = ("example.com", "example.org", "mail.example.net")
TYPOS = ("", " best", " cheap", " online", " 2 pack", " reviews")
"""What people add to a search for a noun."""
