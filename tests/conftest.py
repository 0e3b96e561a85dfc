"""Fixtures for every room."""

from tests.faces import certtray, dialogue, terminal

__all__ = ["certtray", "dialogue", "terminal"]
