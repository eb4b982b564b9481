"""The customers that a developer can play: some of the demo's people, and one nobody knows."""

from app.demo.personas import read_personas
from app.demo.platforms.whatsapp.world import Customer, World

PLAYED = 4
STRANGER = ("Noor Haddad", "+393941959998")
WITHOUT_NUMBER = "Ginevra"


def add_players(world: World) -> list[Customer]:
    """Give each their WhatsApp, with the telephone number that is on file; one hides hers."""
    people = [persona.person for persona in read_personas()[:PLAYED]]
    known = [
        world.add_customer(f"{one.given_name} {one.family_name}", one.phone or "") for one in people
    ]
    return [*known, world.add_customer(*STRANGER), world.add_customer(WITHOUT_NUMBER)]
