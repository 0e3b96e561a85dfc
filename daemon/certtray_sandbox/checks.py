"""What a tour has other people's tools say: OpenSSL opens, verifies, signs and looks at the issuer's list; poppler reads a PDF."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from certtray_sandbox.tour import Tour, need

_WRONG = "not-it-1"
_PEM = re.compile(r"-----BEGIN (CERTIFICATE|PRIVATE KEY)-----.+?-----END \1-----\n", re.DOTALL)


def verify_file(tour: Tour, path: Path, password: str, pairs: int = 1) -> list[str]:
    """Let OpenSSL open a PFX, fit each key to its certificate, verify the chain, sign and verify; return the serials."""
    opened = tour.openssl("pkcs12", "-legacy", "-in", str(path), "-passin", "stdin", "-nodes", password=password)
    tour.openssl("pkcs12", "-legacy", "-in", str(path), "-passin", "stdin", "-noout", password=_WRONG, status=1)
    parts = [(found[1], found[0]) for found in _PEM.finditer(opened)]
    with tempfile.TemporaryDirectory(dir=tour.folder) as name:
        work = Path(name)
        certificates = [
            _written(work / f"{n}.pem", pem) for n, (kind, pem) in enumerate(parts) if kind == "CERTIFICATE"
        ]
        keys = [_written(work / f"{n}.key", pem) for n, (kind, pem) in enumerate(parts) if kind == "PRIVATE KEY"]
        public = {tour.openssl("x509", "-in", str(each), "-noout", "-pubkey"): each for each in certificates}
        leaves = []
        for key in keys:
            own = tour.openssl("pkey", "-in", str(key), "-pubout")
            need(own in public, f"{path.name}: a key without its certificate")
            _signs(tour, work, key, own)
            leaves.append(public[own])
        need(len(leaves) == pairs, f"{path.name}: {len(leaves)} keys")
        chain = _written(work / "chain.pem", "".join(each.read_text() for each in certificates if each not in leaves))
        for leaf in leaves:
            tour.openssl("verify", "-CAfile", str(tour.root), "-untrusted", str(chain), str(leaf))
        return [
            tour.openssl("x509", "-in", str(leaf), "-noout", "-serial").strip().partition("=")[2] for leaf in leaves
        ]


def standing(tour: Tour, path: Path, password: str) -> str:
    """Let OpenSSL fetch the issuer's revocation list and say how the file's first certificate stands: ``OK`` or why not."""
    opened = ("pkcs12", "-legacy", "-in", str(path), "-passin", "stdin", "-nokeys")
    with tempfile.TemporaryDirectory(dir=tour.folder) as name:
        leaf = _written(Path(name) / "leaf.pem", tour.openssl(*opened, "-clcerts", password=password))
        chain = _written(Path(name) / "chain.pem", tour.openssl(*opened, "-cacerts", password=password))
        trusted = ("-CAfile", str(tour.root), "-untrusted", str(chain))
        said = tour.openssl("verify", "-crl_check", "-crl_download", *trusted, str(leaf), status=None)
    found = re.search(r"lookup: (.+)$", said, re.MULTILINE)
    return found[1] if found else said.strip().rpartition(" ")[2]


def words_of(tour: Tour, path: Path) -> str:
    """Return the text of a PDF, as poppler reads it."""
    return tour.tool("pdftotext", "poppler-utils", str(path), "-")


def _signs(tour: Tour, work: Path, key: Path, public: str) -> None:
    message, signature = _written(work / "order", "an order"), work / "signature"
    tour.openssl("dgst", "-sha256", "-sign", str(key), "-out", str(signature), str(message))
    check = ("-verify", str(_written(work / "public.pem", public)), "-signature", str(signature), str(message))
    tour.openssl("dgst", "-sha256", *check)


def _written(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
    return path
