"""Derivatives outside the passes: independent numerical checks."""
