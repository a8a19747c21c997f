"""Distributions as functions of primitives."""
