"""A device is found by what it announces, as 4.40p and 4.50p do; the announcements here stay on loopback."""

import socket
from contextlib import ExitStack

import pytest
from zeroconf import IPVersion, ServiceInfo, Zeroconf

from rig.device.mdns import locate
from rig.errors import BenchError

LOOPBACK = ["127.0.0.1"]


@pytest.fixture
def announce():
    with ExitStack() as stack:
        zeroconf = stack.enter_context(Zeroconf(interfaces=LOOPBACK, ip_version=IPVersion.V4Only))

        def register(host, service="_wican._tcp.local.", port=80):
            info = ServiceInfo(service, f"{host}.{service}", addresses=[socket.inet_aton("127.0.0.1")], port=port, server=f"{host}.local.")
            zeroconf.register_service(info, cooperating_responders=True)

        yield register


def test_an_address_is_left_as_it_is():
    assert locate("http://192.0.2.7") == "http://192.0.2.7"


@pytest.mark.parametrize("service", ["_wican._tcp.local.", "_http._tcp.local."])
def test_a_device_is_found_by_its_name(announce, service):
    announce("wican_001122334455", service, 8080)
    announce("wican_aabbccddeeff", service)
    assert locate("mdns:wican_aabbccddeeff", 5, LOOPBACK) == "http://127.0.0.1"
    assert locate("mdns:wican_001122334455.local", 5, LOOPBACK) == "http://127.0.0.1:8080"


def test_the_only_one_needs_no_name(announce):
    announce("printer", "_http._tcp.local.")
    announce("wican_aabbccddeeff", port=8080)
    assert locate("mdns:", 1, LOOPBACK) == "http://127.0.0.1:8080"


def test_several_are_named(announce):
    announce("wican_001122334455")
    announce("wican_aabbccddeeff")
    with pytest.raises(BenchError, match="wican_001122334455, wican_aabbccddeeff; name one of them: mdns:wican_001122334455"):
        locate("mdns:", 1, LOOPBACK)


@pytest.mark.parametrize("url", ["mdns:", "mdns:wican_00000000dead"])
def test_none_is_said_with_what_to_write_instead(url):
    with pytest.raises(BenchError, match=r"http://192\.168"):
        locate(url, 0.3, LOOPBACK)
