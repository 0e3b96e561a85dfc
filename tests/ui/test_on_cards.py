"""Applying, unlocking and renewing on a card or token, clicked and typed, seen from the card's side and by OpenSSL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.token.conftest import service, soft_conf
from tests.token.holder import managed_row, signs
from tests.token.test_procedures import Finger
from tests.ui.conftest import World
from tests.ui.test_company import first_login
from tests.ui.test_renewal import Screen
from tests.ui.visit import SITE_PASSWORD, Visit

from certtray_sandbox import handing_out, terms
from certtray_sandbox.cards import softhsm
from certtray_sandbox.cards.memory import PIN, Memory
from certtray_sandbox.cards.piv import PivCard
from certtray_sandbox.cards.service import Service
from certtray_sandbox.cards.softhsm import SoftToken
from certtray_sandbox.people import COMPANY

__all__ = ["service"]
FINE, FXML, NEW_PIN = "twca-fine", "tcb-fxml", "654321"
PUT_DATA, CLAUSES = 0xDB, len(terms.of(FINE).clauses)


@pytest.fixture
def reader(service: Service, world: World, tmp_path: Path) -> Iterator[Service]:
    """A reader; programs started here see it and no other token, and may write to the rig's cards."""
    world.certtray.more.update(service.environment, SOFTHSM2_CONF=str(soft_conf(tmp_path / "none")))
    (world.certtray.home / "modules.toml").write_text(managed_row(), "utf-8")
    yield service
    service.slots[0].pull_when = None
    service.slots[0].remove()


def named(card: PivCard) -> str:
    """Return what the card is called through its maker's module."""
    return f"YubiKey PIV #{card.memory.serial}"


@pytest.mark.feature("4-02", "4-04", "4-12", "4-14", "4-17", "4-21", "4-22")
def test_a_company_s_card(world: World, reader: Service, screen: Screen, tmp_path: Path) -> None:
    site = Visit(world, screen(f"certtray://issuer/{FINE}"), FINE, COMPANY.id)
    site.register()
    handing_out.hand_out(site.sandbox, FINE, COMPANY.id, tmp_path / "card.json")
    pin, slot = site.mail()[-1].password, reader.slots[0]
    card = PivCard(Memory.load(tmp_path / "card.json"))
    slot.insert(card)

    site.begin("憑證申請")
    first_login(site)
    site.pick("選擇要辦理的憑證")
    site.yes("以下資料正確嗎？")
    site.agree(CLAUSES)
    site.asked(f"{named(card)} 的密碼")
    assert "可再輸入 3 次" in site.words and card.transcript.pins == []

    def second_certificate(_number: int, apdu: bytes) -> bool:
        return apdu[1] == PUT_DATA and sum(each.name == "PUT DATA" for each in card.transcript.exchanges) == 3

    slot.pull_when = second_certificate
    site.window.type(pin)
    assert "拔出" in site.ended("卡片已拔出")
    slot.pull_when = None
    slot.insert(card)
    site.begin("憑證下載")
    site.pick("要下載哪一張憑證？")
    site.type(f"{named(card)} 的密碼", pin)
    site.ended("憑證申請完成")
    assert [each.status for each in card.transcript.pins] == [0x9000] * 2
    serials = set(site.register_says())
    assert len(serials) == 2

    card.memory.left[PIN] = 0
    site.begin("晶片卡鎖卡解碼")
    site.to_the_site(site.slip(), SITE_PASSWORD)
    site.asked(f"{named(card)} 的新密碼")
    assert "卡片驗證成功" in site.words
    site.twice(f"{named(card)} 的新密碼", NEW_PIN)
    site.asked("晶片卡解鎖成功且密碼已重置")
    assert card.memory.pin == NEW_PIN.encode() + b"\xff\xff"
    puk = card.memory.puk.rstrip(b"\xff").decode()
    assert puk not in site.window.page.content() + site.window.said

    site.window.call("go", f"certtray://issuer/{FINE}")
    site.window.click("登出")
    site.begin("憑證展期（更新）")
    site.yes("還沒到更新的時候")  # two years before the end
    site.asked("憑證識別碼")
    assert "不需要網站密碼" in site.words
    site.window.type("")
    site.digits()
    site.type(f"{named(card)} 的密碼", NEW_PIN)
    site.agree(CLAUSES)
    site.type(f"{named(card)} 的密碼", NEW_PIN)
    site.ended("憑證更新完成")
    assert len(set(site.register_says()) - serials) == 2
    assert {site.register_says()[serial] for serial in serials} == {"superseded"}
    kept = b"".join(path.read_bytes() for path in world.certtray.home.glob("*") if path.is_file())
    for secret in (pin, NEW_PIN, puk, SITE_PASSWORD):
        assert secret.encode() not in kept


