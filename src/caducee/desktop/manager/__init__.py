# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The card manager: ``caducee manager``. ``model`` needs no Qt; ``pages`` are its widgets."""
