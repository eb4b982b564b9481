"""R3: from the CAP follow comune, provincia and regione."""

import pytest

from crm.profile.places import is_generic, is_plausible, normalise_cap, place_name, places_of

NAMED = [
    ("38068", "Rovereto"),
    ("20121", "Milano"),
    ("00184", "Roma"),
    ("70121", "Bari"),
    ("89121", "Reggio Calabria"),
    ("42121", "Reggio Emilia"),
    ("39100", "Bolzano"),
    ("38122", "Trento"),
    ("47521", "Cesena"),
    ("20900", "Monza"),
    ("38062", "Arco"),
    ("00100", "Roma"),
    ("20100", "Milano"),
    ("99999", None),
    ("00000", None),
]


@pytest.mark.parametrize(("cap", "name"), NAMED)
def test_a_cap_names_its_place(cap: str, name: str | None) -> None:
    assert place_name(cap) == name
    assert is_plausible(cap) == (name is not None)


def test_r3_comune_provincia_and_regione_follow_from_the_cap() -> None:
    rovereto = places_of("38068")[0]
    assert (rovereto.comune, rovereto.provincia, rovereto.regione) == (
        "Rovereto",
        "TN",
        "Trentino-Alto Adige",
    )


def test_a_cap_of_several_comuni_is_called_by_one_and_its_provincia() -> None:
    places = places_of("38060")
    assert len(places) > 5
    assert place_name("38060") == f"{places[0].comune} (TN)"


def test_the_abolished_caps_of_zoned_cities_stand_for_the_city() -> None:
    assert all(map(is_generic, ("00100", "20100", "10100", "50100", "80100")))
    assert not is_generic("20121")
    assert [place.comune for place in places_of("20100")] == ["Milano"]


@pytest.mark.parametrize(
    ("written", "cap"),
    [
        (" 38068 ", "38068"),
        ("I-38068", "38068"),
        ("IT 38068", "38068"),
        (9124, "09124"),
        ("184", None),
        (38068.0, "38068"),
        ("380681", None),
        ("", None),
        (None, None),
    ],
)
def test_a_cap_is_a_string_of_five_digits(written: object, cap: str | None) -> None:
    assert normalise_cap(written) == cap


def test_every_cap_has_a_known_regione() -> None:
    known = [places_of(f"{cap:05}") for cap in range(100_000)]
    assert sum(map(bool, known)) > 4_600
    assert {place.regione for places in known for place in places} >= {"Lazio", "Molise", "Puglia"}
    assert len({place.regione for places in known for place in places}) == 20
