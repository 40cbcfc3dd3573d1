# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The Cryptolib as a process: one for each user, which shares cards and cache among programs.

`server` holds programs and readers together; `run` puts it together; what the engine must offer
stands in `engine`.
"""
