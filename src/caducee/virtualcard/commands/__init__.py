# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The commands of a card, one module for each group.

A command is a function of the core and the APDU that returns an `Answer` or raises `Refused`.
"""
