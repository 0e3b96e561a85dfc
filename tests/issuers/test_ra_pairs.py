"""Systems 2 to 4: registered at the counter, two key pairs in one enrollment, both old keys proven, download apart."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certtray.core.dates import TAIPEI
from certtray.core.errors import IssuerAnswerInvalid, IssuerRefused
from certtray.core.secret import Secret
from certtray.crypto.challenge import answer_challenge
from certtray.crypto.request import build_request
from certtray.issuers.base import Issued, Pending
from certtray_sandbox import counter
from certtray_sandbox.counter import CounterRefuses
from tests.issuers.customer import Held, new_key
from tests.issuers.holder import PAIR, Holder
from tests.rigs import ReferenceRa


@pytest.fixture
def bank(ra: ReferenceRa) -> Iterator[Holder]:
    with Holder(ra, "tcb-fxml") as holder:
        yield holder


@pytest.fixture
def soft(ra: ReferenceRa) -> Iterator[Holder]:
    with Holder(ra, "twca-soft") as holder:
        yield holder


def refused(call: Callable[[], object]) -> tuple[str, int | None]:
    with pytest.raises(IssuerRefused) as no:
        call()
    return no.value.number, no.value.tries_left


def subject(held: Held) -> list[str]:
    return [f"{each.rfc4514_attribute_name}={each.value!s}" for each in held.certificate.subject]


def test_names_serials_and_ends_as_the_manuals_print_them(ra: ReferenceRa, bank: Holder, soft: Holder) -> None:
    before = ra.clock()
    signing, encrypting = bank.get()
    day = before.astimezone(TAIPEI)
    fxml = ["C=TW", "O=Finance", "OU=TWCA Financial User CA", "OU=0060000-Taiwan Cooperative Bank", "OU=FXML"]
    assert subject(signing) == subject(encrypting) == [*fxml, f"CN=A123456789-00-{day:%y%m%d}"]  # 3-33
    assert (signing.serial, encrypting.serial) == (17465, 17466)
    assert signing.certificate.not_valid_after_utc == encrypting.certificate.not_valid_after_utc
    end = signing.certificate.not_valid_after_utc
    assert end == signing.certificate.not_valid_before_utc.astimezone(TAIPEI).replace(year=day.year + 1)
    signing, encrypting = soft.get()
    assert subject(signing)[:3] == ["C=TW", "O=TWCA", "OU=TWCA"]  # 2-15: the two subjects differ
    assert subject(encrypting)[:3] == ["C=TW", "O=O1", "OU=OU1"]
    assert f"{signing.certificate.not_valid_after_utc.astimezone(TAIPEI):%H:%M:%S}" == "23:59:59"
    with Holder(ra, "twca-fine", "70759028") as company:
        (card, _) = company.get()
    units = ["OU=Information", "OU=TaiCA Information User CA", "OU=70759028-RA-FINE", "OU=TWCA FINE"]
    assert subject(card) == ["C=TW", *units, "CN=70759028-00-0007"]  # 4-26
    for held in (signing, encrypting, card):
        usage = held.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        assert usage.digital_signature != usage.key_encipherment


def test_the_apply_password_is_counted_per_registration(ra: ReferenceRa, bank: Holder) -> None:
    (waiting,) = bank.issuer.registrations()
    assert (waiting.action, waiting.device, waiting.email) == ("apply", "PC", "ming@example.com")
    assert ("用戶名稱", "Name", "王小明") in waiting.facts
    requests = [build_request(new_key(), "x") for _ in PAIR]
    enrollment = bank.request(requests)
    assert bank.issuer.enroll(enrollment).needs == ("apply_password",)
    assert refused(lambda: bank.issuer.submit(enrollment.id, requests, [], enrollment.terms_version)) == ("8011", None)
    wrong = Secret("wrong")
    assert refused(lambda: bank.issuer.give_apply_password(enrollment.id, wrong)) == ("8052", 4)
    ra.restart(kill=True)
    other = bank.request(requests)
    bank.issuer.enroll(other)
    assert refused(lambda: bank.issuer.give_apply_password(other.id, wrong)) == ("8052", 3)
    bank.issuer.give_apply_password(enrollment.id, bank.notice())
    assert refused(lambda: bank.issuer.give_apply_password(enrollment.id, bank.notice())) == ("8016", None)
    for left in (4, 3, 2, 1, 0):
        assert refused(lambda: bank.issuer.give_apply_password(other.id, wrong)) == ("8052", left)
    assert refused(lambda: bank.issuer.give_apply_password(other.id, bank.notice())) == ("8053", 0)
    bank.issuer.submit(enrollment.id, requests, [], enrollment.terms_version)
    assert bank.issuer.registrations() == ()  # used


def test_only_what_was_registered_and_approved_once(ra: ReferenceRa, soft: Holder) -> None:
    requests = [build_request(new_key(), "x") for _ in PAIR]
    enrollment = soft.request(requests)
    for registration in ("", "nothing"):
        other = dataclasses.replace(enrollment, id=uuid4(), registration=registration)
        assert refused(partial(soft.issuer.enroll, other)) == ("8051", None)
    twice = dataclasses.replace(enrollment, id=uuid4())
    for each in (enrollment, twice):
        assert soft.issuer.enroll(each).needs == ()
    soft.issuer.submit(enrollment.id, requests, [], enrollment.terms_version)
    soft.issuer.submit(enrollment.id, requests, [], enrollment.terms_version)
    late = [build_request(new_key(), "x") for _ in PAIR]
    assert refused(lambda: soft.issuer.submit(twice.id, late, [], enrollment.terms_version)) == ("8032", None)
    assert refused(lambda: soft.issuer.enroll(dataclasses.replace(enrollment, id=uuid4()))) == ("8051", None)
    form = counter.register(ra.folder, "twca-soft", soft.person)
    assert soft.issuer.registrations() == ()  # not before it is approved
    counter.approve(ra.folder, "twca-soft", form)
    assert len(soft.issuer.registrations()) == 1
    with pytest.raises(CounterRefuses):
        counter.approve(ra.folder, "twca-soft", form)
    for wrong in (("sinopac", "PC"), ("twca-soft", "iKey")):
        with pytest.raises(CounterRefuses):
            counter.register(ra.folder, wrong[0], soft.person, device=wrong[1])


def test_one_key_for_two_certificates(soft: Holder) -> None:
    key = new_key()
    requests = [build_request(key, "sign"), build_request(key, "encrypt")]
    enrollment = soft.request(requests)
    soft.issuer.enroll(enrollment)
    assert refused(lambda: soft.issuer.submit(enrollment.id, requests, [], enrollment.terms_version)) == ("8035", None)


def test_renewal_proves_both_keys_and_keeps_the_rest(ra: ReferenceRa, bank: Holder) -> None:
    old = bank.samples(days_left=10)
    new = bank.get("renew", old, email="later@example.com")
    old_end = old[0].certificate.not_valid_after_utc.astimezone(TAIPEI)
    assert new[0].certificate.not_valid_after_utc == old_end.replace(year=old_end.year + 1)  # 3-34
    assert abs(new[0].certificate.not_valid_before_utc - ra.clock()) < timedelta(minutes=1)
    assert subject(new[0]) == subject(old[0])
    states = {host.serial: (host.status, host.reason) for host in bank.issuer.certificates()}
    assert states == {
        **{each.serial: (0, "") for each in new},
        **{each.serial: (20, "superseded") for each in old},
    }
    ra.put_forward(new[0].certificate.not_valid_after_utc - ra.clock() - timedelta(days=20))
    bank.log_in()
    mails = [message.address for message in ra.outbox() if "展期通知" in message.text]
    assert mails == ["ming@example.com", "later@example.com"]  # for the old ones, then as last given (3-13)


def test_a_renewal_with_one_key_only_is_refused(bank: Holder) -> None:
    old, stranger = bank.samples(days_left=10), bank.samples(days_left=10)
    requests = [build_request(new_key(), "x") for _ in PAIR]
    assert refused(lambda: bank.issuer.enroll(bank.request(requests, "renew", old[:1]))) == ("8036", None)
    enrollment = bank.request(requests, "renew", old)
    state = bank.issuer.enroll(enrollment)
    assert list(state.challenges) == [old[1].serial]
    assert bank.issuer.enroll(enrollment) == state  # asked again, the same challenge
    right = bank.proofs(requests, enrollment, state, old)
    mixed = Held(stranger[0].key, old[0].der)
    wrong = [
        [],
        right[:1],
        [right[0], bytes(len(right[1]))],
        [right[0], state.challenges[old[1].serial]],
        [right[1], right[0]],
        [*bank.proofs(requests, enrollment, state, [mixed]), right[1]],
    ]
    for proofs in wrong:
        hand_in = partial(bank.issuer.submit, enrollment.id, requests, proofs, enrollment.terms_version)
        assert refused(hand_in) == ("8041", None)
    assert isinstance(bank.issuer.submit(enrollment.id, requests, right, enrollment.terms_version), Issued)


def test_openssl_reads_the_proof_and_the_challenge(ra: ReferenceRa, bank: Holder, tmp_path: Path) -> None:
    old = bank.samples(days_left=10)
    requests = [build_request(new_key(), "x") for _ in PAIR]
    enrollment = bank.request(requests, "renew", old)
    state = bank.issuer.enroll(enrollment)
    signed, answered = bank.proofs(requests, enrollment, state, old)
    for name, held in zip(("sign", "encrypt"), old, strict=True):
        (tmp_path / f"{name}.pem").write_bytes(held.certificate.public_bytes(Encoding.PEM))
        (tmp_path / f"{name}.key").write_bytes(held.pem_key())
    (tmp_path / "proof.der").write_bytes(signed)
    (tmp_path / "challenge.der").write_bytes(state.challenges[old[1].serial])
    (tmp_path / "chain.pem").write_bytes(
        (ra.folder / "tcb-fxml" / "user-ca.crt").read_bytes() + ra.ca_root.read_bytes()
    )
    verify = ["openssl", "cms", "-verify", "-inform", "DER", "-in", "proof.der", "-binary", "-purpose", "any"]
    done = subprocess.run(
        [*verify, "-CAfile", "chain.pem", "-out", "body"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert all(request in (tmp_path / "body").read_bytes() for request in requests)
    opened = ["openssl", "cms", "-decrypt", "-inform", "DER", "-in", "challenge.der", "-binary"]
    opened += ["-recip", "encrypt.pem", "-inkey", "encrypt.key"]
    assert subprocess.run(opened, cwd=tmp_path, capture_output=True, check=True).stdout == answered


def test_no_strangers_ciphertext_is_opened(bank: Holder, tmp_path: Path) -> None:
    """The client decrypts what names this enrollment, nothing else: it must not become somebody's decryption service."""
    (_, old) = bank.samples(days_left=10)
    (tmp_path / "old.pem").write_bytes(old.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "letter").write_bytes(b"a letter to the holder")
    seal = ["openssl", "cms", "-encrypt", "-aes256", "-binary", "-outform", "DER", "-in", "letter", "old.pem"]
    letter = subprocess.run(seal, cwd=tmp_path, capture_output=True, check=True).stdout
    for envelope in (letter, letter[:-5], b"", b"0\x00"):
        with pytest.raises(IssuerAnswerInvalid):
            answer_challenge(envelope, UUID(int=1), old.key, old.der)


