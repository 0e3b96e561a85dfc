"""Error numbers, questions and answers, downloads: on the terminal and as JSON."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from certtray.cli.shown import error_as_data
from certtray.core.errors import IssuerRefused
from certtray.rules.codes import codes, find_codes
from certtray.text import Text
from tests.faces import Program

FACTS = """5001 5005 5010 5011 5012 5014 5015 5017 5020 5021 5022 5023 5024 5025 5026 5028 5030 5031 5032 5033 5034
5040 5041 5042 5043 5044 5045 5060 5061 5065 5070 5071 5072 5203 5204 5205 5206 5207 5208 5209 5225 5301 5302 5303 5304
5400 5401 5402 5902 5903 5904 5905 5906 1101 1102 1103 8 9 10 11 13 14 21 51 52 53 54 62 63 9039 9043 9056 9990
6025 6036 80092004 80070005 6001 7000 7500 0 12 20 30 31"""
"""Every number of FACTS.md 1.7."""


def test_every_number_has_its_cause_and_way_out_in_both_languages() -> None:
    assert set(FACTS.split()) <= {code.number for code in codes()}
    for code in codes():
        for words in (code.cause, code.todo):
            assert set(words) == {"zh_TW", "en"} and all(words.values())
    names = [(code.family, code.number) for code in codes()]
    assert len(set(names)) == len(names)
    table = tomllib.loads((Path(__file__).parents[2] / "config" / "codes.toml").read_text("utf-8"))
    assert {row["todo"] for row in table["code"]} == set(table["todo"]), "no way out is left over"


def test_numbers_as_people_write_them() -> None:
    assert find_codes("0x80092004") == find_codes("80092004") == find_codes(" 80092004 ")
    assert {code.family for code in find_codes("10")} == {"hitrust", "state"}
    assert find_codes("4711") == ()


@pytest.mark.feature("3-06")
def test_one_number(certtray: Program) -> None:
    (row,) = certtray.rows("codes", "80070005")
    assert row["family"] == "windows" and "寫入權限" in row["cause"] and "certtray environment" in row["todo"]
    assert "核發中" in certtray.run("codes", "6025").stdout
    assert len(certtray.rows("codes")) == len(codes())
    unknown = certtray.run("codes", "4711")
    assert unknown.returncode == 64 and "4711" in unknown.stderr


def test_a_refusal_with_a_known_number_brings_cause_and_way_out() -> None:
    said = error_as_data(Text("zh_TW"), IssuerRefused(number="5072", detail="拒絕"))
    assert "拒絕" in said["what"] and "已鎖住" in said["what"] and "請勿再試" in said["todo"]
    plain = error_as_data(Text("zh_TW"), IssuerRefused(number="10", detail="拒絕"))
    assert "暫禁" not in plain["what"], "a short number means something else at every issuer"


@pytest.mark.feature("3-29")
def test_questions_and_answers(certtray: Program) -> None:
    rows = certtray.rows("faq")
    assert len(rows) >= 12 and all(row["question"] and row["answer"] for row in rows)
    text = certtray.run("faq").stdout
    assert all(f"■ {row['question']}" in text and row["answer"] in text for row in rows)
    for number in ("6025", "6036", "80092004", "80070005"):
        assert any(number in row["question"] for row in rows)


@pytest.mark.feature("0-25", "2-26")
def test_whom_to_call_and_what_to_download(certtray: Program) -> None:
    rows = {row["issuer"]: row for row in certtray.rows("downloads")}
    assert rows["sinopac"]["phone"] == "0800-038-123"
    for issuer in ("twca-soft", "twca-fine"):
        twca = rows[issuer]
        assert (twca["phone"], twca["fax"]) == ("02-2370-8886", "02-2370-0728")
        assert twca["address"] == "台北市100延平南路85號10樓"
    assert rows["sinopac"]["downloads"][0]["url"].startswith("https://")
    text = certtray.run("downloads").stdout
    assert "0800-038-123" in text and re.search(r"下載專區　https://", text)
