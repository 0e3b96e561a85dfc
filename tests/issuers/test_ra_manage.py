"""Who suspends, reinstates and revokes, and where: by the profile; the proof; the issuer's own page (1-14)."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import httpx
import pytest
from cryptography import x509

from certtray.core.errors import IssuerRefused
from certtray.core.secret import Secret
from certtray.issuers.base import HostCertificate, Issuer, NationalId
from certtray.issuers.ra import RaIssuer
from certtray_sandbox import counter
from certtray_sandbox.people import PEOPLE
from certtray_sandbox.samples import issue_sample
from tests.issuers.customer import Customer, new_key
from tests.issuers.holder import Holder
from tests.rigs import ReferenceRa


@pytest.fixture
def bank(ra: ReferenceRa) -> Iterator[Holder]:
    with Holder(ra, "tcb-fxml") as holder:
        yield holder


def refusal(call: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(IssuerRefused) as no:
        call()
    return no.value.number, str(no.value.facts["detail"])


def statuses(issuer: Issuer) -> list[tuple[int, str]]:
    return [(host.status, host.reason) for host in issuer.certificates()]


def test_suspended_on_line_and_freed_at_the_counter_only(ra: ReferenceRa, bank: Holder) -> None:
    serials = [held.serial for held in bank.samples(days_left=100)]
    bank.issuer.suspend(serials)
    bank.issuer.suspend(serials)
    assert statuses(bank.issuer) == [(26, "certificateHold")] * 2
    number, detail = refusal(lambda: bank.issuer.reinstate(serials))
    assert number == "8063"
    assert "臨櫃" in detail
    assert "04-2227-3131" in detail
    assert "臨櫃" in refusal(lambda: bank.issuer.revoke(serials, "keyCompromise"))[1]
    counter.resume(ra.folder, "tcb-fxml", [f"{serial:X}" for serial in serials])
    assert statuses(bank.issuer) == [(0, "")] * 2
    counter.revoke(ra.folder, "tcb-fxml", [f"{serials[0]:X}"], "keyCompromise")
    assert refusal(lambda: bank.issuer.suspend(serials))[0] == "5020"
    assert sorted(statuses(bank.issuer)) == [(0, ""), (20, "keyCompromise")]  # all or none


def test_suspended_and_reinstated_from_the_menu(ra: ReferenceRa) -> None:
    with Holder(ra, "twca-fine", "70759028") as company:
        serials = [held.serial for held in company.samples(days_left=100)]
        company.issuer.reinstate(serials)  # nothing to do is no mistake
        company.issuer.suspend(serials[:1])
        assert sorted(statuses(company.issuer)) == [(0, ""), (26, "certificateHold")]
        company.issuer.reinstate(serials)
        assert statuses(company.issuer) == [(0, "")] * 2
        assert "郵寄" in refusal(lambda: company.issuer.revoke(serials, "superseded"))[1]


def test_revoked_from_the_menu_is_final(ra: ReferenceRa) -> None:
    with Customer(ra) as customer, Customer(ra, PEOPLE[1]) as other:
        mine, expired = customer.sample(100), customer.sample(-1)
        assert refusal(lambda: other.issuer.revoke([mine.serial], "keyCompromise"))[0] == "5010"
        assert refusal(lambda: customer.issuer.revoke([expired.serial], "keyCompromise"))[0] == "5011"
        assert "未提供" in refusal(lambda: customer.issuer.suspend([mine.serial]))[1]
        for reason in ("", "certificateHold", "removeFromCRL"):
            assert refusal(partial(customer.issuer.revoke, [mine.serial], reason))[0] == "5005"
        customer.issuer.revoke([mine.serial], "keyCompromise")
        customer.issuer.revoke([mine.serial], "unspecified")
        assert statuses(customer.issuer)[0] == (20, "keyCompromise")
        customer.log_in()
        assert customer.login_result.state == "expired"  # what is left


def test_a_suspended_one_cannot_be_renewed(ra: ReferenceRa, bank: Holder) -> None:
    old = bank.samples(days_left=10)
    bank.issuer.suspend([old[1].serial])
    assert refusal(lambda: bank.get("renew", old))[0] == "5026"


def test_the_proof_states_what_the_certificate_says(ra: ReferenceRa, bank: Holder) -> None:
    held, _ = bank.samples(days_left=100)
    proof, again = bank.issuer.proof(held.serial), bank.issuer.proof(held.serial)
    assert proof.number != again.number
    facts = {chinese: value for chinese, _, value in proof.facts}
    assert facts["用戶名稱"] == "王小明"
    assert facts["憑證序號"] == f"{held.serial:08X} ({held.serial})"
    assert facts["憑證主旨"] == held.certificate.subject.rfc4514_string()
    assert facts["憑證用途"] == "簽章 (signing)"
    assert refusal(lambda: bank.issuer.proof(1))[0] == "5010"


def test_one_customer_holds_certificates_on_several_devices(ra: ReferenceRa) -> None:
    """1-13: a computer's has no suffix, the phones' have."""
    now, end = ra.clock(), ra.clock() + timedelta(days=100)
    for device in ("PC", "GPhone", "iPhone"):
        key = new_key().public_key()
        issue_sample(ra.folder, PEOPLE[0].id, now, end, key, profile="ezongguan", device=device)
    issuer = broker_of(ra)
    held: tuple[HostCertificate, ...] = issuer.certificates()
    assert {host.device: host.subject_cn for host in held} == {
        "PC": "A123456789",
        "GPhone": "A123456789-00-MG001",
        "iPhone": "A123456789-00-MI001",
    }
    assert all(len(f"{host.serial:X}") == 8 and "OU=RA-eBroker" in host.subject for host in held)
    issuer.close()


def broker_of(ra: ReferenceRa) -> RaIssuer:
    issuer = RaIssuer(ra.url_of("ezongguan"), ra.tls_root, ra.clock)
    issuer.login(NationalId(PEOPLE[0].id, Secret(PEOPLE[0].password)))
    return issuer


def test_the_issuers_page_revokes_after_a_login_of_its_own(ra: ReferenceRa) -> None:
    now, url = ra.clock(), ra.url_of("ezongguan")
    der, *_ = issue_sample(
        ra.folder, PEOPLE[0].id, now, now + timedelta(days=9), new_key().public_key(), profile="ezongguan"
    )
    serial = f"{x509.load_der_x509_certificate(der).serial_number:08X}"
    issuer = broker_of(ra)
    assert "網頁" in refusal(lambda: issuer.revoke([int(serial, 16)], "unspecified"))[1]
    verify = ssl.create_default_context(cafile=str(ra.tls_root))
    person = {"id": PEOPLE[0].id, "password": PEOPLE[0].password}
    chosen = {"serial": serial, "reason": "keyCompromise", "sure": "yes"}
    with httpx.Client(verify=verify, trust_env=False) as browser:
        assert "<form" in browser.get(f"{url}/revocation").text
        wrong = browser.post(f"{url}/revocation", data={**person, "password": "x"})
        assert (wrong.status_code, serial in wrong.text) == (401, False)
        assert browser.post(f"{url}/revocation/confirm", data=chosen).status_code == 401
        page = browser.post(f"{url}/revocation", data=person)
        assert re.findall(r'name="serial" value="([0-9A-F]+)"', page.text) == [serial]
        cookie = page.headers["Set-Cookie"]
        assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=strict"))
        assert browser.post(f"{url}/revocation/confirm", data={**chosen, "sure": ""}).status_code == 422
        assert "已註銷" in browser.post(f"{url}/revocation/confirm", data=chosen).text
        assert browser.post(f"{url}/revocation/confirm", data=chosen).status_code == 401
    assert statuses(issuer) == [(20, "keyCompromise")]
    issuer.close()
