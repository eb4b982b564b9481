"""The WebSocket: the same as the HTTP calls, both ways at once.

A client says who it is (header, query, sub-protocol or first frame), resumes after the last
sequence number it has, and from then on gets everything once and in order.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from http import HTTPStatus

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from integrations.channels.webchat.chat import WebChat
from integrations.channels.webchat.door import sleep_until
from integrations.channels.webchat.errors import (
    OriginRefused,
    Refused,
    TokenMissing,
    TooMany,
)
from integrations.channels.webchat.frames import Frame, Outlet, portions, read_frame
from integrations.channels.webchat.guard import bearer_token, check_origin, log_fault
from integrations.channels.webchat.intake import store
from integrations.channels.webchat.sessions import Guest, recognise
from integrations.channels.webchat.tokens import Pass
from integrations.channels.webchat.view import View, acknowledge, look

SECONDS_TO_SAY_WHO = 10.0
SECONDS_TO_RESUME = 1.0
SOCKETS_PER_SESSION = 20
BEARER = "bearer."
FOREVER = float("inf")


def serve_socket(router: APIRouter, chat: WebChat) -> None:
    """Add the WebSocket to the web chat's routes."""
    open_sockets: Counter[str] = Counter()

    @router.websocket("/ws")
    async def socket(websocket: WebSocket) -> None:
        try:
            check_origin(chat, websocket)
        except OriginRefused:
            await websocket.close()  # before it is accepted: the handshake answers 403
            return
        token, protocol = offered_token(websocket)
        await websocket.accept(subprotocol=protocol)
        await Line(chat, websocket, open_sockets).serve(token)


def offered_token(websocket: WebSocket) -> tuple[str, str | None]:
    """The token that came with the handshake, if any, and the sub-protocol to agree on."""
    protocols = websocket.scope["subprotocols"]
    bearer = next((name for name in protocols if name.startswith(BEARER)), "")
    other = next((name for name in protocols if not name.startswith(BEARER)), None)
    token = bearer_token(websocket) or websocket.query_params.get("token", "")
    return token or bearer.removeprefix(BEARER), other or bearer or None


