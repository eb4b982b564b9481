"""The customers that a developer can play: some of the demo's people, and one nobody knows."""

from app.demo.personas import read_personas
from app.demo.platforms.telegram.world import Customer, World

PLAYED = 4
STRANGER = {"first_name": "Noor", "last_name": "Haddad", "language_code": "en",
            "username": "noor_h", "phone": "+393941959999"}  # fmt: skip


def add_players(world: World) -> list[Customer]:
    """Give each their Telegram account, with the telephone number that is on file."""
    people = [persona.person for persona in read_personas()[:PLAYED]]
    players = [
        world.add_customer(
            one.given_name,
            last_name=one.family_name,
            username=f"{one.given_name}_{one.family_name}".lower().replace(" ", "_"),
            language_code=one.language,
            phone=one.phone or "",
        )
        for one in people
    ]
    return [*players, world.add_customer(**STRANGER)]
