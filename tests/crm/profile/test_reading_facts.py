"""What people write of themselves, and what is read from it."""

import pytest

from crm.profile.facts import Facts, read_facts


def facts(
    email: str | None = None,
    given: str | None = None,
    family: str | None = None,
    cap: str | None = None,
    **others: str,
) -> Facts:
    return Facts(email=email, given_name=given, family_name=family, cap=cap, **others)


MARIO = ("Mario", "Rossi")

TOGETHER = [
    (
        "sono Mario Rossi, mario.rossi@example.it, 38068",
        facts("mario.rossi@example.it", *MARIO, "38068"),
    ),
    ("rossi mario 38068", facts(None, *MARIO, "38068")),
    ("Rossi Mario,38068", facts(None, *MARIO, "38068")),
    ("mario rossi 38068 m.rossi@example.it", facts("m.rossi@example.it", *MARIO, "38068")),
    ("m.rossi@example.it mario rossi", facts("m.rossi@example.it", *MARIO)),
    ("38068, Mario Rossi", facts(None, *MARIO, "38068")),
    (
        "My name is Emily Carter, email emily.carter@example.com, postcode 70121",
        facts("emily.carter@example.com", "Emily", "Carter", "70121"),
    ),
    (
        "Emily Carter / emily@example.com / 70121",
        facts("emily@example.com", "Emily", "Carter", "70121"),
    ),
    (
        "sono LUCA GALLO MAIL LUCAGALLO@GMAIL.COM CAP 80134",
        facts("lucagallo@gmail.com", "Luca", "Gallo", "80134"),
    ),
    (
        "allora io mi chiamo maria grazia esposito sto a napoli il codice postale è 80137 e la "
        "posta è mgesposito@libero.it",
        facts("mgesposito@libero.it", "Maria Grazia", "Esposito", "80137"),
    ),
    ("mario, mario@example.it, 38068", facts("mario@example.it", "Mario", None, "38068")),
    ("Xu Lin, 20121", facts(None, "Xu", "Lin", "20121")),
    ("mi presento, Ottavio Marchetti, vostro cliente da anni", facts(None, "Ottavio", "Marchetti")),
    (
        "Mario Rossi, cell. 333 1234567, mario@example.it",
        facts("mario@example.it", *MARIO, phone="+393331234567"),
    ),
    (
        "sono Mario Rossi, codice fiscale RSSMRA80A01F205X",
        facts(None, *MARIO, codice_fiscale="RSSMRA80A01F205X"),
    ),
    (
        "nome: Mario\ncognome: Rossi\nmail: mario@example.it\ncap: 38068",
        facts("mario@example.it", *MARIO, "38068"),
    ),
    ("sono Mario Rossi di Trento, 38121", facts(None, *MARIO, "38121")),
    ("hello, Margaret O'Neill here, an existing customer", facts(None, "Margaret", "O'Neill")),
]

