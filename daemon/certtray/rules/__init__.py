"""Issuer profiles: what differs between issuers, as values."""