def test_download_is_a_step_of_its_own(ra: ReferenceRa, soft: Holder) -> None:
    requests = [build_request(new_key(), "x") for _ in PAIR]
    enrollment = soft.request(requests)
    soft.issuer.enroll(enrollment)
    assert soft.issuer.downloads() == ()
    ra.hold("twca-soft")
    assert isinstance(soft.issuer.submit(enrollment.id, requests, [], enrollment.terms_version), Pending)
    (waiting,) = soft.issuer.downloads()
    assert (waiting.enrollment_id, waiting.usages, waiting.pending) == (enrollment.id, PAIR, True)
    ra.release("twca-soft")
    assert not soft.issuer.downloads()[0].pending
    assert {host.status for host in soft.issuer.certificates()} == {12}
    assert isinstance(soft.issuer.result(enrollment.id), Issued)
    soft.issuer.installed(enrollment.id)
    assert soft.issuer.downloads() == ()
    assert {host.status for host in soft.issuer.certificates()} == {0}


def test_nothing_to_download_once_it_is_revoked(ra: ReferenceRa, soft: Holder) -> None:
    requests = [build_request(new_key(), "x") for _ in PAIR]
    enrollment = soft.request(requests)
    soft.issuer.enroll(enrollment)
    soft.issuer.submit(enrollment.id, requests, [], enrollment.terms_version)
    counter.revoke(ra.folder, "twca-soft", [f"{soft.issuer.certificates()[0].serial:X}"], "keyCompromise")
    assert soft.issuer.downloads() == ()
    assert refused(lambda: soft.issuer.result(enrollment.id)) == ("6036", None)


