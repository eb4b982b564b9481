"""Compares what is known of two people, and says with what weight they are one."""

from collections.abc import Callable, Iterable
from itertools import product

from rapidfuzz.distance import OSA

from crm.profile.emails import compare_emails
from crm.profile.keys import Known, Name
from crm.profile.likeness import Likeness, best
from crm.profile.matching.model import FieldWeights, Levels, Model, Outcome, shares
from crm.profile.names import compare_family, compare_given, is_given_name
from crm.profile.places import city_of
from crm.profile.tax_code_fit import contradicts_births, names_in_codes

# Shares that hold for a company with a million customers in Italy, until its own are estimated.
# An address is shared by a family in about one case of ten; given names repeat far more often
# than family names; a CAP has about two hundred customers.
BUILT_IN = Model(
    fields={
        "email": FieldWeights(m=shares(0.80, 0.06), u=shares(1e-7, 2e-5)),
        "given_name": FieldWeights(m=shares(0.88, 0.09), u=shares(0.012, 0.012)),
        "family_name": FieldWeights(m=shares(0.89, 0.07), u=shares(0.0008, 0.0025)),
        "cap": FieldWeights(m=shares(0.85, 0.08), u=shares(0.0008, 0.010)),
        "phone": FieldWeights(m=shares(0.75, 0.02), u=shares(2e-6, 1e-4)),
        "codice_fiscale": FieldWeights(m=shares(0.90, 0.06), u=shares(1e-7, 1e-6)),
    },
    prior=-20.0,
    same_from=10.0,
    different_below=-2.0,
)

# Which of two ways to align names is taken: better nothing to compare than a contradiction.
PREFERENCE = (Likeness.EXACT, Likeness.CLOSE, Likeness.MISSING, Likeness.ELSE)

Compare = Callable[[str, str], Likeness]


def compare_people(one: Known, other: Known) -> dict[str, Likeness]:
    """The best level of each field over all values that are known of two people."""
    given, family = _compare_names(one.names, other.names)
    if given == family == Likeness.MISSING:
        given, family = _names_by_codes(one, other)
    parts = {part for name in (*one.names, *other.names) for part in name}
    pairs = product(one.emails, other.emails)
    return {
        "email": best([compare_emails(address, second, parts) for address, second in pairs]),
        "given_name": given,
        "family_name": family,
        "cap": _best_of(one.caps, other.caps, compare_caps),
        "phone": _best_of(one.phones, other.phones, compare_numbers),
        "codice_fiscale": compare_codes(one, other),
    }


def judge(levels: Levels, model: Model = BUILT_IN) -> tuple[float, Outcome]:
    """The weight of a comparison and what it means.

    The weights take the fields for independent. In a family they are not: it shares address,
    family name and often the mailbox. So there the given name decides, and what rests on a name
    and a place alone, on an address that is only nearly right, or on a given name with another
    family name, is never certain.
    """
    weight = model.weigh(levels)
    outcome = model.outcome(weight)
    if levels["given_name"] == Likeness.ELSE:
        is_one_code = levels["codice_fiscale"] == Likeness.EXACT
        return weight, Outcome.UNSURE if is_one_code else Outcome.DIFFERENT
    if outcome == Outcome.SAME and not _is_certain(levels):
        return weight, Outcome.UNSURE
    return weight, outcome


def _is_certain(levels: Levels) -> bool:
    if levels["codice_fiscale"] in (Likeness.CLOSE, Likeness.ELSE):
        return False
    if levels["family_name"] == Likeness.ELSE:
        return levels["codice_fiscale"] == Likeness.EXACT
    if Likeness.EXACT in (levels["email"], levels["phone"], levels["codice_fiscale"]):
        return True
    names = (levels["given_name"], levels["family_name"])
    return levels["email"] == Likeness.CLOSE and names == (Likeness.EXACT, Likeness.EXACT)


def compare_caps(one: str, other: str) -> Likeness:
    """Compare two CAPs; one digit off, or two zones of one city, is close."""
    if one == other:
        return Likeness.EXACT
    city = city_of(one)
    same_city = city is not None and city == city_of(other)
    return Likeness.CLOSE if same_city or OSA.distance(one, other) == 1 else Likeness.ELSE


def compare_names(one: Name, other: Name) -> tuple[Likeness, Likeness]:
    """Compare given and family name, in whichever order they fit better."""
    straight = compare_given(one[0], other[0]), compare_family(one[1], other[1])
    if straight == (Likeness.EXACT, Likeness.EXACT):
        return straight
    return min(straight, _compare_swapped(one, other), key=_rank)


def _compare_swapped(one: Name, other: Name) -> tuple[Likeness, Likeness]:
    """The levels if one of the two has its names in swapped places.

    Which one has is told by where the known given names stand; where that does not tell, what
    speaks less for one person holds: else Rossi Maria would be her brother Mario Rossi.
    """
    first, second = (one[1], other[0]), (one[0], other[1])
    given_first = compare_given(*first), compare_family(*second)
    given_second = compare_given(*second), compare_family(*first)
    certain_first, certain_second = (sum(map(is_given_name, pair)) for pair in (first, second))
    if certain_first != certain_second:
        return given_first if certain_first > certain_second else given_second
    return max(given_first, given_second, key=lambda one: (_rank(one), PREFERENCE.index(one[0])))


def _rank(levels: tuple[Likeness, Likeness]) -> int:
    return sum(PREFERENCE.index(level) for level in levels)


def _compare_names(ones: Iterable[Name], others: Iterable[Name]) -> tuple[Likeness, Likeness]:
    pairs = [compare_names(one, other) for one, other in product(ones, others)]
    return min(pairs, key=_rank, default=(Likeness.MISSING, Likeness.MISSING))


def compare_numbers(one: str, other: str) -> Likeness:
    """Compare two numbers or codes of which one sign may be wrong."""
    if one == other:
        return Likeness.EXACT
    return Likeness.CLOSE if OSA.distance(one, other) == 1 else Likeness.ELSE


def compare_codes(one: Known, other: Known) -> Likeness:
    """Compare codes; a doubtful one is close at best, and says nothing to another doubtful one.

    Where only one of two has a code, a birth date that contradicts it is as good as another code.
    """
    if one.tax_codes and other.tax_codes:
        return _best_of(one.tax_codes, other.tax_codes, compare_numbers)
    codes = one.tax_codes or other.tax_codes
    without = other if one.tax_codes else one
    if not codes:
        return Likeness.MISSING
    if without.doubtful_codes:
        return Likeness.CLOSE if codes & without.doubtful_codes else Likeness.ELSE
    return Likeness.ELSE if contradicts_births(codes, without.births) else Likeness.MISSING


def _names_by_codes(one: Known, other: Known) -> tuple[Likeness, Likeness]:
    """The levels of the names where one of the two has only a code, and the other only a name."""
    named, coded = (one, other) if one.names else (other, one)
    if named.tax_codes:
        return Likeness.MISSING, Likeness.MISSING
    return names_in_codes(coded.tax_codes, named.names)


def _best_of(ones: Iterable[str], others: Iterable[str], compare: Compare) -> Likeness:
    return best([compare(one, other) for one, other in product(ones, others)])