@pytest.mark.feature("3-10", "3-14")
def test_an_ikey(world: World, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = SoftToken(tmp_path / "soft")
    world.certtray.more.update(token.environment)
    for name, value in token.environment.items():
        monkeypatch.setenv(name, value)
    bank = Visit(world, screen(f"certtray://issuer/{FXML}"), FXML)
    slip = bank.register(device="iKey")
    bank.begin("憑證申請")
    bank.to_the_site(slip)
    assert "iKey" in bank.pick("選擇要辦理的憑證")
    bank.yes("以下資料正確嗎？")
    bank.type("通知用的電子郵件", "new@example.com")
    bank.agree(10)
    name = f"iKey ({world.certtray.rows('token', 'list')[0]['serial']})"
    bank.asked(f"{name} 的密碼")
    assert "連續輸錯幾次會鎖住" in bank.words and "10" in bank.words
    bank.window.type(softhsm.PIN)
    bank.type("憑證申請密碼", bank.apply_password())
    bank.pick("憑證申請中，等待CA核發", "現在就下載")
    assert "已存入 iKey" in bank.ended("憑證申請完成")
    bank.begin("憑證更新")
    bank.yes("還沒到更新的時候")
    bank.to_the_site(slip)
    bank.type("通知用的電子郵件", "")
    bank.agree(10)
    bank.type(f"{name} 的密碼", softhsm.PIN)
    bank.pick("憑證更新中，等待CA核發", "現在就下載")
    bank.ended("憑證更新完成")
    (row,) = world.certtray.rows("token", "list")
    assert len(row["certificates"]) == 4
    assert all(signs(token, each["id"], tmp_path) for each in row["certificates"])
    assert softhsm.PIN not in bank.window.page.content() + bank.window.said


@pytest.mark.feature("3-11", "3-15")
def test_an_ezsign(world: World, reader: Service, screen: Screen, tmp_path: Path) -> None:
    card = PivCard(Memory.new(tmp_path / "ezsign.json", tries=10))
    card.button.needed = True
    reader.slots[0].insert(card)
    bank = Visit(world, screen(f"certtray://issuer/{FXML}"), FXML)
    slip = bank.register(device="ezSign")
    bank.begin("憑證申請")
    bank.to_the_site(slip)
    assert "ezSign" in bank.pick("選擇要辦理的憑證")
    bank.yes("以下資料正確嗎？")
    bank.type("通知用的電子郵件", "")
    bank.agree(10)
    bank.type(f"{named(card)} 的密碼", "123456")
    bank.asked("正在載具上產生金鑰，需要一些時間，請勿拔出載具或關閉視窗…")
    assert "請按裝置上的確認鍵" in bank.words
    finger = Finger(card.button)
    bank.type("憑證申請密碼", bank.apply_password())
    bank.pick("憑證申請中，等待CA核發", "現在就下載")
    bank.ended("憑證申請完成")
    bank.begin("憑證更新")
    bank.yes("還沒到更新的時候")
    bank.to_the_site(slip)
    bank.type("通知用的電子郵件", "")
    bank.agree(10)
    bank.type(f"{named(card)} 的密碼", "123456")
    words = bank.pick("憑證更新中，等待CA核發", "現在就下載")
    assert "接著用 2 張舊憑證簽章" in words
    bank.ended("憑證更新完成")
    finger.lift()
    assert card.button.presses == 2 * 2 + 2 * 2 + 2
