"""The inventory domain of OmniShop."""
