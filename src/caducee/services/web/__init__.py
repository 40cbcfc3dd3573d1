# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the web services share: bounded HTTP, the language of a page, headers, and their look."""
