# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Publishing revocation lists after the transaction that revokes, and surely.

The spec to publish is a job, entered with the revocation; it is done at once by whoever revoked,
and by the worker when that one was killed between.
"""

import logging
import uuid
from collections.abc import Collection

import msgspec

from caducee.base.errors import CpsError
from caducee.directory.jobs import QueuedJob
from caducee.services.ordering.tools import JobKind, Tools
from caducee.spec import igc

__all__ = ["publish", "publish_later", "publish_now"]

_log = logging.getLogger(__name__)


def publish_later(tools: Tools, issuers: Collection[str]) -> None:
    """Request new lists of some authorities (CN), in the transaction of the cause."""
    if issuers:
        tools.jobs.add(JobKind.PUBLISH, msgspec.json.encode(sorted(issuers)).decode())


def publish_now(tools: Tools) -> None:
    """Publish the requested lists; a failure is left to the worker, since OCSP answers already."""
    name = f"at-once-{uuid.uuid4().hex}"
    while job := tools.jobs.take(JobKind.PUBLISH, name):
        try:
            publish(tools, job)
        except CpsError as error:
            _log.warning("no new lists yet: %s", error)
            return


def publish(tools: Tools, job: QueuedJob) -> None:
    """Publish the lists that a job names."""
    for name in msgspec.json.decode(job.payload, type=list[str]):
        ca = igc.by_name(name)
        if ca is not None:
            tools.authority.publish(ca)
    tools.jobs.done(job)
