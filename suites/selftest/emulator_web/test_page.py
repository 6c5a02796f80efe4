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
    "dest-stats", "dest-type", "dest-cycle", "dest-url", "dest-cert-set", "dest-api-token",
    "auth-type", "auth-bearer-token", "auth-api-header-name", "auth-api-key", "auth-api-query-name", "auth-basic-user",
    "auth-basic-pass", "qp-add", "qp-key", "qp-value", "qp-del",
)  # fmt: skip


async def files(client):
    """Everything that the page consists of, by path: what it names, and what its scripts import."""
    found, names = {}, {"/"}
    while names:
        path = names.pop()
        answer = await client.get(path)
        assert answer.status == 200, path
        found[path] = answer
        if path.endswith((".js", "/")):
            text = answer.body.decode()
            names |= {
                *re.findall(r'(?:src|href)="(/[^"]+)"', text),
                *re.findall(r'^import .* from "(/[^"]+)";$', text, re.MULTILINE),
            } - found.keys()
    return found


def scripts(found):
    return "\n".join(answer.body.decode() for path, answer in found.items() if path.endswith(".js"))


async def test_elements_have_the_names_of_the_firmware(bench, device):
    found = await files(bench.client(device))
    assert found["/"].headers[0] == "Content-Type: text/html"
    assert set(IDS) <= set(re.findall(r'id="(\w+)"', found["/"].body.decode()))
    script = scripts(found)
    assert [name for name in CLASSES if f'"{name}"' not in script] == []
    assert 'className: "dest"' in script  # from which come dest-entry and dest-header


async def test_every_file_has_the_type_of_its_name(bench, device):
    types = {path: answer.headers[0] for path, answer in (await files(bench.client(device))).items()}
    scripts = {"main", "destinations", "parameters", "certificates", "status", "state", "dom", "release"}
    assert {path for path, kind in types.items() if kind == "Content-Type: application/javascript"} == {f"/{name}.js" for name in scripts}
    assert types["/style.css"] == "Content-Type: text/css"
    assert types["/logo.svg"] == "Content-Type: image/svg+xml"


async def test_what_the_firmwares_page_asks_for_besides_is_there(bench, device):
    client = bench.client(device)
    for path in ("/lucide_icons.js", "/ws_client.js", "/terminal.js"):
        assert (await client.get(path)).status == 200


async def test_the_page_knows_how_its_release_differs(bench):
    device = await bench.start(Behaviour().but(grouping_obeyed=False, page_forgets_cert_sets=True))
    script = (await bench.client(device).get("/release.js")).body.decode()
    assert '"hides_grouping": true, "forgets_cert_sets": true, "submit_always": false' in script


async def test_the_page_asks_for_nothing_from_elsewhere(bench, device):
    for path, answer in (await files(bench.client(device))).items():
        text = answer.body.decode().replace("http://www.w3.org/2000/svg", "")
        assert re.findall(r"https?://[^\s\"'`)]+", text) == [], path


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
async def test_text_can_be_read(bench, device, scheme):
    """WCAG 2.2, 1.4.3: 4.5 to 1 between text and what it stands on."""
    css = (await bench.client(device).get("/style.css")).body.decode()
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", css.split("@media")[scheme]))
    text = {
        "ink": ("paper", "card", "bar", "note"),
        "quiet": ("paper", "card", "bar"),
        "bad": ("bad-paper", "card"),
        "on-accent": ("accent",),
    }
    faint = [(ink, ground) for ink, grounds in text.items() for ground in grounds if contrast(colours[ink], colours[ground]) < 4.5]
    assert faint == []


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    """WCAG 2.2, relative luminance of an sRGB colour."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    shares = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
