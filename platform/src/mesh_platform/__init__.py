"""The self-serve platform of the OmniShop data mesh."""
