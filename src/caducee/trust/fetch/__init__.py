# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Polite fetching of lists and certificates: seldom, at a random hour, only what changed."""

from caducee.trust.fetch.fetcher import Fetched, Fetcher
from caducee.trust.fetch.http import Addresses, Bounds, HttpAnswer, get, post_ocsp
from caducee.trust.fetch.lists import FetchedLists
from caducee.trust.fetch.schedule import Manners, Memory
from caducee.trust.fetch.ways import Network, Way

__all__ = [
    "Addresses",
    "Bounds",
    "Fetched",
    "FetchedLists",
    "Fetcher",
    "HttpAnswer",
    "Manners",
    "Memory",
    "Network",
    "Way",
    "get",
    "post_ocsp",
]
