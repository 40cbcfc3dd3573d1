# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What issues: the certification authorities of the twin.

`caducee.authority.authority.Authority` is the TEST hierarchy with keys of ours;
`caducee.authority.servers.ServerAuthority` certifies the web servers of a sandbox, apart.
"""
