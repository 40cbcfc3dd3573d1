# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The matrix of faults: each breaks one thing, and names the code to be shown first."""

import datetime as dt
from typing import Any

from tests.unit.diagnosis.world import (
    ATR,
    DAY,
    NOW,
    READER,
    Break,
    both,
    certificate_fault,
    change,
    change_in,
    put,
)

from caducee.diagnosis.facts import (
    BrowserModule,
    CardProcess,
    ChainFacts,
    DateMark,
    DiskFacts,
    LoginFacts,
    PinFacts,
    ReaderFacts,
)

CARD, LOGINS, AUTHORITIES = f"card:{READER}", f"logins:{READER}", f"authorities:{READER}"
READERS = "readers"
SCDAEMON = CardProcess(pid=41, name="scdaemon", idle=False)
GALSS = CardProcess(pid=42, name="galsvw32.exe", idle=False)
OFFICE = CardProcess(pid=43, name="practice", idle=False)


def gone(**pcsc: Any) -> Break:
    """pcscd does not run."""
    fields: dict[str, Any] = {"code": "reader.service_absent", "processes": (), "unit": ""}
    return both(change("pcsc", **(fields | pcsc)), put(READERS, ()))


def unlisted(*more: Break) -> Break:
    """PC/SC lists no reader, though one is plugged in."""
    return both(put(READERS, ()), *more)


def opening(code: str, **facts: Any) -> Break:
    """The card cannot be opened."""
    return change(CARD, code=code, facts=facts)


def browser(number: int, **fields: Any) -> Break:
    return change_in("browsers", number, **fields)


def service(**fields: Any) -> Break:
    return change_in("services", 0, **fields)


