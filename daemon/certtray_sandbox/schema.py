"""The tables of one RA.

Times are seconds since 1970 (UTC); serials are 8 or more upper-case hex digits, as brokers print them (0-16). Passwords are
argon2 hashes, tokens and codes are hashed or keyed, cards' unblocking codes are encrypted; only a picture's digits are kept
as they are, for as long as it lives.
"""

from __future__ import annotations

from typing import Final

PEOPLE: Final = """
CREATE TABLE people (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, birth_date TEXT NOT NULL, address TEXT NOT NULL);
CREATE TABLE accounts (
    name TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES people, password TEXT NOT NULL, must_change INTEGER NOT NULL);
CREATE TABLE contacts (
    id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES people, kind TEXT NOT NULL, address TEXT NOT NULL);
CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES people, account TEXT REFERENCES accounts,
    expires_at INTEGER NOT NULL, identity_checked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE counters (
    subject TEXT NOT NULL, kind TEXT NOT NULL, used INTEGER NOT NULL, forgotten_at INTEGER,
    PRIMARY KEY (subject, kind));
CREATE TABLE captchas (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, digits TEXT NOT NULL, expires_at INTEGER NOT NULL);
CREATE TABLE sign_ons (
    code_hash TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES people, challenge TEXT NOT NULL,
    redirect TEXT NOT NULL, expires_at INTEGER NOT NULL);
CREATE TABLE card_logins (
    id TEXT PRIMARY KEY, certificate_id TEXT NOT NULL, nonce BLOB NOT NULL, expires_at INTEGER NOT NULL);
"""

ENROLLMENTS: Final = """
CREATE TABLE registrations (
    id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES people, action TEXT NOT NULL, cn TEXT NOT NULL,
    device TEXT NOT NULL, email TEXT NOT NULL, apply_password TEXT,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'open', 'used')), made_at INTEGER NOT NULL);
CREATE TABLE enrollments (
    id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES people, body TEXT NOT NULL, action TEXT NOT NULL,
    nonce BLOB NOT NULL, created_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('created', 'verified', 'pending', 'issued', 'installed', 'ended')),
    needs TEXT NOT NULL, cn TEXT NOT NULL, device TEXT NOT NULL, email TEXT NOT NULL, requests TEXT, pkcs7 BLOB);
CREATE TABLE challenges (
    enrollment TEXT NOT NULL REFERENCES enrollments, serial TEXT NOT NULL, envelope BLOB NOT NULL,
    answer_hash TEXT NOT NULL, PRIMARY KEY (enrollment, serial));
CREATE TABLE codes (
    enrollment TEXT PRIMARY KEY REFERENCES enrollments, mac BLOB NOT NULL, expires_at INTEGER NOT NULL);
"""

CERTIFICATES: Final = """
CREATE TABLE certificates (
    serial TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES people, enrollment TEXT REFERENCES enrollments,
    position INTEGER NOT NULL, cn TEXT NOT NULL, usage TEXT NOT NULL, device TEXT NOT NULL, email TEXT NOT NULL,
    not_before INTEGER NOT NULL, not_after INTEGER NOT NULL, key_hash TEXT NOT NULL UNIQUE, der BLOB NOT NULL,
    fetched INTEGER NOT NULL, noticed INTEGER NOT NULL DEFAULT 0, revoked TEXT, revoked_at INTEGER,
    UNIQUE (enrollment, position));
CREATE INDEX unnoticed ON certificates (not_after) WHERE noticed = 0;
CREATE TABLE proofs (number TEXT PRIMARY KEY, serial TEXT NOT NULL REFERENCES certificates, made_at INTEGER NOT NULL);
CREATE TABLE outbox (
    number INTEGER PRIMARY KEY, sent_at INTEGER NOT NULL, person TEXT NOT NULL, kind TEXT NOT NULL,
    address TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE switches (name TEXT PRIMARY KEY);
"""

CARDS: Final = """
CREATE TABLE cards (
    number TEXT PRIMARY KEY, chip TEXT NOT NULL UNIQUE, person TEXT NOT NULL REFERENCES people, puk BLOB NOT NULL,
    given_at INTEGER NOT NULL, released_to TEXT);
CREATE TABLE unlocks (
    id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES people, card TEXT NOT NULL REFERENCES cards,
    state TEXT NOT NULL CHECK (state IN ('verified', 'released', 'done')), begun_at INTEGER NOT NULL);
"""

SCHEMA: Final = PEOPLE + ENROLLMENTS + CERTIFICATES + CARDS
