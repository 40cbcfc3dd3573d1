# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the diagnosis: clock, services and logins."""

from caducee.base.catalogue.diagnosis import consequences
from caducee.base.catalogue.entry import Entry, Severity
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "diag.clock_absurd",
        N_("Invalid date on this computer: {now}."),
        N_("Set the clock; if it is lost at each start, the battery of the mainboard is empty."),
        consequence=consequences.TIME,
        cure="clock-sync",
    ),
    Entry(
        "diag.clock_ahead",
        N_("The clock of this computer is {seconds} seconds ahead of {source}."),
        N_("As root: timedatectl set-ntp true."),
        consequence=consequences.TIME,
        cure="clock-sync",
    ),
    Entry(
        "diag.clock_behind",
        N_("The clock of this computer is {seconds} seconds behind {source}."),
        N_("As root: timedatectl set-ntp true."),
        consequence=consequences.TIME,
        cure="clock-sync",
    ),
    Entry(
        "diag.clock_before_dates",
        N_(
            "The clock of this computer shows {now}, but this release, or a certificate "
            "or list in use, dates from {date}: the clock is behind."
        ),
        N_("As root: timedatectl set-ntp true."),
        consequence=consequences.TIME,
        cure="clock-sync",
    ),
    Entry(
        "diag.clock_after_dates",
        N_(
            "The clock of this computer shows {now}, but nothing here is newer than "
            "{date}: the clock is probably years ahead."
        ),
        N_(
            "Compare the date with a telephone. If it is correct, update caducee and the "
            "revocation lists: the certificates have then expired."
        ),
        consequence=consequences.TIME,
        cure="clock-sync",
    ),
    Entry(
        "diag.clock_unchecked",
        N_("The clock was compared only with the dates of certificates and lists."),
        N_("Specify a service for comparison, or synchronise the clock over the network."),
        consequence=consequences.DOUBT,
        severity=Severity.UNCHECKED,
    ),
    Entry(
        "diag.service_early",
        N_("The certificate of the server {service} is not valid yet."),
        N_("Check the date of this computer; if it is correct, contact the service."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_clock",
        N_(
            "The clock of this computer is wrong: the validity of the server certificate "
            "of {service} cannot be checked."
        ),
        N_("Set the clock, then run the diagnosis again."),
        consequence=consequences.SERVICE,
        severity=Severity.UNCHECKED,
    ),
    Entry(
        "diag.clock_drifts",
        N_("The clock of this computer is {seconds} seconds off ({source})."),
        N_("As root: timedatectl set-ntp true."),
        consequence=consequences.TIME,
        severity=Severity.WARNING,
        cure="clock-sync",
    ),
    Entry(
        "diag.clock_unsynchronised",
        N_("The clock of this computer is not synchronised."),
        N_("As root: timedatectl set-ntp true."),
        consequence=consequences.NONE,
        severity=Severity.WARNING,
        cure="clock-sync",
    ),
    Entry(
        "diag.network_absent",
        N_("No network connection: no service can be reached."),
        N_("Check cable, Wi-Fi and VPN."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.network_captive",
        N_("A captive portal answers in place of the services (hotel or hospital guest network)."),
        N_("Open a browser, accept the terms of the network, then run the diagnosis again."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.proxy_refused",
        N_("The proxy {proxy} does not respond."),
        N_(
            "Check the proxy settings (variables https_proxy and no_proxy), or contact "
            "your network administrator."
        ),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.proxy_login",
        N_("The proxy {proxy} requires authentication."),
        N_("Add the user name to the proxy address, or have the services exempted."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.proxy_denies",
        N_("The proxy {proxy} blocks {service} (HTTP {status})."),
        N_("Have the address {address} allowed in the proxy."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.proxy_unreached",
        N_("The proxy {proxy} cannot reach {service} (HTTP {status})."),
        N_("Check the address {address}; if it is correct, contact your network administrator."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.proxy_opens_tls",
        N_("TLS to {service} is intercepted (certificate issued by {issuer})."),
        N_("Have the service exempted from TLS inspection in the proxy or antivirus."),
        consequence=consequences.TLS,
    ),
    Entry(
        "diag.service_name",
        N_("The host name of {service} cannot be resolved ({address})."),
        N_("Check the spelling, the DNS servers and the VPN."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_unreachable",
        N_("No route to {service} ({address})."),
        N_("Check the VPN and the firewall of this computer."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_refused",
        N_("{service} refuses connections ({address})."),
        N_(
            "The service is down or blocked by a firewall: try later, then contact your "
            "network administrator."
        ),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_silent",
        N_("{service} does not answer in time ({address})."),
        N_("A firewall may drop the packets: allow the address and port."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_tls",
        N_("TLS with {service} fails ({address})."),
        N_("Check the clock, and that proxies and firewalls allow TLS 1.2 and 1.3."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_expired",
        N_("The certificate of the server {service} expired."),
        N_("Contact the service; do not bypass the warning."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_untrusted",
        N_("Untrusted issuer of the certificate of {service} ({issuer})."),
        N_(
            "If you know and trust the authority of the service, install it; otherwise do "
            "not continue."
        ),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_hostname",
        N_("Host name mismatch in the certificate of {service} ({address})."),
        N_("Check the address, the DNS servers and the proxy."),
        consequence=consequences.SERVICE,
    ),
    Entry(
        "diag.service_error",
        N_("{service} reports an internal error (HTTP {status})."),
        N_("Try later, or contact the service."),
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
        N_("No services are configured: the network was not checked."),
        N_("Specify services with --service NAME=URL and --portal URL, or in a site file."),
        consequence=consequences.DOUBT,
        severity=Severity.UNCHECKED,
    ),
    Entry(
        "diag.login_untried",
        N_("No login was tried: a portal and the PIN are required."),
        N_("Run the diagnosis again with --with-pin and a portal (--portal URL or a site file)."),
        consequence=consequences.DOUBT,
        severity=Severity.UNCHECKED,
    ),
    Entry(
        "diag.login_handshake",
        N_("TLS {version} with the card fails at the portal."),
        N_("Try the other TLS version, or read the Cryptolib trace (CADUCEE_TRACE=apdus)."),
        consequence=consequences.PORTAL,
    ),
    Entry(
        "diag.login_version",
        N_("TLS {version} is blocked between this computer and the portal."),
        N_("Have it allowed on proxies and firewalls: a CPS3 needs 1.2, a CPS4 can do both."),
        consequence=consequences.PORTAL,
    ),
    Entry(
        "diag.login_no_certificate",
        N_("The portal received no certificate over TLS {version}."),
        N_(
            "TLS is intercepted, or no certificate was chosen in the browser: see the "
            "findings above."
        ),
        consequence=consequences.PORTAL,
    ),
    Entry(
        "diag.login_refused",
        N_("The portal refuses the holder over TLS {version} ({reason})."),
        N_("See the portal page for this reason."),
        consequence=consequences.PORTAL,
    ),
    Entry(
        "diag.login_no_tls13",
        N_("This card supports TLS 1.2 only (no PSS)."),
        N_("No action required if the portal offers TLS 1.2; a CPS4 supports both."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
)
