"""What can be done to keep a customer, and what it costs.

The prices are the team's own list, not measured: what an offer *changes* is, see `uplift`. A campaign's spend says
nothing of the price of one more message: most of it is agency and media, paid whoever is addressed.
"""

from __future__ import annotations

from dataclasses import dataclass

NONE = "none"
BUDGET_EUR = 100.0
"""What retention may cost a day."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be sent to one customer.

    Args:
        name: The action's name.
        contact_eur: What sending it costs.
        redeemed_eur: What it costs in addition if the customer buys while it holds.
        like: SQL over marketing.campaigns: the campaigns whose hold-outs tell what it changes.
    """

    name: str
    contact_eur: float
    redeemed_eur: float
    like: str


OFFERS = (
    Offer("newsletter", 0.10, 0.0, "channel in ('email', 'push') and promotions = 0"),
    Offer("voucher", 0.10, 3.0, "channel in ('email', 'push') and promotions > 0"),
)
ACTIONS = [NONE, *(offer.name for offer in OFFERS)]
