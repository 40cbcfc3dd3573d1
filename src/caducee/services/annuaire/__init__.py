# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The Annuaire Santé as programs read it: a FHIR R4 view of a registry.

Practitioner, PractitionerRole and Organization can be read and searched; nothing can be written.
"""