NAMES = [
    ("MARIO ROSSI", MARIO),
    ("Mario Rossi", MARIO),
    ("Buongiorno, Mario Rossi", MARIO),
    ("Mario Rossi, il phon non si accende", MARIO),
    ("il phon non va. Mario Rossi", MARIO),
    ("mi chiamo maria luisa de santis", ("Maria Luisa", "De Santis")),
    ("il mio nome è nicolò d'angelo", ("Nicolò", "D'Angelo")),
    ("il mio nome è nicolo' d’angelo", ("Nicolò", "D'Angelo")),
    ("sono de luca", (None, "De Luca")),
    ("Sono Di Maio Luigi", ("Luigi", "Di Maio")),
    ("sono rosa bianchi", ("Rosa", "Bianchi")),
    ("mi chiamo rosa", ("Rosa", None)),
    ("sono lucia", ("Lucia", None)),
    ("sono Popescu", (None, "Popescu")),
    ("sono amina diallo", ("Amina", "Diallo")),
    ("sono mario pastrufazio", ("Mario", "Pastrufazio")),
    ("sono Mario Ferro", ("Mario", "Ferro")),
    ("sono il sig. Rossi", (None, "Rossi")),
    ("sono la signora Ferrari di Rovereto", (None, "Ferrari")),
    ("sono la dott.ssa Anna Verdi", ("Anna", "Verdi")),
    ("non sono Marco, sono Matteo Villa", ("Matteo", "Villa")),
    ("sono Mario Rossi da Milano", MARIO),
    ("sono Giulia e il phon non va", ("Giulia", None)),
    ("sono giulia vorrei un rimborso", ("Giulia", None)),
    ("nome Mario cognome Rossi", MARIO),
    ("di nome faccio Ignazio, di cognome Lo Presti", ("Ignazio", "Lo Presti")),
    ("nome e cognome: Stefano Deluca", ("Stefano", "Deluca")),
    ("il mio cognome è Zanetti", (None, "Zanetti")),
    ("my surname is Campbell", (None, "Campbell")),
    ("first name Anita, surname Patel", ("Anita", "Patel")),
    ("la tessera è intestata a mia moglie Patrizia Longo", ("Patrizia", "Longo")),
    ("scrivo per mia mamma, si chiama Rosa Cattaneo", ("Rosa", "Cattaneo")),
    ("mio nome Ion Popescu", ("Ion", "Popescu")),
    ("io chiamare Amina Diallo", ("Amina", "Diallo")),
    ("mi chiamo Xiaoming", ("Xiaoming", None)),
    ("My name's Kate Williams", ("Kate", "Williams")),
    ("I'm John Smith", ("John", "Smith")),
    ("this is Sarah from Milano", ("Sarah", None)),
    ("it's me, John Smith", ("John", "Smith")),
    ("Kate Williams speaking", ("Kate", "Williams")),
    ("call me Jenny", ("Jenny", None)),
    ("I AM MARIA LOPEZ", ("Maria", "Lopez")),
    ("you should have me registered as Laura Bianchi", ("Laura", "Bianchi")),
    ("no, I'm not Anna, I'm Hannah Weber", ("Hannah", "Weber")),
    ("sono un'altra persona, Laura Bassi, uso il pc di mio marito", ("Laura", "Bassi")),
]

ANSWERS = [
    ("de luca", (None, "De Luca")),
    ("ferrari", (None, "Ferrari")),
    ("Popescu", (None, "Popescu")),
    ("Giovanni", ("Giovanni", None)),
    ("ciao, rossi mario", MARIO),
    ("è mario rossi", MARIO),
    ("DE LUCA ANTONIO", ("Antonio", "De Luca")),
    ("Zhang Li", ("Li", "Zhang")),
    ("Maria Pia", ("Maria Pia", None)),
    ("xiaoming", ("Xiaoming", None)),
    ("Rosa", ("Rosa", None)),
    ("Costa", (None, "Costa")),
    ("O'Brien", (None, "O'Brien")),
    ("emma thompson thanks", ("Emma", "Thompson")),
    ("gian luca verdi", ("Gian Luca", "Verdi")),
]

