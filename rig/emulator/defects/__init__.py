"""Deliberate faults, by the part of the device that has them. A healthy device has none of these; ``--list-defects`` shows all."""

from rig.emulator.defects import (
    answers,
    auth,
    blocks,
    certs,
    company,
    console,
    context,
    cycle,
    decoding,
    destinations,
    explored,
    grouping,
    mtls,
    network,
    payload,
    query,
    restarts,
    sets,
    stored,
    subtle,
    tls,
    trust,
    values,
    vehicle,
    webpage,
)
from rig.emulator.defects.registry import DEFECTS, SUMMARIES

AREAS = (
    answers, auth, blocks, certs, company, console, context, cycle, decoding, destinations, explored, grouping, mtls, network, payload,
    query, restarts, sets, stored, subtle, tls, trust, values, vehicle, webpage,
)  # fmt: skip
"""The modules that defects are in."""

__all__ = ["AREAS", "DEFECTS", "SUMMARIES"]