class Line:
    """One client's connection, from its token to its end."""

    def __init__(self, chat: WebChat, websocket: WebSocket, open_sockets: Counter[str]) -> None:
        self._chat = chat
        self._websocket = websocket
        self._out = Outlet(websocket)
        self._open_sockets = open_sockets
        self._pass = Pass("")
        self._passing = asyncio.Lock()  # nobody looks with a pass that is being replaced
        self._conversation_id: int | None = None
        self._after = 0
        self._moves = 0  # how often the client has said where to go on from
        self._begun = asyncio.Event()
        self._heard = asyncio.Event()
        self._shown: tuple[bool, str] | None = None
        self._offered: Pass | None = None

    async def serve(self, token: str) -> None:
        """Serve the connection until either side ends it."""
        try:
            first = await self._enter(token)
        except Refused as problem:
            await self._out.refuse_and_close(problem)
            return
        except WebSocketDisconnect:
            return
        self._open_sockets[self._pass.session_id] += 1
        try:
            await self._run(first)
        finally:
            self._leave()

    def _leave(self) -> None:
        self._open_sockets[self._pass.session_id] -= 1
        if not self._open_sockets[self._pass.session_id]:
            del self._open_sockets[self._pass.session_id]

    async def _enter(self, token: str) -> Frame | None:
        """Find out who it is; the frame that said so is still to be handled."""
        first = None
        if not token:
            first = await self._first_frame()
            token = first.token
        guest = await run_in_threadpool(recognise, self._chat, token)
        if self._open_sockets[guest.pass_.session_id] >= SOCKETS_PER_SESSION:
            raise TooMany(what="connections", seconds=60)
        self._adopt(guest)
        self._after = guest.last_seq
        return first

    async def _first_frame(self) -> Frame:
        try:
            async with asyncio.timeout(SECONDS_TO_SAY_WHO):
                return read_frame(await self._out.receive())
        except TimeoutError:
            raise TokenMissing from None

    def _adopt(self, guest: Guest) -> None:
        self._pass = guest.pass_
        self._conversation_id = guest.conversation_id

    async def _run(self, first: Frame | None) -> None:
        """Read and push at once; when one ends, so does the other."""
        tasks = [asyncio.create_task(self._read(first)), asyncio.create_task(self._push())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await self._part(done.pop().exception())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _part(self, problem: BaseException | None) -> None:
        if isinstance(problem, Refused):
            await self._out.refuse_and_close(problem)
        elif problem is None:
            await self._out.close(1001, "The server stops.")
        elif not isinstance(problem, WebSocketDisconnect):
            log_fault("WebSocket", problem)
            await self._out.close(1011, "The server could not go on; connect again.")

    async def _read(self, frame: Frame | None) -> None:
        while True:
            if frame is not None:
                await self._handle(frame)
            frame = None
            text = await self._out.receive()
            self._chat.frame_limit.take(self._pass.session_id)
            try:
                frame = read_frame(text)
            except Refused as problem:
                if problem.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                    raise
                await self._out.send({"type": "error", **problem.body})

    async def _handle(self, frame: Frame) -> None:
        if frame.token:
            await self._renew(frame.token)
        if frame.type == "ping":
            await self._out.send({"type": "pong"})
        elif frame.type == "message":
            await self._store(frame)
        elif frame.after is not None:
            if frame.type == "resume":
                self._go_on_after(frame.after)  # first what the customer waits for
            await run_in_threadpool(acknowledge, self._chat, self._conversation_id, frame.after)

    async def _renew(self, token: str) -> None:
        """Go on with another token of the same session."""
        async with self._passing:
            guest = await run_in_threadpool(recognise, self._chat, token)
            if guest.pass_.session_id != self._pass.session_id:
                raise TokenMissing
            self._adopt(guest)

    async def _store(self, frame: Frame) -> None:
        self._begun.set()
        try:
            self._chat.message_limit.take(self._pass.session_id)
            message = await run_in_threadpool(store, self._chat, self._pass, frame.entry)
        except Refused as problem:
            if problem.status == HTTPStatus.UNAUTHORIZED:
                raise
            await self._out.send(
                {"type": "error", "client_message_id": frame.client_message_id, **problem.body}
            )
            return
        accepted = {"client_message_id": frame.client_message_id, "seq": message.seq}
        await self._out.send({"type": "accepted", **accepted})
        self._conversation_id = message.conversation_id
        self._chat.announce(self._pass.session_id, message.conversation_id)
        self._heard.set()

    def _go_on_after(self, seq: int) -> None:
        self._after = seq
        self._moves += 1
        self._shown = None
        self._begun.set()
        self._heard.set()

    async def _push(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS_TO_RESUME):
                await self._begun.wait()
        chat = self._chat
        while not chat.door.is_closed:
            session_id, listened = self._pass.session_id, self._conversation_id
            with chat.door.listening(chat.wakeups, session_id, listened) as heard:
                self._heard = heard
                moves = self._moves
                async with self._passing:
                    view = await run_in_threadpool(look, chat, self._pass, self._after)
                self._conversation_id = view.conversation_id or self._conversation_id
                if moves == self._moves:
                    await self._show(view, moves)
                if listened == self._conversation_id:  # else listen to the new conversation
                    await sleep_until(heard, FOREVER)

    async def _show(self, view: View, moves: int) -> None:
        state = {"typing": view.typing, "mode": view.mode.value}
        for messages in portions(view.messages):
            if moves != self._moves:
                return  # the client has said to go on from elsewhere
            self._after = messages[-1]["seq"]
            await self._out.send({"type": "messages", "messages": messages, **state})
        if not view.messages and self._shown != (view.typing, view.mode.value):
            await self._out.send({"type": "typing", **state})
        self._shown = (view.typing, view.mode.value)
        await self._offer(view)

    async def _offer(self, view: View) -> None:
        if view.offer is not None and view.offer != self._offered:
            self._offered = view.offer
            signed = self._chat.signer.sign(view.offer)
            await self._out.send({"type": "token", **signed.body})
