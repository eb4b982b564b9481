"""An app process without its web application: `python -m tests.engine.process DATABASE RASA CHAT`.

Runs the workers until it is killed. The platform is a second local server: what is sent is taken
there like a turn.
"""

import asyncio
import sys

from crm.db import Database
from integrations.channels.port import Outbound, Outcome, Sent, Unknown
from integrations.news_wire import NewsWire
from integrations.rasa_client import RasaAway, RasaClient, TurnFailed
from tests.engine.local_channel import NAME
from tests.engine.local_rasa import SECRET
from tests.engine.running import AppProcess


class PlatformByWire:
    """Sends each message to another process."""

    name = NAME

    def __init__(self, url: str) -> None:
        self._http = RasaClient(url, SECRET, 5.0)

    async def send(self, outbound: Outbound) -> Outcome:
        """Hand it over; whatever goes wrong, nobody knows."""
        chat = f"chat-{outbound.conversation_id}"
        try:
            await self._http.take_turn(chat, str(outbound.message_id), "it", outbound.text)
        except (RasaAway, TurnFailed) as problem:
            return Unknown(str(problem))
        return Sent([f"p-{outbound.message_id}"])


async def main(database_url: str, rasa_url: str, platform_url: str) -> None:
    """Work for ever."""
    database = Database(database_url)
    app = AppProcess(database, rasa_url, PlatformByWire(platform_url), attempts=50)
    wire = NewsWire(database_url, app.wakeups)
    await asyncio.gather(app.turns.run(), app.deliveries.run(), app.claims.run(), wire.run())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
