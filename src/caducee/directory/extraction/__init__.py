# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The flat files of the Annuaire Santé, out of a registry and into one.

`caducee.directory.extraction.lines` knows the form of the files, `persons` and `cards` what they
mean. ``PS_LibreAcces`` holds two files more (know-how, diplomas) whose columns no document at hand
gives; they are neither written nor read. Know-how stands in the file of activities too.
"""
