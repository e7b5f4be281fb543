import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.language.folding import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("華信建材（佛山）有限公司", "华信建材(佛山)有限公司"),
        ("ＧＦ８０１２　仿古磚", "gf8012 仿古砖"),
        ("乾隆後裡麵館", "干隆后里面馆"),
        (" Straße\u200b  \n 9 ", "strasse 9"),
        ("e\u0301cole", "école"),
        ("", ""),
    ],
)
def test_width_case_script_and_blanks_do_not_matter(text, folded):
    assert fold(text) == folded


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)
