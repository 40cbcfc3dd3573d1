# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee manager``: the window for the card."""

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caducee.base.errors import ConfigError
from caducee.base.i18n import gettext as _
from caducee.cli.card_use import online_option
from caducee.cli.options import existing_file, world_option
from caducee.cli.screen import need_screen

if TYPE_CHECKING:
    from caducee.cli.manager_virtual import SandboxCards
    from caducee.desktop.manager.ports import Ports
    from caducee.middleware.daemon.settings import ReaderSettings

__all__ = ["manager"]

_FILE = existing_file


@click.command()
@click.option("--page", default="", help="The page to begin with: card, pin, readers, …")
@click.option(
    "--text-size",
    type=click.IntRange(50, 400),
    default=100,
    show_default=True,
    help="Size of the letters, percent of the desktop's.",
)
@click.option("--high-contrast", is_flag=True, help="White and yellow on black.")
@world_option("The world whose virtual cards and authorities the window uses.")
@click.option("--anchors", type=_FILE, multiple=True, help="Trusted roots of cards, PEM or DER.")
@click.option("--authorities", type=_FILE, multiple=True, help="Authorities below the roots.")
@click.option("--crl", "lists", type=_FILE, multiple=True, help="A revocation list.")
@online_option
def manager(
    page: str,
    text_size: int,
    high_contrast: bool,
    sandbox: Path | None,
    **trusted: Any,  # noqa: ANN401 (as `judge_of` takes them)
) -> None:
    """Open the card manager: the card, its PINs, readers, tests, virtual cards."""
    try:
        from caducee.desktop.manager.app import main
    except ImportError as error:
        raise ConfigError("desktop.qt_missing", reason=str(error)) from None
    _known(page)
    need_screen()
    raise SystemExit(
        main(
            partial(make_ports, sandbox, **trusted),
            page=page,
            text_percent=text_size,
            high_contrast=high_contrast,
        )
    )


def _known(page: str) -> None:
    """Refuse a page that there is not."""
    from caducee.desktop.manager.pages import PAGES

    names = [item.name for item in PAGES]
    if page and page not in names:
        text = _("Page {page} not found; known pages: {names}.")
        raise click.BadParameter(text.format(page=page, names=", ".join(names)))


def make_ports(
    sandbox: Path | None,
    **trusted: Any,  # noqa: ANN401 (as `judge_of` takes them)
) -> "Ports":
    """Return what the window reaches on this machine; ``trusted`` as `judge_of` takes it."""
    from caducee.base.clock import SystemClock
    from caducee.cli.card_test import sandbox_portal
    from caducee.cli.logins import UserLogins
    from caducee.cli.manager_ports import MachineCards, judge_of, others
    from caducee.cli.site import diagnosis_options
    from caducee.desktop.manager.model.traces import Traces
    from caducee.desktop.manager.ports import Ports
    from caducee.desktop.manager.settings import default_logs, default_path
    from caducee.middleware.daemon.settings import load_settings
    from caducee.middleware.requests import RequestServer

    settings, _wrong = load_settings()
    traces = Traces()
    readers, virtual = _virtual(settings.readers, sandbox)
    return Ports(
        cards=MachineCards(readers, traces),
        virtual=virtual,
        requests=RequestServer(SystemClock()),
        sessions=UserLogins(),
        judge=judge_of(sandbox, **trusted),
        diagnosis=diagnosis_options(sandbox),
        others=others,
        portal=partial(sandbox_portal, sandbox or Path("sandbox")),
        traces=traces,
        settings=default_path(),
        logs=default_logs(),
    )


def _virtual(
    readers: "ReaderSettings", sandbox: Path | None
) -> "tuple[ReaderSettings, SandboxCards | None]":
    """Return the virtual cards of a sandbox, and readers where those at sockets are seen, too."""
    import msgspec

    from caducee.base.files import make_folder
    from caducee.base.private_folder import prepare_folder
    from caducee.base.runtime import user_socket
    from caducee.cli.manager_virtual import SandboxCards

    if sandbox is None:
        return readers, None
    variable = "CADUCEE_READER_SOCKETS"
    folder = Path(os.environ.get(variable) or readers.socket_folder or user_socket("", "readers"))
    if os.environ.get(variable) or readers.socket_folder:
        make_folder(folder)
    else:
        prepare_folder(folder.parent)
        prepare_folder(folder)
    return msgspec.structs.replace(readers, socket_folder=str(folder)), SandboxCards(
        sandbox, folder
    )
