"""The corpus's first files: one for each way a reader can go. ``python -m tests.fuzz.seeds`` writes them anew."""

from __future__ import annotations

import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from certtray.rules.profiles import config_folder
from tests.crypto import handmade as h
from tests.fuzz.targets import PASSWORD
from tests.makers import holder, openssl_pfx

CORPUS = Path(__file__).with_name("corpus")


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
    profiles = {path.name: path.read_bytes() for path in (config_folder() / "issuers").glob("*.toml")}
    pfx = {name: data for name, data in files.items() if name.endswith("pfx")}
    for target, seeds in {
        "certificate-file": files,
        "keys": pfx,
        "certificate": {"one.der": party.der},
        "profile": profiles,
    }.items():
        (CORPUS / target).mkdir(parents=True, exist_ok=True)
        for name, data in seeds.items():
            (CORPUS / target / name).write_bytes(data)


if __name__ == "__main__":
    write()
