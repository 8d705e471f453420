"""The sales domain of OmniShop."""
