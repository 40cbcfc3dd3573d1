# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""LDAP: messages, names, filters and addresses come back; the server answers or says goodbye."""

import atheris

from caducee.testing.fuzz import run

with atheris.instrument_imports():
    from caducee.base.errors import FormatError
    from caducee.codec.ldap import filters
    from caducee.codec.ldap.messages import Message
    from caducee.codec.ldap.names import Dn
    from caducee.codec.ldap.urls import LdapUrl
    from caducee.codec.ldif import read
    from caducee.directory.ldap.dialogue import Close, LdapDialogue, Upgrade, Wait
    from caducee.directory.ldap.options import LdapOptions
    from caducee.directory.ldap.publication import published_tree
    from caducee.testing.ldap import sample_persons

TREE = published_tree([], sample_persons(20))


def check(data: bytes) -> None:
    """Read bytes as everything that LDAP knows, and say them to a server."""
    messages(data)
    texts(data.decode("utf-8", "replace"))
    dialogue(data)


def messages(data: bytes) -> None:
    """A message that is accepted is the same when it is written and read again."""
    try:
        message = Message.from_bytes(data)
        message.paged_results()
    except FormatError:
        return
    assert Message.from_bytes(message.to_bytes()) == message


def texts(text: str) -> None:
    """So is each kind of text."""
    for parse, write in (
        (Dn.parse, Dn.text),
        (filters.parse, filters.text),
        (LdapUrl.parse, LdapUrl.text),
    ):
        try:
            value = parse(text)
        except FormatError:
            continue
        assert parse(write(value)) == value  # type: ignore[arg-type]
    try:
        list(read(text))
    except FormatError:
        pass


def dialogue(data: bytes) -> None:
    """A server takes any bytes, in pieces, and comes to a pause or an end."""
    talk = LdapDialogue(lambda: TREE, LdapOptions(), lambda: 0.0, can_upgrade=True)
    for place in range(0, len(data), 50):
        talk.receive(data[place : place + 50])
        for _ in range(10_000):
            action = talk.advance()
            if isinstance(action, Close | Upgrade):
                return
            if isinstance(action, Wait):
                break
        else:
            raise AssertionError("no end")


SEEDS = (
    "3028020102632304036f3d540a01010a0100020100020100010100a3070402636e04016130040402636e",
    "300c020101600702010304008000",
    "301d02010177188016312e332e362e312e342e312e313436362e3230303337",
    b"cn=A\\2c B+sn=C,ou=#0C0141,c=FR".hex(),
    b"(&(|(sn=DOC*)(!(cn~=x)))(cn:dn:2.5.13.2:=y)(a>=b))".hex(),
    b"ldap://host:389/cn=A%20B,c=FR?cn;binary?base?(objectClass=*)".hex(),
    b"version: 1\ndn:: Yz1GUg==\nc: FR\n long\n".hex(),
)
"""A search, a bind, StartTLS; a name, a filter, an address, a file."""


if __name__ == "__main__":
    run(check, map(bytes.fromhex, SEEDS))
