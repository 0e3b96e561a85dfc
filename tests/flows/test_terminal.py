"""The same procedures for a person at a real terminal."""

from __future__ import annotations

import pexpect
import pytest

from certtray_sandbox.captcha import last_digits
from tests.faces import Program, TerminalScreen
from tests.flows.checks import opens
from tests.flows.sinopac import NEW_PASSWORD, OLD_PASSWORD, Broker
from tests.flows.site import SITE_PASSWORD, site


@pytest.mark.feature("0-03", "0-08", "0-09", "0-10", "0-11", "0-12", "0-13", "0-14", "0-20", "0-21")
def test_renewing_by_hand(broker: Broker, terminal: TerminalScreen) -> None:
    path = broker.give_certificate(12)
    screen = terminal.start("renew", path)
    screen.expect("憑證檔密碼")
    screen.sendline("wrong")
    screen.expect("密碼不正確")
    screen.sendline(OLD_PASSWORD)
    screen.expect("登入永豐金證券")
    screen.expect(r"A12345\*\*\*\*")  # offered, masked: Enter takes it
    screen.sendline("")
    screen.expect("網路下單密碼")
    screen.sendline(broker.person.password)
    screen.expect("出生年月日")
    screen.sendline("1968")
    screen.expect("8 位數字")
    screen.sendline(broker.person.birth_date)
    screen.expect("主管機關")
    screen.expect(r"1\. 手機 0988\*\*\*920")
    screen.sendline("1")
    screen.expect("輸入驗證碼")
    screen.expect("連續輸入錯誤 3 次")
    screen.expect(r"剩餘時間 4:5\d +可再輸入 3 次")
    screen.sendline("000000" if broker.ra.last_code() != "000000" else "111111")
    screen.expect("可再輸入 2 次")
    screen.sendline(broker.ra.last_code())
    screen.expect("驗證碼正確，將繼續更新憑證")
    screen.expect("用戶約定條款")
    screen.expect(r"7\. ")
    screen.sendline("n")
    screen.expect("需要同意約定條款")
    screen.sendline("y")
    screen.expect("設定新憑證檔的密碼")
    screen.sendline(NEW_PASSWORD)
    screen.expect("再輸入一次")
    screen.sendline("something else")
    screen.expect("兩次輸入不同")
    screen.sendline(NEW_PASSWORD)
    screen.expect("再輸入一次")
    screen.sendline(NEW_PASSWORD)
    screen.expect("完成，新的憑證檔在")
    screen.wait()
    assert screen.exitstatus == 0
    assert opens(path, NEW_PASSWORD)


def test_what_is_typed_as_a_secret_is_not_shown(broker: Broker, terminal: TerminalScreen) -> None:
    path = broker.give_certificate(12)
    screen = terminal.start("unlock", path)
    screen.expect("憑證檔密碼")
    screen.expect_exact(">")  # what is typed before the prompt is there, any terminal echoes
    screen.sendline(OLD_PASSWORD)
    screen.expect("不用密碼也知道到期日")
    assert OLD_PASSWORD not in str(screen.before)
    screen.sendline("n")
    screen.wait()
    assert screen.exitstatus == 0


def test_ctrl_c_stops_and_says_so(broker: Broker, terminal: TerminalScreen) -> None:
    path = broker.give_certificate(12)
    before = path.read_bytes()
    screen = terminal.start("renew", path)
    screen.expect("憑證檔密碼")
    screen.expect(">")
    screen.sendintr()
    screen.expect("已取消")
    screen.wait()
    assert screen.exitstatus == 75
    assert path.read_bytes() == before


@pytest.mark.feature("2-04")
def test_the_picture_is_drawn_on_the_terminal(certtray: Program, terminal: TerminalScreen) -> None:
    with site(certtray, "twca-soft") as soft:
        soft.register()
        screen = terminal.start("certificates", "--issuer", "twca-soft")
        screen.expect("登入TWCA 電子憑證")
        screen.sendline(soft.account)
        screen.expect("網站密碼")
        screen.sendline(soft.first_password)
        screen.expect("輸入圖形驗證碼")
        screen.expect("[▀▄█]{2}")
        screen.expect("/1 換一張圖")
        screen.sendline("/1")
        screen.expect("[▀▄█]{2}")
        screen.expect("/1 換一張圖")
        screen.sendline(last_digits(soft.ra.folder, "twca-soft"))
        screen.expect("目前的網站密碼")
        screen.sendline(soft.first_password)
        for asked in ("新的網站密碼", "再輸入一次"):
            screen.expect(asked)
            screen.sendline(SITE_PASSWORD)
        screen.expect("用戶憑證清單")
        screen.expect(pexpect.EOF)
