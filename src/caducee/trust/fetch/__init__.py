# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Polite fetching of lists and certificates: seldom, at a random hour, only what changed."""

from caducee.trust.fetch.fetcher import Fetched, Fetcher
from caducee.trust.fetch.http import Addresses, HttpLimits, HttpResponse, get, post_ocsp
from caducee.trust.fetch.lists import FetchedLists
from caducee.trust.fetch.schedule import FetchRecord, FetchSchedule
from caducee.trust.fetch.transport import FetchTransport, NetworkTransport

__all__ = [
    "Addresses",
    "FetchRecord",
    "FetchSchedule",
    "FetchTransport",
    "Fetched",
    "FetchedLists",
    "Fetcher",
    "HttpLimits",
    "HttpResponse",
    "NetworkTransport",
    "get",
    "post_ocsp",
]
