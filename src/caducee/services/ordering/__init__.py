# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Ordering test cards and certificates, and the life of a card behind it.

`catalogue` says what there is, `form` what an applicant states (form 414), `checks` what a
reviewer must see, `states` who may do what when, `orders` does it; `audit` keeps the trail.
"""
