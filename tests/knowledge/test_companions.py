"""What goes with what, learnt from purchases."""

from collections.abc import Iterator

import numpy as np

from knowledge.companions import Companions, Learning

BATHROOM = ["foam", "razor", "balm"]
KITCHEN = ["kettle", "tea", "honey"]


def purchases(people: int = 200, seed: int = 1) -> Iterator[tuple[str, str]]:
    """Half of the people shop for the bathroom, half for the kitchen; all of them buy soap."""
    chance = np.random.default_rng(seed)
    for person in range(people):
        shelf = BATHROOM if person % 2 else KITCHEN
        for name in [*chance.choice(shelf, 2, replace=False), "soap"]:
            yield f"p{person}", str(name)


def test_what_the_same_people_buy_goes_together_and_says_with_what() -> None:
    companions = Companions.learn(purchases())
    found = companions.of({"razor": 1.0, "kettle": 0.1})
    assert next(iter(found)) in BATHROOM
    assert found["foam"].because == found["balm"].because == "razor"
    assert found["tea"].because == "kettle"
    assert found["foam"].score > found["tea"].score


def test_what_everybody_buys_goes_with_nothing_in_particular() -> None:
    found = Companions.learn(purchases()).of({"razor": 1.0})
    assert found["foam"].score > 3 * (found["soap"].score if "soap" in found else 0.0)


def test_of_two_that_go_with_it_alike_the_one_more_people_buy_comes_first() -> None:
    """Foam and balm are bought with half of the razors each; balm also with every kettle."""
    pairs = [
        (f"p{person}", name)
        for person in range(80)
        for name in ("razor", "foam" if person % 2 else "balm")
    ]
    pairs += [(f"k{person}", name) for person in range(40) for name in ("kettle", "balm")]
    pairs += [(f"t{person}", name) for person in range(80) for name in ("tea", "honey")]
    by_crowd = Companions.learn(pairs, Learning(directions=0, crowd=2.0)).of({"razor": 1.0})
    alone = Companions.learn(pairs, Learning(directions=0, crowd=0.0)).of({"razor": 1.0})
    assert (next(iter(by_crowd)), next(iter(alone))) == ("balm", "foam")
    assert by_crowd.keys() == alone.keys(), "popularity adds nothing that goes with nothing"


def test_few_buyers_say_less_than_many() -> None:
    pairs = [*purchases(), *((f"q{n}", name) for n in range(2) for name in ("rare", "odd"))]
    companions = Companions.learn(pairs, Learning(directions=0))
    assert companions.of({"rare": 1.0})["odd"].score < companions.of({"razor": 1.0})["foam"].score


def test_what_is_owned_or_hidden_is_no_companion() -> None:
    companions = Companions.learn(purchases())
    found = companions.of({"razor": 1.0, "foam": 1.0}, without=["balm"])
    assert not set(found) & {"razor", "foam", "balm"}


def test_the_smoothed_reading_joins_products_whose_buyers_never_met() -> None:
    """Foam and balm are never bought by one person, but both go with the razor."""
    pairs = [
        (f"p{person}", name)
        for person in range(60)
        for name in ("razor", "foam" if person % 2 else "balm")
    ]
    pairs += [(f"k{person}", name) for person in range(60) for name in ("kettle", "tea")]
    counted = Companions.learn(pairs, Learning(directions=0)).of({"foam": 1.0})
    smoothed = Companions.learn(pairs, Learning(directions=2)).of({"foam": 1.0})
    assert "balm" not in counted
    assert (
        smoothed["balm"].score > smoothed["tea"].score if "tea" in smoothed else "balm" in smoothed
    )


def test_a_dealer_who_buys_everything_is_no_taste() -> None:
    dealer = [("dealer", name) for name in [*BATHROOM, *KITCHEN]]
    learning = Learning(largest_basket=5)
    with_dealer = Companions.learn([*purchases(), *dealer], learning)
    assert with_dealer.of({"razor": 1.0}) == Companions.learn(purchases(), learning).of(
        {"razor": 1.0}
    )


def test_no_more_companions_are_kept_than_asked() -> None:
    companions = Companions.learn(purchases(), Learning(kept=1))
    assert len(companions.of({"razor": 1.0})) == 1


def test_without_purchases_there_are_no_companions() -> None:
    assert Companions.learn([]).of({"razor": 1.0}) == {}
    assert Companions.learn([("p", "razor")]).of({"razor": 1.0}) == {}
    assert Companions.learn(purchases()).of({"unknown": 1.0}) == {}
    assert Companions.learn(purchases()).of({}) == {}


def test_the_same_purchases_in_another_order_teach_the_same() -> None:
    pairs = list(purchases())
    one = Companions.learn(pairs).of({"razor": 1.0})
    other = Companions.learn([*pairs, *pairs]).of({"razor": 1.0})
    assert list(one) == list(other)
    assert all(abs(one[name].score - other[name].score) < 1e-5 for name in one)