FAULTS: dict[str, tuple[Break, str]] = {
    # the machine
    "a library of the installation is missing": (
        change("system", missing=("cryptography",)),
        "installation_damaged",
    ),
    "caducee itself is a Snap": (change("system", confined="snap"), "confined"),
    "the disk is full": (change_in("disks", 0, free=0), "disk_full"),
    "the disk has no inodes left": (change_in("disks", 0, inodes=0), "disk_inodes"),
    "the disk is read-only": (change_in("disks", 0, read_only=True), "disk_read_only"),
    "the disk is nearly full": (change_in("disks", 0, free=32 << 20), "disk_low"),
    "the state folder is another's": (
        put("disks", (DiskFacts(path="/home/x/.local", purpose="state", writable=False),)),
        "folder_closed",
    ),
    "files of the cache are damaged": (change("cache", damaged=2), "cache_damaged"),
    "others can write to the cache": (change("cache", unsafe="mode 0777"), "cache_unsafe"),
    "the cache cannot be written": (change("cache", writable=False), "cache_closed"),
    "the cache is full of old cards": (change("cache", size=200 << 20, files=9000), "cache_large"),
    # the clock
    "the clock was never set": (
        change("clock", now=dt.datetime(1970, 1, 1, tzinfo=dt.UTC), offset=None),
        "clock_absurd",
    ),
    "the clock is a day ahead": (change("clock", offset=86400.0, now=NOW + DAY), "clock_ahead"),
    "the clock is a year behind": (
        change("clock", offset=-365 * 86400.0, now=NOW - 365 * DAY),
        "clock_behind",
    ),
    "the clock drifts": (change("clock", offset=-30.0), "clock_drifts"),
    "nothing sets the clock": (
        change("clock", offset=None, synchronised=False),
        "clock_unsynchronised",
    ),
    "the clock is before the release": (
        change(
            "clock",
            now=NOW - 366 * DAY,
            offset=None,
            marks=(DateMark(what="release", since=NOW),),
            synchronised=None,
        ),
        "clock_before_dates",
    ),
    "the clock is years after everything": (
        change(
            "clock",
            now=NOW + 6 * 366 * DAY,
            offset=None,
            marks=(DateMark(what="release", since=NOW),),
            synchronised=None,
        ),
        "clock_after_dates",
    ),
    "the certificate of the portal is not valid yet": (
        change_in("services", 0, stage="early"),
        "service_early",
    ),
    # PC/SC
    "libpcsclite is missing": (
        both(change("pcsc", library=False, code="reader.pcsc_absent"), put(READERS, ())),
        "pcsc_library_missing",
    ),
    "pcscd is not installed": (gone(program="", socket_there=False), "pcscd_missing"),
    "pcscd is masked": (gone(unit="masked", socket_there=False), "pcscd_masked"),
    "pcscd failed too often": (gone(unit="failed", service_failed=True), "pcscd_failed"),
    "pcscd's socket is inactive": (
        gone(unit="inactive", socket_there=False),
        "pcscd_socket_inactive",
    ),
    "pcscd does not run, without systemd": (gone(socket_there=False), "pcscd_stopped"),
    "pcscd was killed": (gone(), "pcscd_stale_socket"),
    "the environment names another socket": (
        gone(named=True, socket_there=False),
        "pcscd_named_socket",
    ),
    "two pcscd run": (change("pcsc", processes=(100, 200)), "pcscd_twice"),
    "pcscd hangs": (
        both(change("pcsc", code="reader.timeout"), put(READERS, ())),
        "pcscd_hung",
    ),
    "the socket has wrong rights": (
        both(change("pcsc", code="reader.service_absent", socket_open=False), put(READERS, ())),
        "pcscd_socket_rights",
    ),
    "polkit refuses": (
        both(change("pcsc", code="reader.access_denied"), put(READERS, ())),
        "pcsc_refused",
    ),
    "polkit refuses a remote session": (
        both(
            change("pcsc", code="reader.access_denied"),
            change("system", local=False),
            put(READERS, ()),
        ),
        "pcsc_refused_remote",
    ),
    "polkit does not answer": (
        both(change("pcsc", code="reader.access_denied", polkit_answers=False), put(READERS, ())),
        "polkit_silent",
    ),
    "polkit is not there": (
        both(change("pcsc", code="reader.access_denied", polkit=False), put(READERS, ())),
        "polkit_missing",
    ),
    "library and service do not match": (
        both(change("pcsc", code="reader.service_absent"), put(READERS, ())),
        "pcsc_protocol",
    ),
    "PC/SC has an error of its own": (
        both(change("pcsc", code="reader.pcsc_failed", number="80100001"), put(READERS, ())),
        "pcsc_failed",
    ),
    "vpcd listens to the world": (change("pcsc", exposed=True), "vpcd_exposed"),
    # readers
    "no reader is plugged in": (unlisted(put("usb", ())), "reader_none"),
    "libccid is missing": (
        unlisted(change("drivers", ccid=False, devices=())),
        "reader_driver_missing",
    ),
    "the reader is no CCID and has no driver": (
        unlisted(change_in("usb", 0, ccid=False), change("drivers", devices=())),
        "reader_unsupported",
    ),
    "the kernel took the reader": (
        unlisted(change_in("usb", 0, kernel_driver="pn533_usb")),
        "reader_kernel_driver",
    ),
    "pcscd may not open the device": (
        unlisted(change_in("usb", 0, usable=False)),
        "reader_usb_rights",
    ),
    "another program opened the device": (
        unlisted(put("holders", (CardProcess(pid=41, name="practice", how="usb"),))),
        "reader_taken_usb",
    ),
    "GnuPG opened the device": (
        unlisted(put("holders", (CardProcess(pid=41, name="scdaemon", how="usb"),))),
        "reader_taken_gnupg",
    ),
    "PC/SC lost the reader": (unlisted(), "reader_not_listed"),
    "USB sleeps": (change_in("usb", 0, suspended=True), "reader_suspended"),
    "two drivers for one reader": (
        change("drivers", clashing=("ifd-acme", "ifd-ccid")),
        "reader_drivers_clash",
    ),
    "too many readers": (
        put(
            READERS,
            (
                ReaderFacts(name=READER, present=True, atr=ATR),
                *(ReaderFacts(name=f"Virtual PCD 00 {n:02}", virtual=True) for n in range(16)),
            ),
        ),
        "reader_many",
    ),
    # the card, and who holds it
    "the card is not in": (change_in(READERS, 0, present=False, atr=""), "card_absent"),
    "the card is mute": (change_in(READERS, 0, mute=True, atr=""), "card_mute"),
    "a program holds the card": (
        both(change(CARD, exclusive=True), put("holders", (OFFICE,))),
        "card_held",
    ),
    "a program keeps the card in a transaction": (
        both(change(CARD, exclusive=True, waited=True), put("holders", (OFFICE,))),
        "card_held_transaction",
    ),
    "GnuPG holds the card": (
        both(opening("reader.card_in_use"), put("holders", (OFFICE, SCDAEMON))),
        "card_held_gnupg",
    ),
    "GALSS holds the card": (
        both(opening("reader.card_in_use"), put("holders", (GALSS,))),
        "card_held_galss",
    ),
    "another user's program holds the card": (opening("reader.card_in_use"), "card_held_unseen"),
    "the code given for the diagnosis is wrong": (
        opening("cryptolib.pin_wrong", tries_left=2),
        "code_wrong",
    ),
    "a Vitale card": (
        both(
            opening("cryptolib.not_a_cps", atr="3B7513000048"),
            change(CARD, atr="3B7513000048"),
            opening("cryptolib.not_a_cps", atr="3B7513000048"),
        ),
        "card_foreign",
    ),
    "a badge": (opening("cryptolib.identifies_only", uid="00", size=4), "card_badge"),
    "a CPS5": (
        both(
            change(CARD, atr="3B9B18800100122500648005010000"),
            opening("cryptolib.not_a_cps", atr="3B9B18800100122500648005010000"),
        ),
        "card_newer",
    ),
    "a form of code that nobody knows": (
        opening("cryptolib.pin_form_unknown", form="9"),
        "card_code_form",
    ),
    "no common protocol": (opening("reader.protocol_mismatch"), "card_protocol"),
    "loose contacts": (opening("reader.card_removed"), "card_leaves"),
    "another program resets the card": (opening("reader.card_reset"), "card_disturbed"),
    "the serial number is damaged": (opening("cryptolib.serial_invalid"), "card_serial"),
    "the application is missing": (opening("cryptolib.application_missing"), "card_application"),
    "the directory is damaged": (
        opening("cryptolib.directory_invalid", path="3F00", reason="x"),
        "card_directory",
    ),
    "the card answers nonsense": (
        opening("cryptolib.answer_invalid", what="FCP"),
        "card_answers_wrong",
    ),
    "an error that nobody foresaw": (opening("cryptolib.status", sw="6F00"), "card_unopened"),
    "an update did not end": (change(CARD, complete=False), "card_update"),
    "EF_ACTUA is empty": (change(CARD, actuality=False, complete=False), "card_actuality"),
    "a file cannot be read": (change(CARD, unreadable=("CPS_NAME_PS",)), "card_files"),
    "the card is slow": (change(CARD, seconds=12.0), "card_slow"),
    "the card is read without contacts": (
        change(CARD, face="cps3-contactless", pin=PinFacts(there=False)),
        "card_contactless",
    ),
    "the card ended": (change(CARD, expires=(NOW - DAY).date()), "card_ended"),
    "the card ends soon": (change(CARD, expires=(NOW + 30 * DAY).date()), "card_ends_soon"),
    "two cards": (
        lambda world: world.update(
            {
                READERS: (*world[READERS], ReaderFacts(name="B", present=True, atr=ATR)),
                "card:B": world[CARD],
            }
        ),
        "card_several",
    ),
    # certificates
    "a certificate is missing": (
        certificate_fault(code="cryptolib.certificate_missing"),
        "certificate_missing",
    ),
    "a certificate is damaged": (
        certificate_fault(code="cryptolib.certificate_invalid"),
        "certificate_damaged",
    ),
    "a certificate expired": (certificate_fault(not_after=NOW - DAY), "certificate_expired"),
    "a certificate is not yet valid": (
        certificate_fault(not_before=NOW + DAY),
        "certificate_early",
    ),
    "a certificate expires in 59 days": (
        certificate_fault(1, not_after=NOW + 59 * DAY),
        "certificate_soon",
    ),
    "a key of another size": (certificate_fault(key_bits=1024), "certificate_key_size"),
    "a key without its certificate": (certificate_fault(linked=False), "certificate_unlinked"),
    "another key": (certificate_fault(proof="wrong"), "certificate_other_key"),
    "the keys are exchanged": (certificate_fault(proof="signature"), "certificate_swapped"),
    "a certificate for another use": (
        certificate_fault(purpose_right=False),
        "certificate_purpose",
    ),
    "another holder's certificate": (certificate_fault(1, holder="two"), "certificate_holders"),
    "a weak certificate": (certificate_fault(sha1=True), "certificate_weak"),
    "an authority of another world": (
        put(AUTHORITIES, (ChainFacts(use="authentication", code="trust.chain_not_found"),)),
        "chain_unknown",
    ),
    "a chain that does not hold": (
        put(AUTHORITIES, (ChainFacts(use="authentication", code="trust.ca_not_allowed"),)),
        "chain_broken",
    ),
    "the card was revoked": (
        put(AUTHORITIES, (ChainFacts(use="authentication", code="trust.revoked"),)),
        "certificate_revoked",
    ),
    "a policy names a library that is gone": (
        put(
            "browsers",
            (
                BrowserModule(
                    browser="Firefox",
                    kind="policy",
                    path="/etc/firefox/policies/policies.json",
                    state="other",
                    reason="/opt/gone.so",
                ),
                BrowserModule(browser="Firefox", path="/home/x/.mozilla/firefox/a"),
            ),
        ),
        "firefox_policy_elsewhere",
    ),
    # codes
    "the code is blocked": (change(CARD, pin=PinFacts(left=0, most=3)), "code_blocked"),
    "the card is dead": (
        change(CARD, pin=PinFacts(left=0, most=3), puk=PinFacts(left=0, most=3)),
        "code_dead",
    ),
    "the last try": (change(CARD, pin=PinFacts(left=1, most=3)), "code_last"),
    "the unblocking code is blocked": (
        change(CARD, puk=PinFacts(left=0, most=3)),
        "puk_blocked",
    ),
    # our process
    "the daemon hangs": (change("daemon", state="hung"), "daemon_hung"),
    "the daemon refuses": (change("daemon", state="refuses"), "daemon_refuses"),
    "the daemon is crowded": (change("daemon", state="crowded"), "daemon_crowded"),
    "the daemon's folder is open": (change("daemon", folder="mode 0755"), "daemon_folder"),
    "the daemon's socket is open": (change("daemon", mode="0666"), "daemon_socket_rights"),
    "the daemon's socket is another's": (change("daemon", foreign=True), "daemon_foreign"),
    "the socket's path is too long": (change("daemon", too_long=True), "daemon_path_long"),
    "the daemon is of an old version": (change("daemon", version="0.9"), "daemon_version"),
    "the settings are damaged": (change("daemon", settings="line 3"), "daemon_settings"),
    "PC/SC is switched off": (change("daemon", pcsc=False), "daemon_pcsc_off"),
    "no window for the code": (change("daemon", pin_program="/opt/pin"), "pin_program"),
    # our module
    "the module is missing": (change("module", path=""), "module_missing"),
    "the environment names no module": (
        change("module", path="", named="/opt/x.so"),
        "module_named_missing",
    ),
    "the module is of another machine": (change("module", machine_right=False), "module_machine"),
    "the module does not load": (change("module", loads=False, reason="libc"), "module_unloadable"),
    "the module is of another version": (change("module", version="0.9"), "module_version"),
    # browsers and other programs
    "Firefox does not know us": (browser(0, state="absent"), "firefox_absent"),
    "Firefox looks elsewhere": (browser(0, state="other"), "firefox_elsewhere"),
    "a policy removes us": (browser(0, forbidden=True), "firefox_forbidden"),
    "Firefox's policies are damaged": (browser(0, state="broken"), "firefox_broken"),
    "Firefox is a Snap": (browser(0, state="impossible", form="snap"), "firefox_snap"),
    "Firefox is a Flatpak": (browser(0, state="impossible", form="flatpak"), "firefox_flatpak"),
    "Chromium does not know us": (browser(1, state="absent"), "chromium_absent"),
    "Chromium looks elsewhere": (browser(1, state="other"), "chromium_elsewhere"),
    "Chromium's database is damaged": (browser(1, state="broken"), "chromium_broken"),
    "Chromium is a Snap": (browser(1, state="impossible", form="snap"), "chromium_snap"),
    "Chromium is a Flatpak": (
        browser(1, state="impossible", form="flatpak"),
        "chromium_flatpak",
    ),
    "OpenSC beside us": (browser(0, others=("/usr/lib/opensc-pkcs11.so",)), "modules_opensc"),
    "the issuer's module beside us": (
        browser(1, others=("/opt/santesocial/lib/libcps3_pkcs11_lux.so",)),
        "modules_issuer",
    ),
    "p11-kit's proxy beside us": (
        browser(0, others=("/usr/lib/p11-kit-proxy.so",)),
        "modules_proxy",
    ),
    "we are there twice": (browser(0, twice=True), "modules_twice"),
    "Firefox runs since before it knew us": (
        browser(0, process=77, loaded=False),
        "firefox_not_loaded",
    ),
    "a Flatpak may not reach PC/SC": (
        change_in("sandboxed", 0, allowed=False),
        "flatpak_no_pcsc",
    ),
    "a Snap is not connected to PC/SC": (
        change_in("sandboxed", 1, allowed=False),
        "snap_no_pcscd",
    ),
    "a Flatpak brings a library of an older protocol": (
        change_in("sandboxed", 0, library="2.0.1"),
        "sandbox_protocol",
    ),
    "the extension starts another program": (browser(2, state="other"), "host_elsewhere"),
    "p11-kit looks elsewhere": (change("p11kit", state="other"), "p11kit_elsewhere"),
    "p11-kit's settings are damaged": (change("p11kit", state="broken"), "p11kit_broken"),
    "p11-kit switches us off": (change("p11kit", disabled=True), "p11kit_disabled"),
    "OpenSC beside us in p11-kit": (
        change("p11kit", others=("/usr/lib/opensc-pkcs11.so",)),
        "p11kit_fight",
    ),
    "Java looks elsewhere": (change("java", state="other"), "java_elsewhere"),
    "Java has 32 bits": (change("java", bits_right=False), "java_bits"),
    # the network
    "no network": (service(stage="route"), "network_absent"),
    "a captive network": (service(stage="captive"), "network_captive"),
    "the proxy is down": (service(proxy="p:3128", proxy_state="refused"), "proxy_refused"),
    "the proxy wants a login": (service(proxy="p:3128", proxy_state="login"), "proxy_login"),
    "the proxy denies the portal": (
        service(proxy="p:3128", stage="denied", status=403),
        "proxy_denies",
    ),
    "the proxy does not reach the portal": (
        service(proxy="p:3128", stage="unreached", status=502),
        "proxy_unreached",
    ),
    "no way leads to the portal": (service(stage="unreachable"), "service_unreachable"),
    "an antivirus opens TLS": (service(opened=True, issuer="CN=Inspector"), "proxy_opens_tls"),
    "the name is unknown": (service(stage="name"), "service_name"),
    "the portal refuses": (service(stage="refused"), "service_refused"),
    "the portal is silent": (service(stage="silent"), "service_silent"),
    "TLS fails": (service(stage="tls"), "service_tls"),
    "the server's certificate expired": (service(stage="expired"), "service_expired"),
    "the server's authority is unknown": (service(stage="untrusted"), "service_untrusted"),
    "the server has another name": (service(stage="hostname"), "service_hostname"),
    "the portal has an error": (service(stage="answer", status=503), "service_error"),
    "a service that nobody needs is down": (
        change_in("services", 1, stage="refused"),
        "service_optional",
    ),
    "the handshake fails": (change_in(LOGINS, 0, code="handshake"), "login_handshake"),
    "TLS 1.3 is cut": (change_in(LOGINS, 1, code="version"), "login_version"),
    "the certificate does not arrive": (
        change_in(LOGINS, 0, code="no_certificate"),
        "login_no_certificate",
    ),
    "the portal does not admit the holder": (
        change_in(LOGINS, 0, code="relying.holder_unknown"),
        "login_refused",
    ),
}
"""By what is broken: the break, and the code without its area."""

