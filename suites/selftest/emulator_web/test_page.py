import re

import pytest

from rig.emulator.behaviour import Behaviour

pytestmark = pytest.mark.asyncio

# What the firmware's page calls its elements: a browser test written for a device has to find them here.
IDS = (
    "status_view", "automate", "system_tab", "grouping", "add_destination_btn", "destinations_container", "custom_pid_store",
    "submit_button", "notification", "autopid_warning_div", "certmgr_name", "certmgr_ca", "certmgr_client_cert",
    "certmgr_client_key", "certmgr_body", "reboot_button",
)  # fmt: skip
CLASSES = (
    "dest-entry", "dest-header", "dest-stats", "dest-type", "dest-cycle", "dest-url", "dest-cert-set", "dest-api-token",
    "auth-type", "auth-bearer-token", "auth-api-header-name", "auth-api-key", "auth-api-query-name", "auth-basic-user",
    "auth-basic-pass", "qp-add", "qp-key", "qp-value", "qp-del",
)  # fmt: skip


async def test_elements_have_the_names_of_the_firmware(bench, device):
    client = bench.client(device)
    page = await client.get("/")
    assert page.headers[0] == "Content-Type: text/html"
    assert set(IDS) <= set(re.findall(r'id="(\w+)"', page.body.decode()))
    script = (await client.get("/main.js")).body.decode()
    assert [name for name in CLASSES if f'"{name}"' not in script and f"className: `{name}" not in script] == []


async def test_every_file_that_the_page_asks_for_is_there(bench, device):
    client = bench.client(device)
    page = (await client.get("/")).body.decode()
    for path in re.findall(r'(?:src|href)="(/[^"]+)"', page):
        assert (await client.get(path)).status == 200


async def test_the_page_knows_how_its_release_differs(bench):
    device = await bench.start(Behaviour().but(grouping_obeyed=False, page_forgets_cert_sets=True))
    script = (await bench.client(device).get("/main.js")).body.decode()
    assert '"hides_grouping": true, "forgets_cert_sets": true, "submit_always": false' in script


async def test_the_page_asks_for_nothing_from_elsewhere(bench, device):
    client = bench.client(device)
    for path in ("/", "/main.js"):
        elsewhere = re.findall(r"https?://[^\s\"'`)]+", (await client.get(path)).body.decode())
        assert elsewhere == []