EMAILS = [
    ("la mail è mario chiocciola example punto it", "mario@example.it"),
    ("mario punto rossi chiocciola gmail punto com", "mario.rossi@gmail.com"),
    ("luca trattino neri chiocciola libero punto it", "luca-neri@libero.it"),
    ("anna underscore b chiocciola tiscali punto it", "anna_b@tiscali.it"),
    ("mario.rossi @ gmail . com", "mario.rossi@gmail.com"),
    ("mario@example. it", "mario@example.it"),
    ("mario@gmail,com", "mario@gmail.com"),
    ("mario.rossi@@gmail.com", "mario.rossi@gmail.com"),
    ("mario(at)example(dot)it", "mario@example.it"),
    ("mario [at] gmail [dot] com", "mario@gmail.com"),
    ("my mail is steveturner at gmail.com", "steveturner@gmail.com"),
    ("<mario@example.it>", "mario@example.it"),
    ("è mario@example.it.", "mario@example.it"),
    ("mail:mario@example.it;", "mario@example.it"),
    ("Mario.Rossi@GMIAL.COM.", "mario.rossi@gmail.com"),
    ("a.b@gmail.con", "a.b@gmail.com"),
    ("a.b@gmail.it", "a.b@gmail.it"),
    ("x.y@hotmial.it", "x.y@hotmail.it"),
    ("luca@libero.ti", "luca@libero.it"),
    ("anna@outlok.com", "anna@outlook.com"),
    ("anna@otmail.it", "anna@hotmail.it"),
    ("anna@yaho.it", "anna@yahoo.it"),
    ("anna@gmailcom", "anna@gmail.com"),
    ("anna@libero", "anna@libero.it"),
    ("anna@icloud.con", "anna@icloud.com"),
    ("anna@virgillio.it", "anna@virgilio.it"),
    ("anna@libera.it", "anna@libera.it"),
    ("anna@mail.com", "anna@mail.com"),
    ("anna@gmx.net", "anna@gmx.net"),
    ("anna@tin.it", "anna@tin.it"),
    ("anna@tim.it", "anna@tim.it"),
    ("anna@hotmail.fr", "anna@hotmail.fr"),
    ("anna@hotmail.at", "anna@hotmail.at"),
    ("anna@comune.rovereto.tn.it", "anna@comune.rovereto.tn.it"),
    ("non è a.b@example.it, è c.d@example.it", "c.d@example.it"),
    ("a.b@example.it, scusa, volevo dire c.d@example.it", "c.d@example.it"),
    ("a.b@example.it o c.d@example.it", "a.b@example.it"),
    ("look at example.com", None),
    ("ci vediamo @ casa", None),
]

CAPS = [
    ("no, il CAP è 38068", "38068"),
    ("38068 Rovereto", "38068"),
    ("Rovereto 38068", "38068"),
    ("abito a Bari, 70121", "70121"),
    ("cap 09124 Cagliari", "09124"),
    ("I-38068", "38068"),
    ("il mio cap: 00100", "00100"),
    ("codice di avviamento postale 20121", "20121"),
    ("zip code 20121", "20121"),
    ("my postal code is 00185", "00185"),
    ("il cap non è 38068 ma 38069", "38069"),
    ("38068, anzi no, 38069", "38069"),
    ("il mio ordine 20121 e il cap 38068", "38068"),
    ("cap 38122", "38122"),
    ("cap 99999", "99999"),
    ("99999", None),
    ("EG-20417", None),
    ("eg20417", None),
    ("ordine 20121", None),
    ("numero ordine 20121", None),
    ("ordine n. 20121", None),
    ("l'ordine che ho fatto è 20121", None),
    ("order number 20121", None),
    ("n. 20121", None),
    ("il codice è 38068", None),
    ("ho speso 20121 euro", None),
    ("€20121", None),
    ("0464 421900", None),
    ("il codice è 482913", None),
    ("12/05/1980", None),
]

NO_NAMES = [
    *("il phon non funziona", "quanto costa la spedizione", "non lo so", "sono arrabbiato"),
    *("sono a Milano", "I am angry", "sono in ritardo", "Sono Arrabbiato", "SONO ARRABBIATO"),
    *("sono di fretta", "sono felice", "sono contenta", "I'm happy", "I'm looking for a gift"),
    *("sono di milano", "sono di Rovereto", "qui Milano", "this is ridiculous", "sono io"),
    *("This is Unacceptable", "sono un cliente", "sono vostra cliente da anni", "sono qui"),
    *("sono stufo di aspettare", "sono tre giorni che aspetto", "sono passati 5 giorni"),
    *("ci sono problemi", "quali sono gli orari", "dove sono i miei punti", "sono le 10"),
    *("Maria Nila shampoo", "crema viola", "Ciao Giulia", "I'm Italian", "I'm from Rome"),
    *("am I late?", "sono nata a Roma", "mi chiamo come mio padre", "grazie mille Chiara"),
    *("sono interessata alla piastra Rowenta", "sono la moglie di Mario Rossi", "buonasera"),
    *("il corriere Marco Bianchi è stato scortese", "de luca", "pastrufazio", "grazie", "annulla"),
    *("chiudo qui, alla prossima volta", "the courier was rude", "vorrei correggere il mio nome"),
]