NOTES: dict[str, tuple[Break, str]] = {
    "another system": (change("system", system="Darwin"), "system_foreign"),
    "root": (change("system", root=True), "as_root"),
    "tracing": (change("system", tracing=True), "tracing_on"),
    "only virtual readers": (
        both(change_in(READERS, 0, virtual=True), put("usb", ())),
        "reader_virtual_only",
    ),
    "others use the card": (put("holders", (OFFICE,)), "card_shared"),
    "a test card": (change(CARD, test=True), "card_test"),
    "a wrong code before": (change(CARD, pin=PinFacts(left=2, most=3)), "code_fewer"),
    "a wrong unblocking code before": (change(CARD, puk=PinFacts(left=2, most=3)), "puk_fewer"),
    "no code here": (change(CARD, pin=PinFacts(there=False)), "code_absent"),
    "tries that are not output": (change(CARD, pin=PinFacts()), "code_untold"),
    "no daemon yet": (change("daemon", state="absent"), "daemon_absent"),
    "a killed daemon": (change("daemon", state="stale"), "daemon_stale"),
    "no browser": (put("browsers", ()), "browser_none"),
    "no extension": (browser(2, state="absent"), "host_absent"),
    "another module": (browser(0, others=("/opt/eid.so",)), "modules_other"),
    "no p11-kit": (change("p11kit", there=False), "p11kit_missing"),
    "p11-kit does not know us": (change("p11kit", state="absent"), "p11kit_absent"),
    "no Java": (change("java", there=False), "java_missing"),
    "Java does not know us": (change("java", state="absent"), "java_absent"),
    "a CPS3 with TLS 1.3": (change_in(LOGINS, 1, supported=False), "login_no_tls13"),
}
"""Notes, which are not faults."""

UNCHECKED: dict[str, tuple[Break, str]] = {
    "no authorities": (put(AUTHORITIES, ()), "chain_untold"),
    "no revocation lists": (
        put(AUTHORITIES, (ChainFacts(use="authentication"),)),
        "revocation_unchecked",
    ),
    "old revocation lists": (
        put(AUTHORITIES, (ChainFacts(use="authentication", code="trust.crl_stale", unknown=True),)),
        "revocation_unknown",
    ),
    "no services": (put("services", ()), "services_unnamed"),
    "no login": (put(LOGINS, (LoginFacts(version="1.2", asked=False),)), "login_untried"),
    "a clock that nobody tells": (
        change("clock", offset=None, synchronised=None),
        "clock_unchecked",
    ),
    "no PIN": (certificate_fault(proof=""), "keys_untried"),
}
"""What matters and was not checked."""
