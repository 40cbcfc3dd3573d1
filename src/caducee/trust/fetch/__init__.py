# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Polite fetching of lists and certificates: seldom, at a random hour, only what changed."""

from caducee.trust.fetch.fetcher import Fetched, Fetcher
from caducee.trust.fetch.http import Bounds, HttpAnswer, get, post_ocsp
from caducee.trust.fetch.schedule import Manners, Memory

__all__ = ["Bounds", "Fetched", "Fetcher", "HttpAnswer", "Manners", "Memory", "get", "post_ocsp"]
