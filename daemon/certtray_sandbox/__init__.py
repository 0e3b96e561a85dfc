"""A reference RA to try everything against: a real CA, one-time codes that go to an outbox, made-up people.

Never needed in daily use (extra ``[sandbox]``). All state lies in one folder; see ``home.py`` for what is in it.
"""
