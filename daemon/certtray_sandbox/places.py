"""Where the CAs publish; it stands in the certificates, so the port is chosen once and kept beside the root's key."""

from __future__ import annotations

import socket
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID


def base_url(folder: Path) -> str:
    """Return where the CAs below the root in ``folder`` publish, choosing a port the first time."""
    kept = folder / "port"
    if not kept.exists():
        with socket.create_server(("127.0.0.1", 0)) as probe:
            kept.write_text(str(probe.getsockname()[1]))
    return f"http://127.0.0.1:{kept.read_text()}"


def places(folder: Path, issuer: str, *, responder: bool) -> tuple[x509.ExtensionType, x509.ExtensionType]:
    """Return what a certificate issued by ``issuer`` (an RA's profile id, or ``root``) says about where to ask."""
    base = base_url(folder)
    access = [_access(AuthorityInformationAccessOID.CA_ISSUERS, f"{base}/{issuer}.cer")]
    if responder:
        access.insert(0, _access(AuthorityInformationAccessOID.OCSP, f"{base}/{issuer}/ocsp"))
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(f"{base}/{issuer}.crl")], None, None, None)
    return x509.CRLDistributionPoints([point]), x509.AuthorityInformationAccess(access)


def _access(method: x509.ObjectIdentifier, url: str) -> x509.AccessDescription:
    return x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
