"""The marketing domain of OmniShop."""
