"""A stand-in for the operational systems of OmniShop: one world, written as each system would write it."""

from mesh_simulator.landing import simulate
from mesh_simulator.world import World

__all__ = ["World", "simulate"]
