# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a person may set of the engine: the table ``[pkcs11]`` of ``cryptolib.toml``."""

from typing import Annotated, Literal

import msgspec

from caducee.base.config import Settings

__all__ = ["EngineSettings"]

type _Count = Annotated[int, msgspec.Meta(ge=1, le=65536)]


class EngineSettings(Settings, frozen=True):
    """How slots and tokens are shown, and what one program may take."""

    compat: Literal["standard", "cps3"] = "standard"
    """``standard``: each function answers as PKCS#11 says. ``cps3``: as the issuer's module 5.2
    does, for programs that were written for it (see `caducee.middleware.pkcs11.compat`)."""

    slots: Annotated[int, msgspec.Meta(ge=1, le=256)] = 16
    """Readers that are shown at most, the first ones that were seen."""

    hide_empty: bool = False
    """Leave slots without a card out of every list. Programs that look at the list only once
    then miss a card that comes later."""

    sessions: _Count = 1024
    """Sessions of one program at one token; one more gets CKR_SESSION_COUNT."""

    session_objects: _Count = 256
    """Objects that one program may make in its sessions; one more gets CKR_DEVICE_MEMORY."""

    object_bytes: Annotated[int, msgspec.Meta(ge=1024, le=1 << 28)] = 1 << 24
    """Bytes of all these objects together."""

    object_bytes_all: Annotated[int, msgspec.Meta(ge=1024, le=1 << 31)] = 1 << 26
    """The same of all programs together."""

    template: _Count = 512
    """Attributes of one template; a longer one gets CKR_ARGUMENTS_BAD."""

    random_bytes: Annotated[int, msgspec.Meta(ge=64, le=1 << 20)] = 1 << 16
    """Bytes of one C_GenerateRandom, of which the card makes eight per command; more get
    CKR_ARGUMENTS_BAD."""
