"""Every encoding of the import page, and the refusal where bytes leave it open."""

from __future__ import annotations

import pytest

from cs_core.errors import InputError
from tests.core.importers.helpers import column

JAPANESE = (
    "顧客ID,会社名,契約開始日,月額料金\n"
    "001,青葉製作所,2024-04-01,1200\n"
    "002,ミナトソフト,2024-05-01,3400\n"
)


@pytest.mark.parametrize(
    ("codec", "label"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp932", "cp932"),
        ("euc_jp", "euc-jp"),
        ("iso2022_jp", "iso-2022-jp"),
    ],
)
def test_japanese_is_read_in_every_encoding_it_comes_in(take, codec, label):
    reading = take(JAPANESE.encode(codec))
    assert reading.encoding == label
    assert column(reading, "name", "accounts") == ["青葉製作所", "ミナトソフト"]


def test_cp932_keeps_its_own_characters_and_bytes_that_end_in_a_backslash(take):
    # ① ㈱ 髙 are not in shift_jis; 表 ソ 能 end in 0x5C.
    text = "顧客ID,会社名,契約開始日,月額料金\n1,㈱髙島屋①,2024-04-01,1\n2,ソ表能,2024-04-01,1\n"
    reading = take(text.encode("cp932"))
    assert reading.encoding == "cp932"
    assert column(reading, "name", "accounts") == ["㈱髙島屋①", "ソ表能"]


def test_western_text_is_told_from_japanese(take):
    text = (
        "customer id,name,start date,mrr\n"
        "1,Société Générale,2024-04-01,1\n"
        "2,Müller & Söhne,2024-04-01,1\n"
    )
    reading = take(text.encode("cp1252"))
    assert reading.encoding == "cp1252"
    assert column(reading, "name", "accounts") == ["Société Générale", "Müller & Söhne"]


@pytest.mark.parametrize("codec", ["big5", "gb18030", "euc_kr"])
def test_an_encoding_that_is_none_of_ours_is_asked_for(take, codec):
    text = "客戶,開始\n" + "臺灣積體電路製造,停車場服務資訊\n" * 20
    if codec == "euc_kr":
        text = "고객,시작\n" + "한국전력공사,서비스정보\n" * 20
    with pytest.raises(InputError) as refusal:
        take(text.encode(codec))
    assert refusal.value.code == "encoding_unsure"
    assert refusal.value.fields["option"] == "--encoding"


def test_half_width_kana_alone_could_be_kanji_and_is_asked_for(take):
    with pytest.raises(InputError) as refusal:
        take("ｺｰﾄﾞ,ﾅﾏｴ\n1,ｱｵﾊﾞ\n2,ﾐﾅﾄ\n".encode("cp932"))
    assert refusal.value.code == "encoding_unsure"
    assert "cp932" in str(refusal.value.fields["candidates"])


def test_a_given_encoding_is_used_or_refused(take):
    assert take(JAPANESE.encode("cp932"), encoding="shift_jis").encoding == "cp932"
    with pytest.raises(InputError) as refusal:
        take(JAPANESE.encode("cp932"), encoding="utf-8")
    assert refusal.value.code == "wrong_encoding"
    with pytest.raises(InputError) as refusal:
        take(JAPANESE, encoding="klingon")
    assert refusal.value.code == "unknown_encoding"


@pytest.mark.shared
def test_the_cabinet_office_file_has_no_replacement_character(take, shared):
    reading = take((shared / "japanese" / "syukujitsu.csv").read_bytes())
    assert reading.encoding == "cp932"
    assert reading.rows_read == 1067
    cells = [cell for row in reading.set_aside for cell in row.row]
    assert len(cells) == 2 * 1067
    assert not any("\ufffd" in cell for cell in cells)
    assert cells[:2] == ["1955/1/1", "元日"]
