# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Cards that misbehave on purpose.

`names`: which faults there are; `table`: what each does, and what a reader of the card says;
`content`: faults of what the card holds; `store`: the image with its faults, and the switch that
reaches a running card; `card`: the chip that goes into a reader.
"""
