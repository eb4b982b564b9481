"""What surrounds every page: the way to the other pages, and what concerns whoever looks."""

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from crm.staff.models import Role, StaffUser
from crm.staff.users import change_password, check_password
from desk.door.forms import mark
from desk.pages.bell import Bell
from desk.visit import Visit
from desk.wording import LANGUAGES

APPEARANCES = {"auto": None, "light": False, "dark": True}
AREAS = (
    ("inbox", "/", "forum", tuple(Role)),
    ("customers", "/customers", "people", tuple(Role)),
    ("tickets", "/tickets", "confirmation_number", tuple(Role)),
    ("insights", "/insights", "insights", tuple(Role)),
    ("teaching", "/teaching", "school", (Role.AGENT, Role.ADMIN)),
    ("community", "/community", "diversity_3", (Role.AGENT, Role.ADMIN)),
    ("failures", "/failures", "report", (Role.AGENT, Role.ADMIN)),
    ("replies", "/replies", "bolt", (Role.AGENT, Role.ADMIN)),
    ("staff", "/staff", "badge", (Role.ADMIN,)),
    ("audit", "/audit", "policy", (Role.ADMIN,)),
)


@contextmanager
def frame(visit: Visit, area: str, title: str) -> Iterator[None]:
    """A page with its title, within the desk."""
    _dress(visit, title)
    drawer = _drawer(visit, area)
    with ui.header(elevated=False).classes("desk-header items-center no-wrap"):
        _menu_button(visit, drawer)
        ui.link("Bottega", "/").classes("desk-name")
        with ui.row().classes("desk-areas gt-sm no-wrap"):
            _links(visit, area)
        ui.space()
        Bell(visit).build()
        _own_menu(visit)
    with ui.column().classes("desk-page"):
        yield


def _dress(visit: Visit, title: str) -> None:
    ui.page_title(f"{title} · Bottega")
    ui.add_head_html(f'<link rel="stylesheet" href="{visit.root}/static/desk.css">')
    ui.add_head_html(f'<script src="{visit.root}/static/desk.js" defer></script>')
    ui.add_head_html(f'<script>document.documentElement.lang="{visit.words.language}"</script>')
    ui.colors(
        primary="#2f4b3c", secondary="#6b5f4d", accent="#e8b32a", positive="#2f6b45",
        negative="#a9481f", warning="#b97d0a", info="#2b5a74", dark="#26221b", dark_page="#1a1713",
    )  # fmt: skip
    ui.dark_mode(APPEARANCES.get(visit.who.appearance))


def _menu_button(visit: Visit, drawer: ui.left_drawer) -> None:
    button = ui.button(icon="menu", on_click=drawer.toggle).props("flat round color=white")
    button.classes("lt-md").props["aria-label"] = visit.words("frame.menu")


def _drawer(visit: Visit, area: str) -> ui.left_drawer:
    drawer = ui.left_drawer(value=False, bordered=True).props("overlay behavior=mobile")
    with drawer, ui.column().classes("desk-drawer w-full"):
        _links(visit, area)
    return drawer


def _links(visit: Visit, area: str) -> None:
    for name, path, icon, roles in AREAS:
        if visit.who.role in roles:
            link = ui.link(target=path).classes("desk-area" + (" here" if name == area else ""))
            with link:
                ui.icon(icon)
                ui.label(visit.words(f"frame.{name}"))
            if name == area:
                link.props('aria-current="page"')


def _own_menu(visit: Visit) -> None:
    words = visit.words
    with ui.button(icon="account_circle").props("flat no-caps color=white") as button:
        button.props["aria-label"] = words("frame.you", name=visit.who.name)
        ui.label(visit.who.name).classes("q-ml-sm gt-xs")
        with ui.menu().classes("desk-own"):
            ui.label(words.of("role", visit.who.role)).classes("desk-role")
            _choice(visit, "language", {one: words(f"language.{one}") for one in LANGUAGES})
            _choice(visit, "appearance", words.group("appearance"))
            ui.menu_item(words("frame.password"), _password_dialog(visit).open)
            ui.separator()
            _sign_out_form(visit)


def _choice(visit: Visit, column: str, options: dict[str, str]) -> None:
    async def choose(event: object) -> None:
        value = getattr(event, "value")  # noqa: B009 - NiceGUI's events carry their value so
        await visit.write(
            lambda session: setattr(session.get_one(StaffUser, visit.who.user_id), column, value)
        )
        ui.navigate.reload()

    ui.select(
        options,
        value=getattr(visit.who, column),
        label=visit.words(f"frame.{column}"),
        on_change=visit.doing(choose),
    ).classes("w-full q-px-md").props("dense")


def _sign_out_form(visit: Visit) -> None:
    proof = mark(visit.office.key, visit.who.cookie)
    with ui.element("form").props(f'method="post" action="{visit.root}/logout"').classes("w-full"):
        ui.element("input").props(f'type="hidden" name="proof" value="{proof}"')
        ui.button(visit.words("frame.sign_out"), icon="logout").props(
            "flat no-caps type=submit align=left"
        ).classes("w-full")


def _password_dialog(visit: Visit) -> ui.dialog:
    words = visit.words
    with ui.dialog() as dialog, ui.card().classes("desk-dialog"):
        ui.label(words("frame.password")).classes("desk-heading")
        old = ui.input(words("password.old"), password=True).classes("w-full")
        new = ui.input(words("password.new"), password=True).classes("w-full")

        async def change() -> None:
            await visit.write(lambda session: _change(visit, session, old.value, new.value))
            ui.navigate.to("/login")

        with ui.row().classes("w-full justify-end"):
            ui.button(words("cancel"), on_click=dialog.close).props("flat no-caps")
            ui.button(words("save"), on_click=visit.doing(change)).props("no-caps")
    return dialog


def _change(visit: Visit, session, old: str, new: str) -> None:  # type: ignore[no-untyped-def]
    user = check_password(session, visit.who.name, old or "")
    if user is None:
        raise ValueError(visit.words("password.wrong"))
    change_password(session, user, new or "")
