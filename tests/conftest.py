"""Fixtures for every room."""

from certtray_sandbox.script import Conversation
from tests import forked
from tests.faces import certtray, dialogue, started_as_ever, terminal

__all__ = ["certtray", "dialogue", "started_as_ever", "terminal"]

Conversation.popen = forked.Popen
