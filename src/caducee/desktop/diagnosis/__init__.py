# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The diagnosis as a window: `view` is its model without Qt, `window` the widgets.

Another window embeds it as ``caducee.desktop.diagnosis.panel.DiagnosisPanel``, or opens
``caducee.desktop.diagnosis.window.DiagnosisWindow``; `app.run` is the program.
"""
