# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``portal``: what its pages and its server say beyond the checks of a login."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES = (
    Entry(
        "portal.certificate_absent_tls13",
        N_("No certificate of a card was presented over TLS 1.3."),
        N_(
            "With a CPS3 card, log in at the address for TLS 1.2. With a CPS4 card, insert it, "
            "choose its authentication certificate when the browser asks, and try again."
        ),
    ),
    Entry(
        "portal.not_logged_in",
        N_("You are not logged in."),
        N_("Log in from the start page."),
    ),
    Entry(
        "portal.activity_missing",
        N_("No activity was chosen."),
        N_("Choose one of your activities, then go on."),
    ),
    Entry(
        "portal.request_from_elsewhere",
        N_("The request came from another site ({origin}) and was not carried out."),
        N_("Open the portal by its own address and do it there."),
    ),
    Entry(
        "portal.wrong_host",
        N_("The portal does not answer under the name {host}."),
        N_("Open it at {origin}."),
    ),
    Entry(
        "portal.front_not_trusted",
        N_("The program in front of the portal is not one that it trusts."),
        N_("The operator sets front_user to the user under which the front runs."),
    ),
    Entry(
        "portal.not_found",
        N_("Page not found."),
        N_("Go back to the start page."),
    ),
    Entry(
        "portal.method_not_allowed",
        N_("This address does not take requests of the kind {method}."),
        N_("Go back to the start page."),
    ),
    Entry(
        "portal.request_too_large",
        N_("The request is larger than the {limit} bytes that are taken here."),
        N_("Send the login token alone, as JSON."),
    ),
    Entry(
        "portal.request_unreadable",
        N_("The request cannot be read."),
        N_("Send it as the page does: a form, or JSON in UTF-8."),
    ),
    Entry(
        "portal.too_many_requests",
        N_("Too many logins were begun from this network in a short time."),
        N_("Wait a few seconds, then log in again."),
    ),
    Entry(
        "portal.fault",
        N_("The portal has failed by a fault of its own."),
        N_("Try again; if it happens again, tell the operator the time at which it happened."),
    ),
    Entry(
        "portal.tls_material",
        N_("The certificate or key in {path} cannot be used: {reason}."),
        N_("Check the paths in the settings, and that certificate and key belong together."),
    ),
    Entry(
        "portal.front_user_unknown",
        N_("The user {user} of the front does not exist on this machine."),
        N_("Set front_user to the user under which the front runs, or leave it out."),
    ),
    Entry(
        "portal.front_unwritable",
        N_("The value {value} cannot be written into the configuration of a front."),
        N_("Use names and paths without blanks, quotes and other signs of the configuration."),
    ),
    Entry(
        "portal.address_taken",
        N_("The portal cannot listen on {address}: {reason}."),
        N_("Stop the program that uses it, or set another port or path."),
    ),
)
