# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Certificate policies of a chain (RFC 5280 section 6.1, in the form of RFC 9618).

The policy tree of RFC 5280 grows without bound on a hostile chain. Here stands the graph that
RFC 9618 puts in its place: each policy has one node per certificate, with all its parents, so that
the work is bounded by the size of the certificates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from caducee.spec import oids
from caducee.trust.x509 import ParsedCertificate

__all__ = ["ANY_DEMAND", "PolicyDemand", "PolicyFinding", "process"]

_ANY: Final = oids.ANY_POLICY


@dataclass(frozen=True, slots=True)
class PolicyDemand:
    """What is asked of the policies of a chain: inputs (c), (e), (f), (g) of RFC 5280 6.1.1."""

    wanted: frozenset[str] | None = None
    """user-initial-policy-set, dotted OIDs; ``None``: any policy will do."""

    explicit: bool = False
    """Whether the chain must be valid for one of the policies that are wanted."""

    inhibit_mapping: bool = False
    """Whether an authority may not say that its policy is the same as another's."""

    inhibit_any: bool = False
    """Whether anyPolicy in a certificate counts for nothing."""

    @classmethod
    def of(cls, wanted: "frozenset[str] | PolicyDemand | None") -> "PolicyDemand":
        """Read the short form: a set of policies of which the chain needs one."""
        if isinstance(wanted, PolicyDemand):
            return wanted
        return ANY_DEMAND if wanted is None else cls(wanted, explicit=True)


ANY_DEMAND: Final = PolicyDemand()
"""Nothing is asked; what the certificates themselves demand still counts."""


@dataclass(frozen=True, slots=True)
class PolicyFinding:
    """What the policies of a chain come to."""

    refused_by: ParsedCertificate | None
    """The certificate at which an explicit policy was demanded and none was left."""

    mapping_to_any: ParsedCertificate | None
    """A certificate that maps anyPolicy, which RFC 5280 6.1.4 (a) forbids."""

    policies: frozenset[str]
    """user-constrained-policy-set; anyPolicy in it stands for every policy."""


@dataclass(slots=True, eq=False)
class _Node:
    """One policy at one depth."""

    parents: tuple["_Node", ...]
    expected: tuple[str, ...]


type _Level = dict[str, _Node]


@dataclass(slots=True)
class _State:
    """The state variables of RFC 5280 6.1.2 that speak of policies."""

    explicit: int
    mapping: int
    any_policy: int
    levels: list[_Level] = field(default_factory=list)
    """One level per certificate; an empty last one is the NULL graph."""

    @classmethod
    def begin(cls, demand: PolicyDemand, anchor: ParsedCertificate, length: int) -> "_State":
        never = length + 1
        state = cls(
            explicit=0 if demand.explicit else never,
            mapping=0 if demand.inhibit_mapping else never,
            any_policy=0 if demand.inhibit_any else never,
            levels=[{_ANY: _Node((), (_ANY,))}],
        )
        state.constrain(anchor)  # the anchor limits what is below it too (RFC 5937)
        return state

    def grow(self, view: ParsedCertificate, last: bool) -> None:
        """Add the level of a certificate (6.1.3 d, e)."""
        above = self.levels[-1]
        level: _Level = {}
        if view.policies is not None and above:
            expecting = _expecting(above)
            for policy in view.policies:
                if policy != _ANY:
                    _add(level, policy, expecting.get(policy) or _any_parent(above))
            if _ANY in view.policies and (self.any_policy or (not last and view.self_issued)):
                for policy, parents in expecting.items():
                    if policy not in level:
                        _add(level, policy, parents)
        self.levels.append(level)

    def map(self, mappings: Mapping[str, tuple[str, ...]]) -> None:
        """Take policy mappings into account (6.1.4 b)."""
        level, above = self.levels[-1], self.levels[-2]
        for policy, others in mappings.items():
            if not self.mapping:
                level.pop(policy, None)
            elif policy in level:
                level[policy].expected = others
            elif _ANY in level:
                level[policy] = _Node((above[_ANY],), others)

    def descend(self, view: ParsedCertificate) -> None:
        """Prepare for the next certificate (6.1.4 h, i, j)."""
        if not view.self_issued:
            self.explicit = max(0, self.explicit - 1)
            self.mapping = max(0, self.mapping - 1)
            self.any_policy = max(0, self.any_policy - 1)
        self.constrain(view)

    def constrain(self, view: ParsedCertificate) -> None:
        """Lower the counters to what a certificate demands."""
        if view.require_explicit_policy is not None:
            self.explicit = min(self.explicit, view.require_explicit_policy)
        if view.inhibit_policy_mapping is not None:
            self.mapping = min(self.mapping, view.inhibit_policy_mapping)
        if view.inhibit_any_policy is not None:
            self.any_policy = min(self.any_policy, view.inhibit_any_policy)

    @property
    def failed(self) -> bool:
        """Whether a policy is demanded and none is left (6.1.3 f)."""
        return not self.explicit and not self.levels[-1]


def process(chain: Sequence[ParsedCertificate], demand: PolicyDemand) -> PolicyFinding:
    """Process the policies of a chain, leaf first and anchor last."""
    state = _State.begin(demand, chain[-1], len(chain) - 1)
    for place in range(len(chain) - 2, -1, -1):
        item = chain[place]
        state.grow(item, last=place == 0)
        if state.failed:
            return PolicyFinding(item, None, frozenset())
        if place:
            if _maps_any(item.policy_mappings):
                return PolicyFinding(None, item, frozenset())
            state.map(item.policy_mappings)
            state.descend(item)
    leaf = chain[0]
    state.explicit = max(0, state.explicit - 1)  # 6.1.5 a
    if leaf.require_explicit_policy == 0:  # 6.1.5 b
        state.explicit = 0
    policies = _constrained(state.levels, demand.wanted)
    refused = leaf if not state.explicit and not policies else None
    return PolicyFinding(refused, None, policies)


def _expecting(level: _Level) -> dict[str, tuple[_Node, ...]]:
    """Return the nodes that expect each policy below them."""
    found: dict[str, list[_Node]] = {}
    for node in level.values():
        for policy in node.expected:
            found.setdefault(policy, []).append(node)
    return {policy: tuple(nodes) for policy, nodes in found.items()}


def _any_parent(level: _Level) -> tuple[_Node, ...]:
    return (level[_ANY],) if _ANY in level else ()


def _add(level: _Level, policy: str, parents: tuple[_Node, ...]) -> None:
    if parents:
        level[policy] = _Node(parents, (policy,))


def _maps_any(mappings: Mapping[str, tuple[str, ...]]) -> bool:
    return _ANY in mappings or any(_ANY in others for others in mappings.values())


def _constrained(levels: Sequence[_Level], wanted: frozenset[str] | None) -> frozenset[str]:
    """Return the policies for which the whole chain is valid (6.1.5 g).

    They are named as the first certificate below anyPolicy named them: that is what whoever asks
    knows. Going up from the leaf, only nodes that have a line down to it are met.
    """
    last = levels[-1]
    if _ANY in last:
        return frozenset({_ANY}) if wanted is None else wanted
    found: set[str] = set()
    living = {id(node) for node in last.values()}
    for place in range(len(levels) - 1, 0, -1):
        top = levels[place - 1].get(_ANY)
        alive = [(policy, node) for policy, node in levels[place].items() if id(node) in living]
        for policy, node in alive:
            if policy != _ANY and node.parents == (top,):
                found.add(policy)
        living = {id(parent) for _, node in alive for parent in node.parents}
    return frozenset(found if wanted is None else found & wanted)
