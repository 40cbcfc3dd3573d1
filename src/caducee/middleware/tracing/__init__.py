# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Traces on demand: calls of programs and commands to the card, joined by one number.

Each process on the way (native host, daemon) writes lines of JSON (`TraceRecord`) into its own
file; ``caducee trace`` joins, filters, replays, shows and anonymises them.
"""

from caducee.middleware.tracing.record import RecordKind, TraceRecord
from caducee.middleware.tracing.settings import TraceLevel, TraceSettings
from caducee.middleware.tracing.writer import Tracer, trace_files

__all__ = ["RecordKind", "TraceLevel", "TraceRecord", "TraceSettings", "Tracer", "trace_files"]
