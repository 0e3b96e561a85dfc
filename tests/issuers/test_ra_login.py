"""The kinds of login: account, slip and picture; the forced first change; suspended until somebody resets it; SSO."""

from __future__ import annotations

import io
import re
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from PIL import Image

from certtray.core.errors import IssuerRefused
from certtray.core.secret import Secret
from certtray.issuers.base import NationalId, SingleSignOn, SiteAccount
from certtray.issuers.ra import RaIssuer
from certtray_sandbox import captcha, counter
from certtray_sandbox.limits import CAPTCHA_LIFE, SIGN_ON_LIFE
from certtray_sandbox.people import PEOPLE
from certtray_sandbox.sign_on import s256
from tests.issuers.holder import SITE_PASSWORD, Holder
from tests.rigs import ReferenceRa

A_BIT = timedelta(seconds=2)
VERIFIER = "v" * 64
REDIRECT = "http://127.0.0.1:39999/back"


@pytest.fixture
def holder(ra: ReferenceRa) -> Iterator[Holder]:
    with Holder(ra, "twca-soft", ready=False) as holder:
        yield holder


def refused(call: Callable[[], object]) -> tuple[str, int | None]:
    with pytest.raises(IssuerRefused) as no:
        call()
    return no.value.number, no.value.tries_left


def test_the_first_password_must_be_changed_by_the_rules(holder: Holder) -> None:
    found = holder.log_in()
    assert (found.must_change_password, found.state, found.certificates) == (True, "none", ())
    for call in (holder.issuer.certificates, holder.issuer.registrations, holder.issuer.downloads):
        assert refused(call) == ("8022", None)
    old = Secret(holder.password)
    for new in ("12345", "x" * 17, holder.password):
        assert refused(partial(holder.issuer.change_password, old, Secret(new))) == ("8024", None)
    assert refused(lambda: holder.issuer.change_password(Secret("wrong-one"), Secret(SITE_PASSWORD))) == ("8023", 2)
    holder.issuer.change_password(old, Secret(SITE_PASSWORD))
    assert holder.issuer.certificates() == ()
    assert refused(holder.log_in) == ("8001", 2)  # the slip's password is over
    assert not holder.log_in(SITE_PASSWORD).must_change_password


def test_three_wrong_passwords_suspend_until_the_back_office_resets(ra: ReferenceRa, holder: Holder) -> None:
    assert refused(lambda: holder.log_in("wrong-1")) == ("8001", 2)
    ra.restart(kill=True)
    assert refused(lambda: holder.log_in("wrong-2")) == ("8001", 1)
    assert refused(lambda: holder.log_in("wrong-3")) == ("8001", 0)
    ra.put_forward(timedelta(days=400))  # time does not heal it
    with pytest.raises(IssuerRefused) as suspended:
        holder.log_in()
    assert (suspended.value.number, suspended.value.tries_left) == ("8009", 0)
    assert "印鑑" in str(suspended.value.facts["detail"])
    counter.reset_password(ra.folder, "twca-soft", holder.person)
    assert refused(holder.log_in) == ("8001", 2)
    slip = ra.outbox()[-1]
    assert (slip.kind, slip.account) == ("paper", holder.account)
    assert holder.log_in(slip.password).must_change_password


def test_a_picture_serves_one_login_for_a_while(ra: ReferenceRa, holder: Holder) -> None:
    first = holder.issuer.captcha()
    assert Image.open(io.BytesIO(first.png)).width > 100
    read = captcha.last_digits(ra.folder, "twca-soft")
    assert len(read) == first.digits == 5
    other = f"{(int(read) + 1) % 100000:05}"

    def log_in(picture: str, typed: str) -> object:
        return holder.issuer.login(SiteAccount(holder.account, Secret(holder.password), picture, typed))

    assert refused(lambda: log_in(first.id, other)) == ("8017", 9)
    assert refused(lambda: log_in(first.id, read)) == ("8017", 8)  # used up by the wrong reading
    late = holder.credentials()
    ra.put_forward(CAPTCHA_LIFE + A_BIT)
    assert refused(lambda: holder.issuer.login(late)) == ("8017", 7)
    again = holder.credentials()
    holder.issuer.login(again)  # none of this counted as a wrong password
    assert refused(lambda: holder.issuer.login(again)) == ("8017", 9)