NO_ANSWERS = [
    *("non lo so", "non voglio dirlo", "perché?", "che ti importa", "quanto costa la spedizione"),
    *("no", "sì", "ok", "dopo", "annulla", "boh", "Rovereto", "Milano", "via Roma 12", "Bello!"),
    *("grazie dell'aiuto", "senz'altro", "I love you", "15 June", "hmm", "12345", "", "???"),
    *("vorrei parlare con un operatore", "non funziona niente", "what do you mean", "english"),
]


@pytest.mark.parametrize(("text", "expected"), TOGETHER)
def test_several_facts_are_read_from_one_message(text: str, expected: Facts) -> None:
    assert read_facts(text) == expected


@pytest.mark.parametrize(("text", "name"), NAMES)
def test_a_name_is_read(text: str, name: tuple[str | None, str | None]) -> None:
    read = read_facts(text)
    assert (read.given_name, read.family_name) == name


@pytest.mark.parametrize(("text", "name"), ANSWERS)
def test_a_bare_answer_is_the_name_asked_for(
    text: str, name: tuple[str | None, str | None]
) -> None:
    read = read_facts(text, expected="person_name")
    assert (read.given_name, read.family_name) == name


@pytest.mark.parametrize(("text", "email"), EMAILS)
def test_an_email_is_read(text: str, email: str | None) -> None:
    assert read_facts(text).email == email


@pytest.mark.parametrize(("text", "cap"), CAPS)
def test_a_cap_is_read_and_other_numbers_are_not(text: str, cap: str | None) -> None:
    assert read_facts(text).cap == cap


@pytest.mark.parametrize("text", NO_NAMES)
def test_an_ordinary_sentence_is_no_name(text: str) -> None:
    assert read_facts(text).name is None


@pytest.mark.parametrize("text", NO_ANSWERS)
def test_an_evasive_answer_is_no_name(text: str) -> None:
    assert read_facts(text, expected="person_name").name is None


@pytest.mark.parametrize("written", ["38068", "38 068", "3 8 0 6 8", "38.068", "cap: 38068"])
def test_an_expected_cap_may_be_written_in_any_way(written: str) -> None:
    assert read_facts(written, expected="cap").cap == "38068"


def test_an_expected_cap_need_not_be_known_but_an_order_number_is_none() -> None:
    assert read_facts("20417", expected="cap").cap == "20417"
    assert read_facts("EG-20417", expected="cap").cap is None
    assert read_facts("ordine 20417", expected="cap").cap is None


def test_an_expected_email_may_lack_its_sign() -> None:
    assert read_facts("mario.rossi gmail.com", expected="email").email == "mario.rossi@gmail.com"
    assert read_facts("mario.rossi gmail.com").email is None
    assert read_facts("non ricordo", expected="email").email is None


def test_names_understood_by_the_language_model_are_preferred() -> None:
    text = "vorrei parlare con Paola, mi ha seguita lei"
    assert read_facts(text, names=["Paola"]).given_name == "Paola"
    assert read_facts("sono Mario Rossi", names=["Mario"]).name == "Mario Rossi"
    assert read_facts("sono Anna, Anna Frattini", names=["Anna", "Anna Frattini"]).name == (
        "Anna Frattini"
    )


def test_what_the_language_model_mistook_for_a_name_is_not_believed() -> None:
    assert read_facts("sono arrabbiato", names=["arrabbiato"]).name is None
    assert read_facts("sono a Milano", names=["Napoli"]).name is None


def test_facts_are_true_when_anything_is_known() -> None:
    assert not Facts()
    assert not read_facts("ciao")
    assert Facts(cap="38068")
    assert Facts(family_name="Rossi").name == "Rossi"
    assert Facts().name is None
