"""CSV and Excel: what is read, what is wrong and where, what is new."""

import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from crm.consent.models import Consent
from crm.db import Database
from crm.profile.elastic import OwnField, OwnFields
from crm.profile.models import Customer, Trait
from integrations.sources.errors import BadMapping, SourceAway
from integrations.sources.sync import Syncing
from tests.integrations.sources.conftest import Bring

SHOP: dict[str, Any] = {
    "source": "shop",
    "read": {"kind": "file", "path": "customers.csv"},
    "key": "numero",
    "at": "data",
    "fields": {"name": "cliente", "email": "mail", "phone": "tel", "cap": "cap",
               "skin": {"from": "pelle", "kind": "derived", "values": {"S": "dry", "G": "oily"}}},
    "consents": [{"purpose": "marketing", "channel": "email", "from": "news"}],
}  # fmt: skip
HEADER = "numero;data;cliente;mail;tel;cap;pelle;news\n"
MARIO = "1;02/03/2026;ROSSI MARIO;Mario.Rossi@Example.it;340 1234567;38068;S;SI\n"


def write(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / "customers.csv"
    path.write_bytes("".join(lines).encode(encoding))
    return path


def customers(database: Database) -> list[Customer]:
    with database.reading() as session:
        return list(session.scalars(select(Customer).order_by(Customer.id)))


def test_a_row_becomes_a_profile_in_our_words(
    database: Database, tmp_path: Path, bring_in: Bring
) -> None:
    write(tmp_path, HEADER, MARIO)
    report = bring_in(SHOP)
    [mario] = customers(database)
    assert (mario.given_name, mario.family_name) == ("Mario", "Rossi")
    assert (mario.email, mario.phone) == ("mario.rossi@example.it", "+393401234567")
    assert (report.counts["rows"], report.counts["new"], report.errors) == (1, 1, [])
    with database.reading() as session:
        skin = session.scalars(select(Trait).filter_by(name="skin")).one()
        assert (skin.value, skin.kind, skin.source) == ("dry", "derived", "shop:1")
        assert skin.at.isoformat() == "2026-03-02T11:00:00+00:00"
        assert session.scalars(select(Consent)).one().granted


def test_errors_name_file_line_and_column_and_the_rest_goes_on(
    database: Database, tmp_path: Path, bring_in: Bring
) -> None:
    write(
        tmp_path,
        HEADER,
        MARIO,
        "2;ieri;Lucia Bianchi;lucia@@example;99;380689999;Z;forse\n",
        ";02/03/2026;Senza Chiave;;;;;\n",
        "4;02/03/2026;Troppe;a@example.it;;;S;SI;celle\n",
        '5;02/03/2026;"Anna\nVerdi";anna@example.it;;;;NO\n',
        "6;02/03/2026;Ugo Neri;ugo@example.it;;;;\n",
    )
    report = bring_in(SHOP)
    assert [str(error) for error in report.errors] == [
        "customers.csv:5: it has 9 cells, the header 8; quote what holds a delimiter",
        "customers.csv:3: data: it is no date or time; write it like 2026-03-02 or "
        "2026-03-02T09:30:00",
        "customers.csv:3: mail: it is no e-mail address",
        "customers.csv:3: tel: there is no such phone number",
        "customers.csv:3: cap: it is no CAP: five digits",
        "customers.csv:3: pelle: it is none of S, G",
        "customers.csv:3: news: it is neither yes (1) nor no (0)",
        "customers.csv:4: numero: the key has 0 characters; it needs 1 to 120",
    ]
    assert [one.full_name for one in customers(database)] == [
        "Mario Rossi", "Lucia Bianchi", "Anna Verdi", "Ugo Neri"
    ]  # fmt: skip
    assert report.counts["errors"] == 8


def test_lines_are_counted_past_cells_with_line_breaks(tmp_path: Path, bring_in: Bring) -> None:
    write(tmp_path, HEADER, '5;;"Anna\nVerdi";;;;;\n', "6;;Ugo Neri;nessuna;;;;\n")
    [error] = bring_in(SHOP).errors
    assert error.place == "customers.csv:4"


def test_a_codice_fiscale_of_somebody_else_is_kept_and_told(
    database: Database, tmp_path: Path, bring_in: Bring
) -> None:
    header, code = "numero;cliente;nato;cf\n", "RSSMRA80A01F205X"
    rows = (f"1;Mario Rossi;01/01/1980;{code}\n", f"2;Lucia Verdi;01/01/1980;{code}\n")
    write(tmp_path, header, *rows)
    fields = {"name": "cliente", "birth_date": {"from": "nato", "type": "date"},
              "codice_fiscale": "cf"}  # fmt: skip
    report = bring_in({"source": "shop", "read": SHOP["read"], "key": "numero", "fields": fields})
    problem = "cf: it is not of somebody with this given name and family name; kept, but not"
    assert [str(error) for error in report.errors] == [
        f"customers.csv:3: {problem} to know them by"
    ]
    assert len(customers(database)) == 2
    with database.reading() as session:
        assert session.scalars(select(Trait.value).filter_by(name="codice_fiscale")).all() == [
            code, code
        ]  # fmt: skip


def test_a_row_in_another_encoding_is_one_error(
    database: Database, tmp_path: Path, bring_in: Bring
) -> None:
    path = write(tmp_path, HEADER, MARIO)
    path.write_bytes(path.read_bytes() + "7;;Nicolò Bianchi;;;;;\n".encode("latin-1"))
    [error] = bring_in(SHOP).errors
    assert str(error).startswith("customers.csv:3: it is not UTF-8")
    latin = {**SHOP, "read": {**SHOP["read"], "encoding": "latin-1"}}
    assert bring_in(latin).errors == []
    assert customers(database)[1].given_name == "Nicolò"


def test_an_unchanged_file_is_not_read_again_a_changed_row_is(
    database: Database, tmp_path: Path, bring_in: Bring
) -> None:
    path = write(tmp_path, HEADER, MARIO)
    bring_in(SHOP)
    assert bring_in(SHOP).counts["rows"] == 0
    write(tmp_path, HEADER, MARIO, MARIO.replace("1;", "2;", 1).replace("MARIO", "LUCIA"))
    os.utime(path, (1, 1))
    report = bring_in(SHOP)
    assert (report.counts["unchanged"], report.counts["new"]) == (1, 1)
    assert bring_in(SHOP, Syncing(anew=True)).counts["unchanged"] == 2


def test_rows_before_the_watermark_are_passed_over(tmp_path: Path, bring_in: Bring) -> None:
    dated = {**SHOP, "read": {**SHOP["read"], "watermark": "data"}}
    old, new = "1;2026-03-01;Mario Rossi;;;;;\n", "2;2026-03-02;Lucia Bianchi;;;;;\n"
    write(tmp_path, HEADER, old, new)
    bring_in(dated)
    write(tmp_path, HEADER, old, new, "3;2026-03-03;Anna Verdi;;;;;\n")
    assert bring_in(dated).counts["rows"] == 2


def test_declared_fields_are_checked(database: Database, tmp_path: Path, bring_in: Bring) -> None:
    fields = OwnFields({"shoe": OwnField(type="integer", least=15, most=50, kind="third_party")})
    write(tmp_path, "numero,scarpe\n", "1,42\n", "2,420\n", "3,\n")
    shoes = {"source": "shoes", "read": SHOP["read"], "key": "numero", "fields": {"shoe": "scarpe"}}
    report = bring_in(shoes, Syncing(own_fields=fields))
    assert [str(one) for one in report.errors] == ["customers.csv:3: scarpe: it must be at most 50"]
    with database.reading() as session:
        [shoe] = session.scalars(select(Trait))
    assert (shoe.value, shoe.kind) == (42, "third_party")


def test_what_is_missing_is_said_in_one_sentence(tmp_path: Path, bring_in: Bring) -> None:
    with pytest.raises(SourceAway, match=r"customers\.csv cannot be read: No such file"):
        bring_in(SHOP)
    write(tmp_path, "numero;data\n")
    with pytest.raises(BadMapping, match=r"names the column 'cliente'; there are: numero, data"):
        bring_in(SHOP)
    write(tmp_path, "")
    with pytest.raises(BadMapping, match="has no header row"):
        bring_in(SHOP)


def test_excel_sheets_are_read_as_files_are(
    database: Database, tmp_path: Path, bring_in: Bring
) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["note"])
    sheet = book.create_sheet("clienti")
    sheet.append(HEADER.strip().split(";"))
    sheet.append([1, "02/03/2026", "ROSSI MARIO", "m@example.it", 3401234567, 38068, "S", True])
    sheet.append([2, None, "Anna Verdi", "nessuna", None, None, None, None])
    book.save(tmp_path / "clienti.xlsx")
    excel = {**SHOP, "read": {"kind": "file", "path": "clienti.xlsx", "sheet": "clienti"}}
    report = bring_in(excel)
    assert [str(error) for error in report.errors] == [
        "clienti.xlsx:3: mail: it is no e-mail address"
    ]
    mario, anna = customers(database)
    assert (mario.phone, mario.cap, anna.full_name) == ("+393401234567", "38068", "Anna Verdi")
    with pytest.raises(BadMapping, match="has no sheet 'altro'; it has: Sheet, clienti"):
        bring_in({**excel, "read": {**excel["read"], "sheet": "altro"}})