def test_other_logins_do_not_exist_here(ra: ReferenceRa, holder: Holder) -> None:
    person = NationalId(PEOPLE[0].id, Secret(PEOPLE[0].password))
    assert refused(lambda: holder.issuer.login(person)) == ("8007", None)
    broker = RaIssuer(ra.url, ra.tls_root, ra.clock)
    assert refused(broker.captcha) == ("8007", None)
    assert refused(lambda: broker.login(SiteAccount("user1", Secret("x"), "x", "1"))) == ("8007", None)
    broker.login(person)
    assert refused(lambda: broker.change_password(Secret("x"), Secret("y"))) == ("8025", None)
    broker.close()


@pytest.fixture
def browser(ra: ReferenceRa) -> Iterator[httpx.Client]:
    verify = ssl.create_default_context(cafile=str(ra.tls_root))
    with httpx.Client(verify=verify, trust_env=False) as client:
        yield client


def hand_over(browser: httpx.Client, address: str, password: str) -> httpx.Response:
    """What the browser does: load the page, fill in its form, send it."""
    page = browser.get(address)
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    form = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', unescape(page.text)))
    (action,) = re.findall(r'action="([^"]+)"', page.text)
    target = f"https://{page.url.host}:{page.url.port}{action}"
    return browser.post(target, data={**form, "id": PEOPLE[0].id, "password": password})


def test_single_sign_on_hands_a_login_over_once(ra: ReferenceRa, browser: httpx.Client) -> None:
    issuer = RaIssuer(ra.url, ra.tls_root, ra.clock)
    address = issuer.sign_on_page(REDIRECT, s256(VERIFIER), "st&te")
    wrong = hand_over(browser, address, "wrong")
    assert (wrong.status_code, "尚可嘗試 4 次" in wrong.text) == (401, True)

    def code() -> str:
        answer = hand_over(browser, address, PEOPLE[0].password)
        assert answer.status_code == 303
        there = urlsplit(answer.headers["Location"])
        assert f"{there.scheme}://{there.netloc}{there.path}" == REDIRECT
        given = parse_qs(there.query)
        assert given["state"] == ["st&te"]
        return given["code"][0]

    right = SingleSignOn(Secret(code()), Secret(VERIFIER), REDIRECT)
    assert issuer.login(right).person_id == PEOPLE[0].id
    assert issuer.certificates() == ()
    assert refused(lambda: issuer.login(right)) == ("8019", None)
    for verifier, redirect in (("w" * 64, REDIRECT), (VERIFIER, REDIRECT + "2")):
        stolen = SingleSignOn(Secret(code()), Secret(verifier), redirect)
        assert refused(partial(issuer.login, stolen)) == ("8019", None)
    late = SingleSignOn(Secret(code()), Secret(VERIFIER), REDIRECT)
    ra.put_forward(SIGN_ON_LIFE + A_BIT)
    assert refused(lambda: issuer.login(late)) == ("8019", None)
    issuer.close()


@pytest.mark.parametrize(
    "redirect", ["https://127.0.0.1:1/", "http://localhost:1/", "http://10.0.0.1:1/", "http://127.0.0.1/", "x:y"]
)
def test_single_sign_on_leads_to_the_loopback_only(ra: ReferenceRa, browser: httpx.Client, redirect: str) -> None:
    issuer = RaIssuer(ra.url, ra.tls_root, ra.clock)
    assert browser.get(issuer.sign_on_page(redirect, s256(VERIFIER), "s")).status_code == 422
    form = {"response_type": "code", "redirect_uri": redirect, "code_challenge": s256(VERIFIER)}
    form |= {"code_challenge_method": "S256", "state": "s", "id": PEOPLE[0].id, "password": PEOPLE[0].password}
    assert browser.post(f"{ra.url}/sso/authorize", data=form).status_code == 422
    other = RaIssuer(ra.url_of("twca-soft"), ra.tls_root, ra.clock)
    assert browser.get(other.sign_on_page(REDIRECT, s256(VERIFIER), "s")).status_code == 404
