# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Traces on demand: what programs called, and what was said to the card, joined by one number.

Each process on the way (native host, daemon) writes lines of JSON (`Record`) into a file of its
own; ``caducee trace`` joins, filters, replays, shows and anonymises them.
"""

from caducee.middleware.tracing.record import Kind, Record
from caducee.middleware.tracing.settings import TraceLevel, TraceSettings
from caducee.middleware.tracing.writer import Tracer, trace_files

__all__ = ["Kind", "Record", "TraceLevel", "TraceSettings", "Tracer", "trace_files"]
