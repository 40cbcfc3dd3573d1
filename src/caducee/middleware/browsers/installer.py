# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Looks at every browser of the user, and installs or removes what it needs for the card."""

import configparser
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from caducee.base.errors import ConfigError, CpsError
from caducee.middleware.browsers.hosts import (
    OwnFile,
    chromium_manifest,
    firefox_manifest,
    host_part,
)
from caducee.middleware.browsers.journal import InstallJournal
from caducee.middleware.browsers.locations import BrowserLocations
from caducee.middleware.browsers.model import (
    Component,
    ComponentKind,
    ComponentResult,
    ComponentState,
    InstallableComponent,
    InstallOutcome,
)
from caducee.middleware.browsers.nss import NssModule, database_exists
from caducee.middleware.browsers.policies import FirefoxPolicy
from caducee.spec.browsers import (
    CHROMIUM_BRANDS,
    FIREFOX_HOMES,
    FIREFOX_POLICIES,
    FIREFOX_SYSTEM_HOSTS,
    FIREFOX_USER_HOSTS,
    NSS_DATABASES,
    Form,
)

__all__ = ["Installer"]

_CONFINED = {Form.SNAP: "browser.snap", Form.FLATPAK: "browser.flatpak"}


class Installer:
    """What a user's browsers need: the module, and the native host of the extension."""

    def __init__(
        self, place: BrowserLocations, module: Path | None, extensions: Iterable[str] = ()
    ) -> None:
        """``module`` is the PKCS#11 library; none: only the host of the extension is looked after.

        ``extensions`` are more extensions that may start the host, by the names that a store gave.
        """
        self._place = place
        self.module = module
        self._extensions = frozenset(extensions)
        self._journal = InstallJournal(place.journal)

    @property
    def system(self) -> bool:
        """Whether it installs for everybody on this machine."""
        return self._place.system

    def status(
        self, wanted: Callable[[Component], bool] = lambda part: True
    ) -> list[ComponentResult]:
        """Return where every part stands that is ``wanted``; changes nothing."""
        pieces = [piece for piece in self._pieces() if wanted(piece.part)]
        impossible = [item for item in self._impossible() if wanted(item.part)]
        return [self._looked_at(piece) for piece in pieces] + impossible

    def install(self, *, dry_run: bool = False) -> list[ComponentResult]:
        """Make every part that can be; a part that fails stops no other."""
        return [self._install(piece, dry_run) for piece in self._pieces()] + self._impossible()

    def remove(
        self, wanted: Callable[[Component], bool] = lambda part: True, *, dry_run: bool = False
    ) -> list[ComponentResult]:
        """Undo every part that is ``wanted``, in the other order; what others put there stays."""
        pieces = [piece for piece in reversed(list(self._pieces())) if wanted(piece.part)]
        return [self._remove(piece, dry_run) for piece in pieces]

    def _looked_at(self, piece: InstallableComponent) -> ComponentResult:
        try:
            return ComponentResult(piece.part, piece.state())
        except CpsError as error:
            return ComponentResult(piece.part, ComponentState.OTHER, InstallOutcome.FAILED, error)

    def _install(self, piece: InstallableComponent, dry_run: bool) -> ComponentResult:
        outcomes = {
            ComponentState.ABSENT: InstallOutcome.ADDED,
            ComponentState.OTHER: InstallOutcome.CHANGED,
        }
        return self._done(piece, outcomes, None if dry_run else piece.install)

    def _remove(self, piece: InstallableComponent, dry_run: bool) -> ComponentResult:
        outcomes = dict.fromkeys(
            (ComponentState.INSTALLED, ComponentState.OTHER), InstallOutcome.REMOVED
        )
        return self._done(piece, outcomes, None if dry_run else piece.remove)

    def _done(
        self,
        piece: InstallableComponent,
        outcomes: dict[ComponentState, InstallOutcome],
        act: Callable[[], None] | None,
    ) -> ComponentResult:
        try:
            state = piece.state()
            outcome = outcomes.get(state, InstallOutcome.NOTHING)
            if act is not None and outcome is not InstallOutcome.NOTHING:
                act()
                state = piece.state()
        except CpsError as error:
            return ComponentResult(piece.part, ComponentState.OTHER, InstallOutcome.FAILED, error)
        return ComponentResult(piece.part, state, outcome)

    # What there is

    def _pieces(self) -> Iterator[InstallableComponent]:
        if self.module is not None:
            yield from self._modules(self.module)
        yield from self._hosts()

    def _modules(self, module: Path) -> Iterator[InstallableComponent]:
        place = self._place
        if place.system:
            yield FirefoxPolicy(place.root / FIREFOX_POLICIES, module, self._journal)
        else:
            for profile in self._profiles(Form.PACKAGE):
                part = Component("Firefox", Form.PACKAGE, ComponentKind.MODULE, profile)
                yield NssModule(part, module, self._journal)
        for home in NSS_DATABASES:
            if home.form is Form.PACKAGE:
                part = Component(
                    "Chromium", Form.PACKAGE, ComponentKind.MODULE, place.home / home.path
                )
                yield NssModule(part, module, self._journal)

    def _hosts(self) -> Iterator[InstallableComponent]:
        place = self._place
        text = place.launcher_text(self._extensions).encode()
        part = Component("", Form.PACKAGE, ComponentKind.HOST, place.launcher)
        yield OwnFile(part, text, self._journal, 0o755)
        folder = (
            place.root / FIREFOX_SYSTEM_HOSTS if place.system else place.home / FIREFOX_USER_HOSTS
        )
        firefox = firefox_manifest(place.launcher, self._extensions)
        yield OwnFile(host_part("Firefox", folder), firefox, self._journal)
        chromium = chromium_manifest(place.launcher, self._extensions)
        for brand in CHROMIUM_BRANDS:
            config = place.home / ".config" / brand.config
            folder = config / "NativeMessagingHosts"
            if place.system:
                folder = place.root / brand.system_hosts
            elif brand is not CHROMIUM_BRANDS[0] and not config.is_dir():
                continue  # this user has no such browser
            yield OwnFile(host_part(brand.name, folder), chromium, self._journal)

    def _profiles(self, form: Form) -> Iterator[Path]:
        """Yield the Firefox profiles of one form that have been used, in their order."""
        for home in FIREFOX_HOMES:
            if home.form is not form:
                continue
            folder = self._place.home / home.path
            for profile in _profiles_of(folder):
                if database_exists(profile):
                    yield profile

    def _impossible(self) -> list[ComponentResult]:
        """Return the browsers that cannot load a module from outside, and why."""
        found = [
            Component("Firefox", form, ComponentKind.MODULE, profile)
            for form in _CONFINED
            for profile in self._profiles(form)
        ]
        found += [
            Component("Chromium", home.form, ComponentKind.MODULE, self._place.home / home.path)
            for home in NSS_DATABASES
            if home.form in _CONFINED and (self._place.home / home.path).is_dir()
        ]
        return [
            ComponentResult(
                item,
                ComponentState.IMPOSSIBLE,
                InstallOutcome.IMPOSSIBLE,
                ConfigError(_CONFINED[item.form], browser=item.browser),
            )
            for item in found
        ]


def _profiles_of(folder: Path) -> Iterator[Path]:
    """Yield the profiles that ``profiles.ini`` names; a file that cannot be read names none."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string((folder / "profiles.ini").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return
    for section in parser.sections():
        path = parser[section].get("Path")
        if section.startswith("Profile") and path:
            relative = parser[section].get("IsRelative", "1") != "0"
            yield folder / path if relative else Path(path)
