"""Tests of the contract language's two ends: the audit and the published documents."""
