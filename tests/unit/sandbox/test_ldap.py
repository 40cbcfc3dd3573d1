# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The directory of a world by LDAP: lists and certificates as they are now."""

import sqlite3
import ssl
import subprocess
import time
from collections.abc import Callable

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.base.errors import DirectoryError, StateError
from caducee.codec.ldap import changes
from caducee.codec.ldap.operations import SearchRequest
from caducee.directory.ldap.client import DirectoryClient, PersonFound, fetch, find_persons
from caducee.directory.ldap.publication import entries
from caducee.directory.ldap.writer import DirectoryWriter
from caducee.issuance import IssuedCard
from caducee.sandbox.ldap import WorldAuthorities
from caducee.sandbox.settings import LdapSettings, OpenLdapSettings
from caducee.sandbox.world import Sandbox
from caducee.spec import igc

FORT = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)


def test_the_addresses_that_stand_in_certificates_give_the_lists_of_the_world(
    world: Sandbox, issued: IssuedCard
) -> None:
    assert issued.card.number
    with world.ldap() as addresses:
        hosts = {"annuaire-igc.esante.gouv.fr": addresses.plain}
        assert FORT.crl_ldap_url is not None
        found = fetch(FORT.crl_ldap_url, addresses=hosts)
    assert found == world.authority.crl(FORT)


def test_both_keys_of_an_authority_share_an_entry_the_newest_first(
    world: Sandbox, issued: IssuedCard
) -> None:
    authority = world.authority
    new = authority.renew_key(FORT)
    (entry,) = (
        item
        for item in WorldAuthorities(authority).authorities()
        if item.facts.directory_name == FORT.directory_name
    )
    ders = [authority.certificate(item).public_bytes(Encoding.DER) for item in (new, FORT)]
    assert list(entry.certificates[:2]) == ders
    assert len(entry.certificates) == 4
    assert (entry.revocation_list, entry.older) == (authority.crl(new), (authority.crl(FORT),))
    assert entry.older_deltas == (authority.delta_crl(FORT),)
    *_, written = entries([entry], [])
    values = {attribute.description: attribute.values for attribute in written.attributes}
    lists = values["certificateRevocationList;binary"]
    assert lists == (authority.crl(new), authority.crl(FORT))


def test_what_changes_in_the_world_is_soon_in_its_directory(
    world: Sandbox, issued: IssuedCard
) -> None:
    ps_idnat = issued.card.ps_idnat
    with world.ldap() as addresses, DirectoryClient(*addresses.plain) as client:
        assert not person(client, ps_idnat).certificates
        world.registry.consents.set(ps_idnat, True)
        wait_until(lambda: len(person(client, ps_idnat).certificates) == 2)
        world.revoke(issued.card.number)
        wait_until(lambda: not person(client, ps_idnat).certificates)
        hosts = {"annuaire-igc.esante.gouv.fr": addresses.plain}
        wait_until(lambda: fetch(FORT.crl_ldap_url, addresses=hosts) == world.authority.crl(FORT))


def test_the_limit_of_the_directory_of_the_cps_is_an_option(
    world: Sandbox, issued: IssuedCard
) -> None:
    world.settings = msgspec.structs.replace(world.settings, ldap=LdapSettings(size_limit=2))
    with world.ldap() as addresses, DirectoryClient(*addresses.plain) as client:
        found = client.search(SearchRequest("c=FR"))
        assert (len(found.entries), found.complete) == (2, False)


@pytest.mark.system
def test_an_openldap_runs_beside_and_follows(world: Sandbox, issued: IssuedCard) -> None:
    ps_idnat = issued.card.ps_idnat
    for count in (0, 2):  # the second time its database is there already
        with world.openldap() as addresses, DirectoryClient(*addresses.plain) as client:
            assert len(person(client, ps_idnat).certificates) == count
            world.registry.consents.set(ps_idnat, True)
            wait_until(lambda: len(person(client, ps_idnat).certificates) == 2)
            trusted = ssl.create_default_context(cafile=str(world.server_root()))
            assert addresses.secure is not None
            with DirectoryClient(*addresses.secure, secure=True, context=trusted) as other:
                assert person(other, ps_idnat).ps_idnat == ps_idnat
            with DirectoryWriter(*addresses.plain) as other:
                with pytest.raises(DirectoryError, match="refused"):
                    other.require(other.change(changes.delete("c=FR")))


@pytest.mark.system
def test_an_openldap_that_is_not_installed_is_reported_of(world: Sandbox) -> None:
    program = OpenLdapSettings(program="/nowhere/slapd")
    world.settings = msgspec.structs.replace(world.settings, ldap=LdapSettings(openldap=program))
    with pytest.raises(StateError) as caught, world.openldap():
        pass
    assert caught.value.code == "ldap.slapd"


def test_a_directory_that_cannot_be_kept_current_says_so_and_goes_on(
    world: Sandbox, issued: IssuedCard, caplog: pytest.LogCaptureFixture
) -> None:
    with world.ldap() as addresses, DirectoryClient(*addresses.plain) as client:
        file = world.folder / "ldap" / "entries.db"
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("ALTER TABLE meta RENAME TO hidden")
        wait_until(lambda: "not current" in caplog.text)
        other.execute("ALTER TABLE hidden RENAME TO meta")
        other.close()
        world.registry.consents.set(issued.card.ps_idnat, True)
        wait_until(lambda: len(person(client, issued.card.ps_idnat).certificates) == 2)


def person(client: DirectoryClient, ps_idnat: str) -> PersonFound:
    newer = "ou=IGC-SANTE TEST,ou=0002 187512751,o=ASIP-SANTE,c=FR"
    (found,) = find_persons(client, newer, ps_idnat=ps_idnat)
    return found


def wait_until(met: Callable[[], bool]) -> None:
    """Wait as long as it takes; the test itself has a limit."""
    while not met():
        time.sleep(0.05)


def test_several_processes_answer_where_settings_say_so(world: Sandbox, issued: IssuedCard) -> None:
    world.settings = msgspec.structs.replace(world.settings, ldap=LdapSettings(processes=2))
    trusted = ssl.create_default_context(cafile=str(world.server_root()))
    assert FORT.crl_ldap_url is not None
    with world.ldap() as addresses:
        hosts = {"annuaire-igc.esante.gouv.fr": addresses.plain}
        for _ in range(4):
            assert fetch(FORT.crl_ldap_url, addresses=hosts) == world.authority.crl(FORT)
        with DirectoryClient(*addresses.plain, context=trusted) as client:
            client.start_tls()
            assert client.who_am_i() == ""


@pytest.mark.system
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_client_of_openldap_accepts_the_certificate(
    world: Sandbox, issued: IssuedCard, host: str
) -> None:
    with world.ldap() as addresses:
        assert addresses.secure is not None
        for url, *more in (
            (f"ldap://{host}:{addresses.plain[1]}", "-ZZ"),
            (f"ldaps://{host}:{addresses.secure[1]}",),
        ):
            done = subprocess.run(
                ["ldapsearch", "-x", "-LLL", "-H", url, *more, "-b", "c=FR", "-s", "base"],
                env={"PATH": "/usr/bin", "LDAPTLS_CACERT": str(world.server_root())},
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            assert "dn: c=FR" in done.stdout, done.stderr
