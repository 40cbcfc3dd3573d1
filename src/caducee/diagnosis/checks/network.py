# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks of the network, of the services that were named, and of logins with the card."""

from collections.abc import Iterator
from typing import Final

from caducee.base.catalogue import Severity
from caducee.base.i18n import N_
from caducee.diagnosis.checks import observations
from caducee.diagnosis.checks.machine import clock_findings
from caducee.diagnosis.context import CheckContext
from caducee.diagnosis.facts import LoginFacts, ServiceFacts
from caducee.diagnosis.model import Check, Finding, found

__all__ = ["CHECKS"]

_STAGES: Final = {
    "denied": "diag.proxy_denies",
    "unreached": "diag.proxy_unreached",
    "name": "diag.service_name",
    "unreachable": "diag.service_unreachable",
    "refused": "diag.service_refused",
    "silent": "diag.service_silent",
    "tls": "diag.service_tls",
    "expired": "diag.service_expired",
    "early": "diag.service_early",
    "untrusted": "diag.service_untrusted",
    "hostname": "diag.service_hostname",
    "answer": "diag.service_error",
}


_DATED: Final = frozenset({"expired", "early"})
"""Stages that say nothing while the clock is wrong."""


def _network(context: CheckContext) -> Iterator[Finding]:
    services = context.services
    if not services:
        yield found("diag.services_unnamed")
        return
    for service in services:
        if service.proxy_state:
            kind = "refused" if service.proxy_state == "refused" else "login"
            yield found(f"diag.proxy_{kind}", proxy=service.proxy)
            return
    if any(service.stage == "route" for service in services):
        yield found("diag.network_absent")
    elif any(service.stage == "captive" for service in services):
        yield found("diag.network_captive")


def _services(context: CheckContext) -> Iterator[Finding]:
    wrong = any(finding.severity is Severity.ERROR for finding in clock_findings(context))
    for service in context.services:
        if wrong and service.stage in _DATED:
            yield found("diag.service_clock", service=service.name)
        else:
            yield from _service(service)


def _service(facts: ServiceFacts) -> Iterator[Finding]:
    if facts.opened:
        yield found("diag.proxy_opens_tls", service=facts.name, issuer=facts.issuer)
    elif facts.stage in _STAGES and not facts.critical:
        yield found("diag.service_optional", service=facts.name, stage=facts.stage)
    elif facts.stage in _STAGES:
        yield found(
            _STAGES[facts.stage],
            service=facts.name,
            address=facts.address,
            issuer=facts.issuer or "?",
            status=facts.status,
            proxy=facts.proxy or "?",
        )


def _logins(context: CheckContext) -> Iterator[Finding]:
    tried = context.logins
    if not any(entry.asked for entry in tried):
        yield found("diag.login_untried")
        return
    for attempt in tried:
        yield from _login(attempt)


def _login(facts: LoginFacts) -> Iterator[Finding]:
    if not facts.supported:
        yield found("diag.login_no_tls13")
    elif facts.code in ("handshake", "version", "no_certificate"):
        yield found(f"diag.login_{facts.code}", version=facts.version)
    elif facts.code:
        yield found("diag.login_refused", version=facts.version, reason=facts.code)


CHECKS: Final = (
    Check(
        name="network",
        title=N_("Network and proxy"),
        look=_network,
        codes=(
            "diag.services_unnamed",
            "diag.proxy_refused",
            "diag.proxy_login",
            "diag.network_absent",
            "diag.network_captive",
        ),
    ),
    Check(
        name="services",
        title=N_("Services"),
        needs=("network",),
        look=_services,
        observe=observations.services,
        codes=(
            "diag.proxy_opens_tls",
            "diag.service_optional",
            "diag.service_clock",
            *_STAGES.values(),
        ),
    ),
    Check(
        name="logins",
        title=N_("Logins with the card"),
        needs=("services", "codes", "chain", "keys"),
        look=_logins,
        observe=observations.logins,
        codes=(
            "diag.login_untried",
            "diag.login_handshake",
            "diag.login_version",
            "diag.login_no_certificate",
            "diag.login_refused",
            "diag.login_no_tls13",
        ),
    ),
)
