# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Configurations for a front that ends TLS before a portal: nginx and HAProxy.

A front does here what the portal's own listeners do: it asks for a certificate, lets every one
of the card CAs through whatever its dates, resumes no session, and hands the certificate with its
own verify code to the portal over an AF_UNIX socket. It removes those headers from what a client
sends. The portal believes a front because the system says under which user it runs.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from caducee.base.errors import ConfigError

__all__ = ["FrontSettings", "haproxy_configuration", "nginx_configuration"]

_KEEP_ALIVE_SECONDS: Final = 5

_FORBIDDEN: Final = frozenset("\"'\\;{}#$ \t\r\n")
"""Characters that could end a word in one of the two languages."""


@dataclass(frozen=True, slots=True)
class FrontSettings:
    """What both configurations are written from. Paths are absolute."""

    portal_socket: Path
    """The AF_UNIX socket of the portal (`PortalSettings.front_socket`)."""

    origin: str
    """The origin for every card, TLS 1.2, e.g. ``https://portal.example.test``."""

    certificate: Path
    """PEM file: certificate of the web server, its chain, and for HAProxy also its key."""

    key: Path
    """PEM file of the private key (nginx)."""

    client_authorities: Path
    """PEM file with every CA, root and intermediate, of the cards."""

    folder: Path
    """Where the front keeps its process id and temporary files; it must exist."""

    bind: str = "127.0.0.1"
    """The address to listen on."""

    tls13_origin: str | None = None
    """The origin for TLS 1.3, when there is a listener for it."""

    user: str | None = None
    """The user that the front becomes when root starts it; `PortalSettings.front_user` then."""


def nginx_configuration(settings: FrontSettings) -> str:
    """Return a whole ``nginx.conf``.

    ``optional_no_ca`` lets nginx carry on with a certificate it would not accept, but it still
    answers 400 to one that is expired; ``error_page 495`` hands that request to the portal too.
    Raises `ConfigError` (``portal.front_unwritable``) for a value that cannot be written.
    """
    folder = _word(settings.folder)
    temporary = "\n".join(
        f"    {kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    servers = "\n".join(_nginx_server(settings, *listener) for listener in _listeners(settings))
    user = "" if settings.user is None else f"user {_word(settings.user)};\n"
    return f"""\
{user}daemon off;
worker_processes auto;
pid {folder}/nginx.pid;
error_log stderr notice;
events {{}}
http {{
    access_log off;
    server_tokens off;
{temporary}
    keepalive_timeout {_KEEP_ALIVE_SECONDS}s;
    client_max_body_size 100k;
    large_client_header_buffers 4 16k;
    ssl_session_cache off;
    ssl_session_tickets off;
    upstream portal {{
        server unix:{_word(settings.portal_socket)};
    }}
{servers}
}}
"""


def _nginx_server(settings: FrontSettings, origin: str, version: str) -> str:
    parts = urlsplit(origin)
    return f"""\
    server {{
        listen {_address(settings, parts.port)} ssl;
        server_name {_word(parts.hostname or "")};
        ssl_protocols {version};
        ssl_certificate {_word(settings.certificate)};
        ssl_certificate_key {_word(settings.key)};
        ssl_client_certificate {_word(settings.client_authorities)};
        ssl_verify_client optional_no_ca;
        ssl_verify_depth 5;
        error_page 495 = @portal;
        location / {{
            try_files /dev/null @portal;
        }}
        location = /logout {{
            keepalive_timeout 0;
            try_files /dev/null @portal;
        }}
        location @portal {{
            proxy_pass http://portal;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header Client-Cert $ssl_client_escaped_cert;
            proxy_set_header Client-Cert-Chain "";
            proxy_set_header Client-Cert-Verify $ssl_client_verify;
            proxy_set_header Client-Connection $pid-$connection;
            proxy_set_header Client-Address $remote_addr;
        }}
    }}"""


def haproxy_configuration(settings: FrontSettings) -> dict[Path, str]:
    """Return the files of HAProxy, the ``haproxy.cfg`` first, to be written where they are named.

    The server's certificate stands in crt-lists alone: a ``crt`` on the bind line would win
    silently. Each listener has a list of its own, because HAProxy keeps one list per file and
    with it the TLS versions of the first listener that names it. ``crt-ignore-err all
    ca-ignore-err all`` lets every client certificate through; the portal judges it with the
    verify code that comes beside it. Raises `ConfigError` (``portal.front_unwritable``) for a
    value that cannot be written.
    """
    binds, lists = [], {}
    for origin, version in _listeners(settings):
        crt_list = settings.folder / f"{version.lower()}.crt-list"
        lists[crt_list] = _haproxy_crt_list(settings, origin)
        binds.append(
            f"    bind {_address(settings, urlsplit(origin).port)} ssl strict-sni "
            f"crt-list {_word(crt_list)} crt-ignore-err all ca-ignore-err all no-tls-tickets "
            f"ssl-min-ver {version} ssl-max-ver {version}"
        )
    main = _haproxy_main(settings, "\n".join(binds))
    return {settings.folder / "haproxy.cfg": main} | lists


def _haproxy_main(settings: FrontSettings, binds: str) -> str:
    hosts = " ".join(_word(urlsplit(origin).netloc) for origin, _ in _listeners(settings))
    user = "" if settings.user is None else f"    user {_word(settings.user)}\n"
    return f"""\
global
{user}    maxconn 1000
    tune.ssl.cachesize 0
    hard-stop-after 2s
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
    timeout http-request 10s
    timeout http-keep-alive {_KEEP_ALIVE_SECONDS}s
frontend holders
{binds}
    # A connection is for one of our names, whatever name its requests then give.
    http-request deny deny_status 421 unless {{ req.hdr(host),lower -m str {hosts} }}
    http-request del-header client-cert -m beg
    http-request del-header client-connection
    http-request del-header client-address
    http-request set-header Client-Address %[src]
    http-request set-header Client-Cert :%[ssl_c_der,base64]: if {{ ssl_c_used }}
    http-request set-header Client-Cert-Verify %[ssl_c_verify] if {{ ssl_c_used }}
    http-request set-header Client-Connection %[ssl_fc_server_random,hex]
    http-request set-var(txn.out) bool(true) if {{ path /logout }}
    http-after-response set-header Connection close if {{ var(txn.out) -m bool }}
    default_backend portal
backend portal
    server portal unix@{_word(settings.portal_socket)}
"""


def _haproxy_crt_list(settings: FrontSettings, origin: str) -> str:
    verify = f"verify optional ca-file {_word(settings.client_authorities)}"
    return f"{_word(settings.certificate)} [{verify}] {_word(urlsplit(origin).hostname or '')}\n"


def _listeners(settings: FrontSettings) -> list[tuple[str, str]]:
    """Return each origin with the name of its TLS version, which both programs share."""
    found = [(settings.origin, "TLSv1.2")]
    if settings.tls13_origin is not None:
        found.append((settings.tls13_origin, "TLSv1.3"))
    return found


def _address(settings: FrontSettings, port: int | None) -> str:
    host = f"[{settings.bind}]" if ":" in settings.bind else settings.bind
    return _word(f"{host}:{port or 443}")


def _word(value: Path | str) -> str:
    """Return a value as one word of a configuration. Raises `ConfigError`."""
    text = str(value)
    if not text or _FORBIDDEN & set(text) or not text.isprintable():
        raise ConfigError("portal.front_unwritable", value=text)
    return text
