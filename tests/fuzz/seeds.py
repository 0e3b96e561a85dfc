"""The corpus's first files: one for each way a reader can go. ``python -m tests.fuzz.seeds`` writes them anew."""

from __future__ import annotations

import json
import tempfile
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509 import ocsp

from certtray.rules.profiles import config_folder
from tests.crypto import handmade as h
from tests.fuzz.targets import AUTHORITY, NOW, PASSWORD
from tests.makers import Party, authority, holder, openssl_pfx
from tests.stores.hipki import card

CORPUS = Path(__file__).with_name("corpus")


ANSWERS: dict[str, object] = {
    "contacts": [{"id": "a-1", "kind": "phone", "masked": "0988***920"}],
    "terms": {"version": "1", "clauses": [{"zh_TW": "一", "en": "one"}]},
    "enrollment": {
        "id": "1",
        "action": "apply",
        "state": "created",
        "nonce": "AAAA",
        "needs": ["otp"],
        "challenges": [],
        "device": "PC",
    },
    "card login": {"id": "00000000-0000-0000-0000-000000000001", "nonce": "AAAA", "expires_in": 300},
    "unlock": {"id": "00000000-0000-0000-0000-000000000001", "state": "released", "secret": "12345678"},
    "ticket": {"expires_in": 300, "tries_left": 3, "resends_left": 4, "digits": 6},
    "issued": {"state": "issued", "certificates": "AAAA"},
    "pending": {"state": "pending", "code": "6025", "retry_after": 5},
    "refused": {"type": "urn:x", "title": "no", "status": 403, "detail": "不可", "code": "8012", "tries_left": 2},
}


def card_answers(party: Party) -> dict[str, object]:
    """What the HiCOS local service says with a card, with an empty reader and without one."""
    return {
        "card": {"ret_code": 0, "slots": [card(party), {"slotDescription": "empty", "token": None}]},
        "none": {"ret_code": 0x76100003, "message": "no reader"},
    }


def _revocation() -> tuple[bytes, bytes]:
    """Return a list and an OCSP answer of an authority whose certificate is written beside the targets."""
    party = authority()
    issuer, now = party.certificate, NOW
    entry = x509.RevokedCertificateBuilder().serial_number(7).revocation_date(now).build()
    listed = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(now)
        .next_update(now + timedelta(days=3650))
        .add_revoked_certificate(entry)
        .sign(party.key, hashes.SHA256())
    )
    sha1, until = hashes.SHA1(), now + timedelta(days=3650)  # noqa: S303 - it only names the certificate (RFC 6960 4.1.1)
    answer = (
        ocsp.OCSPResponseBuilder()
        .add_response(issuer, issuer, sha1, ocsp.OCSPCertStatus.GOOD, now, until, None, None)
        .responder_id(ocsp.OCSPResponderEncoding.HASH, issuer)
        .sign(party.key, hashes.SHA256())
    )
    AUTHORITY.write_bytes(party.certificate_pem)
    return listed.public_bytes(Encoding.DER), answer.public_bytes(Encoding.DER)


def write() -> None:
    """Write a seed for each kind of file into each target's folder."""
    party = holder()
    password = PASSWORD.reveal()
    with tempfile.TemporaryDirectory() as folder:
        files = {
            "aes.pfx": openssl_pfx(Path(folder) / "a.pfx", party, password).read_bytes(),
            "3des.pfx": openssl_pfx(
                Path(folder) / "3.pfx", party, password, protection="3des", mac="sha1"
            ).read_bytes(),
            "rc2.pfx": openssl_pfx(
                Path(folder) / "r.pfx", party, password, protection="rc2-40", mac="sha1"
            ).read_bytes(),
        }
    bags = [h.certificate_bag(party.der, b"k"), h.key_bag(party, password, b"k")]
    files["shared.pfx"] = h.indefinite(h.pfx(h.sealed_safe(password, *bags), password=password))
    files["chain.p7b"] = pkcs7.serialize_certificates([party.certificate, *party.chain], Encoding.DER)
    files["both.pem"] = party.certificate_pem + party.key_pem
    files["one.der"] = party.der
    revoked = _revocation()
    profiles = {path.name: path.read_bytes() for path in (config_folder() / "issuers").glob("*.toml")}
    pfx = {name: data for name, data in files.items() if name.endswith("pfx")}
    for target, seeds in {
        "certificate-file": files,
        "keys": pfx,
        "certificate": {"one.der": party.der},
        "profile": profiles,
        "revocation-list": {"list.crl": revoked[0]},
        "responder": {"answer.ocsp": revoked[1]},
        "card-service": {name: json.dumps(answer).encode() for name, answer in card_answers(party).items()},
        "answers": {name: b"\0" + json.dumps(answer).encode() for name, answer in ANSWERS.items()},
    }.items():
        (CORPUS / target).mkdir(parents=True, exist_ok=True)
        for name, data in seeds.items():
            (CORPUS / target / name).write_bytes(data)


if __name__ == "__main__":
    write()