def test_fedi_becomes_fxml_without_another_visit(ra: ReferenceRa, bank: Holder) -> None:
    form = counter.register(ra.folder, "tcb-fxml", bank.person, device="iKey", action="convert")
    counter.approve(ra.folder, "tcb-fxml", form)
    (registration,) = [one for one in bank.issuer.registrations() if one.action == "convert"]
    assert (registration.device, registration.cn) == ("iKey", f"A123456789-00-{ra.clock():%Y%m%d}")
    signing, _ = bank.get("convert", registration=registration.id, email="edi@example.com")
    assert subject(signing)[-1] == f"CN={registration.cn}"
    assert {host.device for host in bank.issuer.certificates()} == {"iKey"}


@pytest.mark.parametrize(("profile", "way_out"), [("twca-soft", "重新註冊"), ("tcb-fxml", "重新申請")])
def test_too_late_to_renew_names_the_way_out(ra: ReferenceRa, profile: str, way_out: str) -> None:
    with Holder(ra, profile) as holder:
        old = holder.samples(days_left=-1)
        requests = [build_request(new_key(), "x") for _ in PAIR]
        with pytest.raises(IssuerRefused) as late:
            holder.issuer.enroll(holder.request(requests, "renew", old))
        assert late.value.number == "5011"
        assert way_out in str(late.value.facts["detail"])
