"""How single texts and values are masked."""

import pytest

from desk.api.masking import Masking


@pytest.mark.parametrize(
    ("written", "masked"),
    [
        ("scrivi a <a.b+c@shop.co.uk>, grazie", "scrivi a <a•••@shop.co.uk>, grazie"),
        ("luca chiocciola example punto it", "l•••@example.it"),
        ("tel. 0039 394 1950001!", "tel. •••01!"),
        ("0464/123456 oppure +44 20 7946 0958", "•••56 oppure •••58"),
        ("CF RSSMRA78C14H330X", "CF •••"),
        ("MARIO  ROSSI e Maria Luisa De Santis", "M. R. e M. L. D. S."),
        ("il rossini di Mariolina", "il rossini di Mariolina"),
        ("ordine EG-20417, T-10023, CAP 38068", "ordine EG-20417, T-10023, CAP 38068"),
        ("il 21/11/2026, 02-11-2026 e 2026-11-21", "il 21/11/2026, 02-11-2026 e 2026-11-21"),
        ("costa 1.234,56 euro", "costa 1.234,56 euro"),
        ("", ""),
    ],
)
def test_texts_are_masked_as_far_as_names_are_known(written: str, masked: str) -> None:
    veil = Masking(["Mario Rossi", "Maria Luisa De Santis", " "])
    assert veil.text(written) == masked
    assert veil.text(masked) == masked


def test_data_is_masked_by_what_it_is_called() -> None:
    veil = Masking(["Mario"])
    data = {"telegram_id": 77, "first_name": "Mario", "likes": ["Mario", 3, None], "vip": True}
    assert veil.value("details", data) == {
        "telegram_id": "•••",
        "first_name": "•••",
        "likes": ["M.", 3, None],
        "vip": True,
    }
