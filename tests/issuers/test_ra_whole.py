"""Apply and renew from end to end, over real TLS, against the RA in its own process."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from certtray.core.dates import TAIPEI
from certtray.core.errors import IssuerRefused
from certtray.crypto.request import build_request
from certtray.issuers.base import Issued, Pending
from certtray_sandbox.people import PEOPLE
from tests.issuers.customer import Customer, Held, leaf, new_key
from tests.rigs import ReferenceRa


def test_apply_gives_a_certificate_as_the_brokers_look(shared_ra: ReferenceRa, tmp_path: Path) -> None:
    with Customer(shared_ra) as customer:
        assert customer.login_result.state == "none"
        before = shared_ra.clock().replace(microsecond=0)
        held = customer.get()
        certificate = held.certificate
        assert [(a.rfc4514_attribute_name, a.value) for a in certificate.subject] == [
            ("C", "TW"),
            ("O", "TaiCA Secure CA - Evaluation Only"),
            ("O", "Certification Service Provider"),
            ("OU", "RA-SinoPac"),
            ("OU", "SinoPac Group"),
            ("CN", "A123456789-00-00::PCC005"),
        ]
        assert len(f"{certificate.serial_number:X}") == 8
        assert before <= certificate.not_valid_before_utc <= shared_ra.clock()
        end = certificate.not_valid_after_utc.astimezone(TAIPEI)
        assert (end.year - before.astimezone(TAIPEI).year, f"{end:%H:%M:%S}") == (2, "23:59:59")
        (host,) = customer.issuer.certificates()
        assert (host.serial, host.status, host.not_after) == (held.serial, 0, certificate.not_valid_after_utc)
    openssl_accepts(held, shared_ra, tmp_path)


def openssl_accepts(held: Held, ra: ReferenceRa, tmp_path: Path) -> None:
    """OpenSSL builds the path holder → intermediate → root."""
    (tmp_path / "leaf.pem").write_bytes(held.certificate.public_bytes(Encoding.PEM))
    command = ["openssl", "verify", "-x509_strict", "-CAfile", str(ra.ca_root)]
    command += ["-untrusted", str(ra.folder / "sinopac" / "user-ca.crt"), str(tmp_path / "leaf.pem")]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stdout.endswith("leaf.pem: OK\n")


def test_renew_replaces_the_old_one(shared_ra: ReferenceRa) -> None:
    with Customer(shared_ra, PEOPLE[1]) as customer:
        old = customer.sample(days_left=10)
        customer.log_in()
        states_seen = [customer.login_result.state]
        customer.issuer.verify_identity(customer.person.birth_date)
        new = customer.get(old)
        states = {host.serial: host.status for host in customer.issuer.certificates()}
        assert states == {new.serial: 0, old.serial: 20}
        customer.log_in()
        states_seen.append(customer.login_result.state)
        assert states_seen == ["expiring", "valid"]
        assert "更新憑證" in shared_ra.outbox()[-1].text
        assert "永豐金證券" in shared_ra.outbox()[-1].text


def test_the_ca_sets_the_name_whatever_the_request_says(shared_ra: ReferenceRa) -> None:
    with Customer(shared_ra, PEOPLE[2]) as customer:
        key = new_key()
        requests = [build_request(key, "U139514691-00-00::PCC005")]
        enrollment = customer.enrollment(requests)
        customer.issuer.enroll(enrollment)
        customer.give_code(enrollment.id)
        issued = customer.issuer.submit(enrollment.id, requests, [], enrollment.terms_version)
        assert isinstance(issued, Issued)
        certificate = x509.load_der_x509_certificate(leaf(issued, key))
        (cn,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        assert cn.value == "F246061918-00-00::PCC005"
        assert len(issued.certificates) == 3  # with its chain


def test_contacts_are_masked_and_terms_are_seven(shared_ra: ReferenceRa) -> None:
    with Customer(shared_ra) as customer:
        assert [(one.kind, one.masked) for one in customer.issuer.contacts()] == [
            ("phone", "0988***920"),
            ("email", "…@example.com"),
        ]
        clauses = customer.issuer.terms().clauses
        assert len(clauses) == 7
        assert all(clause.zh_TW and clause.en for clause in clauses)


def test_held_by_the_back_office_then_issued(ra: ReferenceRa, customer: Customer) -> None:
    key = new_key()
    requests = [build_request(key, "x")]
    enrollment = customer.enrollment(requests)
    customer.issuer.enroll(enrollment)
    with pytest.raises(IssuerRefused) as nothing:
        customer.issuer.result(enrollment.id)
    assert nothing.value.number == "6036"
    customer.give_code(enrollment.id)
    ra.hold()
    asked_at = ra.clock()
    pending = customer.issuer.submit(enrollment.id, requests, [], enrollment.terms_version)
    assert isinstance(pending, Pending)
    assert asked_at < pending.retry_at < asked_at + timedelta(minutes=1)
    assert isinstance(customer.issuer.result(enrollment.id), Pending)
    assert customer.issuer.certificates() == ()
    ra.restart(kill=True)
    ra.release()
    issued = customer.issuer.result(enrollment.id)
    assert isinstance(issued, Issued)
    assert issued == customer.issuer.submit(enrollment.id, requests, [], enrollment.terms_version)
    assert len(customer.issuer.certificates()) == 1
    customer.issuer.installed(enrollment.id)
    customer.issuer.installed(enrollment.id)


def test_nobody_reaches_another_persons_enrollment(shared_ra: ReferenceRa) -> None:
    with Customer(shared_ra) as customer, Customer(shared_ra, PEOPLE[1]) as other:
        enrollment = customer.enrollment([build_request(new_key(), "x")])
        customer.issuer.enroll(enrollment)
        calls: list[Callable[[], object]] = [
            lambda: other.issuer.enroll(enrollment),
            lambda: other.issuer.start_otp(enrollment.id, "u-1"),
            lambda: other.issuer.result(enrollment.id),
            lambda: other.issuer.installed(enrollment.id),
            lambda: other.issuer.result(uuid4()),
        ]
        for call in calls:
            with pytest.raises(IssuerRefused) as refused:
                call()
            assert refused.value.number == "5010"
