"""The customers domain of OmniShop."""
