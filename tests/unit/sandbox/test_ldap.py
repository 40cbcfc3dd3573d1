# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The directory of a world by LDAP: lists and certificates as they are now."""

from cryptography.hazmat.primitives.serialization import Encoding

from caducee.directory.ldap.client import fetch
from caducee.directory.ldap.publication import entries
from caducee.issuance import IssuedCard
from caducee.sandbox.ldap import WorldTree
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


def test_the_tree_is_made_anew_when_it_is_older_than_two_seconds(
    world: Sandbox, issued: IssuedCard
) -> None:
    now = [0.0]
    tree = WorldTree(world.authority, world.registry, world.clock, timer=lambda: now[0])
    first = tree()
    now[0] = 1.0
    assert tree() is first
    now[0] = 3.0
    world.revoke(issued.card.number)
    assert tree() is not first
    (fort,) = (one for one in tree.authorities() if one.facts is FORT)
    assert fort.revocation_list == world.authority.crl(FORT)


def test_both_keys_of_an_authority_share_an_entry_the_newest_first(
    world: Sandbox, issued: IssuedCard
) -> None:
    authority = world.authority
    new = authority.renew_key(FORT)
    (entry,) = (
        one
        for one in WorldTree(authority, world.registry, world.clock).authorities()
        if one.facts.directory_name == FORT.directory_name
    )
    ders = [authority.certificate(one).public_bytes(Encoding.DER) for one in (new, FORT)]
    assert list(entry.certificates[:2]) == ders
    assert len(entry.certificates) == 4
    assert (entry.revocation_list, entry.older) == (authority.crl(new), (authority.crl(FORT),))
    assert entry.older_deltas == (authority.delta_crl(FORT),)
    *_, written = entries([entry], [])
    values = {one.description: one.values for one in written.attributes}
    lists = values["certificateRevocationList;binary"]
    assert lists == (authority.crl(new), authority.crl(FORT))
