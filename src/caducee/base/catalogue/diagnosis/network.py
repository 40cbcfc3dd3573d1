# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the diagnosis: clock, services and logins."""

from caducee.base.catalogue.diagnosis import consequences
from caducee.base.catalogue.entry import Entry, Severity
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "diag.clock_absurd",
        N_("The clock of this machine shows {now}, which cannot be."),
        N_("Set the clock; if it is lost at each start, the battery of the mainboard is empty."),
        consequence=consequences.TIME,
        cure="clock-sync",
    ),
    Entry(
        "diag.clock_ahead",
        N_("The clock of this machine is {seconds} seconds ahead of {source}."),
        N_("As root: timedatectl set-ntp true."),
        consequence=consequences.TIME,
        cure="clock-sync",
    ),
    Entry(
        "diag.clock_behind",
        N_("The clock of this machine is {seconds} seconds behind {source}."),
        N_("As root: timedatectl set-ntp true."),
        consequence=consequences.TIME,
        cure="clock-sync",
    ),
    Entry(
        "diag.clock_before_dates",
        N_(
            "The clock of this machine shows {now}, but this release, or a certificate or list in "
            "use, was made on {date}: the clock is behind."
        ),
        N_("As root: timedatectl set-ntp true."),
        consequence=consequences.TIME,
        cure="clock-sync",
    ),
    Entry(
        "diag.clock_after_dates",
        N_(
            "The clock of this machine shows {now}, but nothing here is newer than {date}: the "
            "clock is probably ahead by years."
        ),
        N_(
            "Compare the date with a telephone. If it is right, update caducee and the status "
            "lists; the certificates have expired then."
        ),
        consequence=consequences.TIME,
        cure="clock-sync",
    ),
    Entry(
        "diag.clock_unchecked",
        N_("The clock was compared with the dates of certificates and lists alone."),
        N_("Name a service, whose clock is compared, or let the network set the clock."),
        consequence=consequences.DOUBT,
        severity=Severity.UNCHECKED,
    ),
    Entry(
        "diag.service_early",
        N_("The certificate of the server {service} is not valid yet."),
        N_("Check the date of this machine; if it is right, tell the people of the service."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_clock",
        N_(
            "The clock of this machine is wrong, so the dates of the certificate of the server "
            "{service} tell nothing."
        ),
        N_("Set the clock, then look again."),
        consequence=consequences.SERVICE,
        severity=Severity.UNCHECKED,
    ),
    Entry(
        "diag.clock_drifts",
        N_("The clock of this machine is {seconds} seconds off ({source})."),
        N_("As root: timedatectl set-ntp true."),
        consequence=consequences.TIME,
        severity=Severity.WARNING,
        cure="clock-sync",
    ),
    Entry(
        "diag.clock_unsynchronised",
        N_("Nothing sets the clock of this machine."),
        N_("As root: timedatectl set-ntp true."),
        consequence=consequences.NONE,
        severity=Severity.WARNING,
        cure="clock-sync",
    ),
    Entry(
        "diag.network_absent",
        N_("This machine has no network: no service can be reached."),
        N_("Check cable, Wi-Fi and VPN."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.network_captive",
        N_(
            "A page of the network answers in place of the services (hotel, hospital guest "
            "network)."
        ),
        N_("Open a browser, accept the terms of the network, then run the diagnosis again."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.proxy_refused",
        N_("The proxy {proxy} does not answer."),
        N_(
            "Check the settings of the proxy (variables https_proxy and no_proxy), or ask the "
            "network's people."
        ),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.proxy_login",
        N_("The proxy {proxy} asks for a login of its own."),
        N_("Put the name into the proxy's address, or have the services excepted."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.proxy_denies",
        N_("The proxy {proxy} does not let {service} through (HTTP {status})."),
        N_("Have the address {address} allowed in the proxy."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.proxy_unreached",
        N_("The proxy {proxy} does not reach {service} (HTTP {status})."),
        N_("Check the spelling of {address}; if it is right, tell the network's people."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.proxy_opens_tls",
        N_(
            "Something between this machine and {service} opens TLS (its certificate was issued "
            "by {issuer})."
        ),
        N_("Have the service excepted from inspection in the proxy or antivirus."),
        consequence=consequences.TLS,
    ),
    Entry(
        "diag.service_name",
        N_("The name of {service} is not known to the network ({address})."),
        N_("Check the spelling, the DNS servers and the VPN."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_unreachable",
        N_("No way leads from this network to {service} ({address})."),
        N_("Check the VPN, and whether a firewall of this machine forbids it."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_refused",
        N_("{service} refuses connections ({address})."),
        N_("The service is down, or a firewall refuses: try later, then ask the network's people."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_silent",
        N_("{service} does not answer in time ({address})."),
        N_("A firewall may swallow the packets: allow the address and port."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_tls",
        N_("TLS with {service} fails ({address})."),
        N_("Check that TLS 1.2 and 1.3 are allowed on the way, and the clock."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_expired",
        N_("The certificate of the server {service} expired."),
        N_("Tell the people of the service; do not click the warning away."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_untrusted",
        N_(
            "The certificate of {service} comes from an authority that this machine does not "
            "trust ({issuer})."
        ),
        N_("Install the authority of the service if it is known to you; else do not go on."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_hostname",
        N_("The certificate of {service} is made out to another name ({address})."),
        N_("Check the address; a DNS or proxy may lead elsewhere."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_error",
        N_("{service} answers with an error of its own (HTTP {status})."),
        N_("Try later; tell the people of the service."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_optional",
        N_("{service} cannot be reached ({stage}); logins do not need it."),
        N_("Try later."),
        consequence=consequences.NONE,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.services_unnamed",
        N_("No service was named, so the network was not looked at."),
        N_("Name services with --service NAME=URL and --portal URL, or in a site file."),
        consequence=consequences.DOUBT,
        severity=Severity.UNCHECKED,
    ),
    Entry(
        "diag.login_untried",
        N_("A login with the card was not tried: it needs a portal and the PIN."),
        N_("Look again with --with-code, and name the portal (--portal URL, or a site file)."),
        consequence=consequences.DOUBT,
        severity=Severity.UNCHECKED,
    ),
    Entry(
        "diag.login_handshake",
        N_("TLS {version} with the card fails at the portal."),
        N_("Try with the other version; look at the trace of the Cryptolib (CADUCEE_TRACE=apdus)."),
        consequence=consequences.PORTAL,
    ),
    Entry(
        "diag.login_version",
        N_("TLS {version} is not possible on the way to the portal."),
        N_("Have it allowed on proxies and firewalls: a CPS3 needs 1.2, a CPS4 can do both."),
        consequence=consequences.PORTAL,
    ),
    Entry(
        "diag.login_no_certificate",
        N_("The portal got no certificate over TLS {version}."),
        N_(
            "Something on the way opens TLS, or the browser chose no certificate: look at the "
            "findings above."
        ),
        consequence=consequences.PORTAL,
    ),
    Entry(
        "diag.login_refused",
        N_("The portal refuses the holder over TLS {version} ({reason})."),
        N_("The page of the portal says what to do for this reason."),
        consequence=consequences.PORTAL,
    ),
    Entry(
        "diag.login_no_tls13",
        N_("This card logs in over TLS 1.2 only (no PSS)."),
        N_("Nothing is to be done where the portal offers TLS 1.2; a CPS4 does both."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
)
