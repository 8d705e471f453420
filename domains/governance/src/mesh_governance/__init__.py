"""The governance domain of OmniShop."""
