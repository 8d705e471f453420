"""Tests of identity and policy: proofs, permits, limits, and the log of accesses."""
