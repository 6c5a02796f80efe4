"""Which main settings a run needs, and how they would have to be changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rig.device.settings import Json

AUTOPID = "auto_pid"


@dataclass(frozen=True)
class Need:
    """A setting that is in the way: what it is, what to do by hand, and the change that the rig could make itself.

    Without `vital` a run works all the same.
    """

    said: str
    remedy: str
    changes: Mapping[str, str] = field(default_factory=dict)
    vital: bool = True


def needs_of(main: Mapping[str, Json], status: Mapping[str, Json]) -> list[Need]:
    """What is in the way, vital things first."""
    needs = [*_vital(main, status), *_helpful(main, status)]
    return sorted(needs, key=lambda need: not need.vital)


def _vital(main: Mapping[str, Json], status: Mapping[str, Json]) -> list[Need]:
    needs = []
    if main.get("wifi_mode") == "AP":
        needs.append(Need("the device is an access point only, and publishes nothing", "Settings, WiFi: give it your network (Station)"))
    elif status.get("sta_status", "Connected") != "Connected":
        needs.append(Need("its station is not connected", "check network name and password in its settings, and its distance"))
    if not _polls(main):
        said = f"protocol is {main.get('protocol')!r}, and without AutoPID nothing is sent"
        needs.append(Need(said, "Settings, CAN: set Protocol to AutoPID, Submit Changes", {"protocol": AUTOPID}))
    return needs


def _helpful(main: Mapping[str, Json], status: Mapping[str, Json]) -> list[Need]:
    needs = []
    if main.get("webhook_en") == "enable":
        needs.append(Need("its webhook is on and may send, too", "switch the webhook off", {"webhook_en": "disable"}, vital=False))
    if main.get("debug") == "enabled":
        needs.append(Need("debug logging is on and slows polling", "switch it off to measure timing", {"debug": "disabled"}, vital=False))
    if status.get("vpn_status") in {"connected", "connecting"}:
        needs.append(Need("its VPN is on", "switch the VPN off: its way to the receivers may be another", vital=False))
    if status.get("subnet_overlap") == "yes":
        needs.append(Need("station and access point have the same subnet", "use another subnet than 192.168.0.0/24", vital=False))
    return needs


def _polls(main: Mapping[str, Json]) -> bool:
    if main.get("wifi_mode") == "SmartConnect":
        return AUTOPID in {main.get("home_protocol"), main.get("drive_protocol")}
    return main.get("protocol") == AUTOPID
