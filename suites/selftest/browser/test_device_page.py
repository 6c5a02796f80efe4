"""The emulated device's page: on a phone, with the keyboard alone, for a screen reader, and what it shows of a running device."""

import json

import can
import pytest

from rig.device import AutomateDocument, CertSet, CustomPid, DestinationEntry, StandardPid
from rig.device.emulated import EmulatedDevice, EmulatorOptions
from rig.pki import Pki
from rig.receiver import Receiver
from rig.vehicle import Hub, Vehicle

TABS = ("Status", "Settings", "Automate", "System")


@pytest.fixture(scope="module")
def device():
    """A device in a car, with a destination that is disabled before one that is served and one that is refused."""
    pki = Pki(None)
    receiver = Receiver(pki.trusted.issue("127.0.0.1"))
    receiver.start()
    with Hub() as hub, Vehicle(can.Bus(interface="rigbus", channel=hub.address)) as vehicle:
        vehicle.engine.set_did("F190", bytes([255]))
        device = EmulatedDevice(EmulatorOptions(can_channel=hub.address, boot_seconds=0.1))
        device.web.upload_cert_set(CertSet("a-name-of-24-characters_", ca=pki.trusted.certificate_pem))
        long = "https://collector.example.com/iot/telemetry/with/a/rather/long/path?fixed=1"
        destinations = (
            DestinationEntry(
                long, 5000, auth={"type": "bearer", "bearer": "MY_SUPER_TOKEN"}, query=(("source", "wican_pro"),), enabled=False
            ),
            DestinationEntry(f"https://127.0.0.1:{receiver.port}/", 1000, cert_set="a-name-of-24-characters_"),
            DestinationEntry("https://127.0.0.1:1/", 1000),
        )
        parameters = (StandardPid("0C-EngineRPM"), CustomPid("TestCustom", "22F190", "B4/2"))
        device.web.store_automate_document(AutomateDocument(destinations, parameters).to_json())
        device.web.reboot()
        assert receiver.wait(lambda seen: len(seen.requests) >= 2, 20)
        yield device
        device.close()
    receiver.stop()


@pytest.fixture
def open_tab(window, device):
    """From a width to the page in a window, loaded."""

    def opened(tab, name="Automate"):
        tab.goto(device.web.url)
        tab.locator("body[data-ready]").wait_for()
        tab.locator("button.tablinks", has_text=name).click()
        return tab

    return opened


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_tab_is_wider_than_the_window(window, open_tab, too_wide, width):
    with window(width) as tab:
        open_tab(tab)
        for toggle in tab.locator(".entry-toggle").all():
            toggle.click()
        for name in TABS:
            tab.locator("button.tablinks", has_text=name).click()
            tab.wait_for_load_state("networkidle")
            assert too_wide(tab) == 0, name


def test_every_control_has_a_name(window, open_tab):
    with window() as tab:
        open_tab(tab)
        tab.locator("#add_destination_btn").click()
        tab.locator(".qp-add").first.wait_for(state="attached")
        nameless = tab.evaluate(
            """[...document.querySelectorAll("button, input, select")].filter((control) => {
                 const labels = [...(control.labels ?? [])].map((label) => label.textContent).join("");
                 const own = control.matches("button") ? control.textContent : "";
                 return !(labels + own + (control.ariaLabel ?? "")).trim();
               }).map((control) => control.outerHTML)"""
        )
        assert nameless == []


def test_the_page_asks_nobody_but_the_device(window, open_tab, device):
    with window() as tab:
        asked = []
        tab.on("request", lambda request: asked.append(request.url))
        open_tab(tab, "System")
        open_tab(tab, "Automate")
        tab.wait_for_load_state("networkidle")
        assert asked
        assert [url for url in asked if not url.startswith(device.web.url)] == []


def test_secrets_are_not_shown(window, open_tab, device):
    main = device.web.main_configuration()
    with window() as tab:
        open_tab(tab, "Status").locator("summary").click()
        shown = tab.locator("main").inner_text()
        assert "ecu_status" in shown
        assert [key for key, value in main.items() if "canary" in str(value) and value in shown] == []


WHERE = """(() => {
  const at = document.activeElement;
  return [at.id, at.textContent.trim(), at.labels?.[0]?.textContent.trim(), at.ariaLabel];
})()"""


def tab_to(tab, what):
    """Presses the Tab key until the keyboard is at an element that has this id, text or label."""
    for _ in range(120):
        tab.keyboard.press("Tab")
        if what in tab.evaluate(WHERE):
            return
    raise AssertionError(f"the keyboard does not come to {what!r}")


def focused(tab):
    return tab.evaluate("document.activeElement.className || document.activeElement.id")


def test_a_destination_can_be_made_with_the_keyboard_alone(window, open_tab):
    with window() as tab:
        open_tab(tab, "Status")
        tab.evaluate("document.activeElement.blur()")
        tab_to(tab, "Automate")
        tab.keyboard.press("Enter")
        tab_to(tab, "Add Destination")
        tab.keyboard.press("Enter")
        assert focused(tab) == "dest-type"
        tab.keyboard.type("HTTPS")
        tab_to(tab, "Destination (URL)")
        tab.keyboard.type("http://my.endpoint/")
        tab_to(tab, "Add param")
        tab.keyboard.press("Enter")
        tab.keyboard.type("source")
        tab_to(tab, "Query value")
        tab.keyboard.type("wican_pro")
        tab_to(tab, "submit_button")
        tab.keyboard.press("Enter")
        refused = "Destination 4 URL must start with https://"
        tab.locator("#notification", has_text=refused).wait_for()
        assert focused(tab) == "dest-url"
        described = tab.evaluate(
            "document.activeElement.getAttribute('aria-describedby').split(' ').map((id) => document.getElementById(id).textContent)"
        )
        assert refused in described
        assert tab.locator(".dest-url").last.get_attribute("aria-invalid") == "true"
        assert tab.locator("#notification").get_attribute("role") == "status"


UNCOVERED = """(() => {
  const at = document.activeElement.getBoundingClientRect();
  return document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2) === document.activeElement;
})()"""


def test_on_a_phone_the_field_in_question_is_seen(window, open_tab):
    with window(360) as tab:
        open_tab(tab).locator("#add_destination_btn").click()
        tab.locator(".dest-cycle").last.fill("500")
        tab.locator(".dest-cycle").last.evaluate("(field) => scrollBy(0, field.getBoundingClientRect().bottom - innerHeight)")
        tab.locator("#submit_button").click()
        tab.locator("#notification.bad").wait_for()
        assert focused(tab) == "dest-cycle"
        assert tab.evaluate(UNCOVERED)


def test_after_a_removal_the_keyboard_goes_on_where_it_was(window, open_tab):
    with window() as tab:
        tab.on("dialog", lambda dialog: dialog.accept())
        open_tab(tab)
        tab.locator(".dest-delete").nth(1).press("Enter")
        assert tab.locator(".dest-entry").count() == 2
        assert tab.evaluate("document.activeElement.textContent") == "2. HTTPS - https://127.0.0.1:1/"
        for _ in range(2):
            tab.locator(".dest-delete").first.press("Enter")
        assert focused(tab) == "add_destination_btn"


def test_unfolding_is_told_to_screen_readers(window, open_tab):
    with window() as tab:
        toggle = open_tab(tab).locator(".dest-entry .entry-toggle").first
        body = tab.locator(f"#{toggle.get_attribute('aria-controls')}")
        assert (toggle.get_attribute("aria-expanded"), body.is_visible()) == ("false", False)
        toggle.press("Enter")
        assert (toggle.get_attribute("aria-expanded"), body.is_visible()) == ("true", True)


def test_undoing_a_change_disables_submit_again(window, open_tab):
    with window() as tab:
        enabled = open_tab(tab).locator(".dest-enabled").first
        for expected in (True, False):
            enabled.click()
            assert tab.locator("#submit_button").is_enabled() == expected


def test_counters_stand_beside_the_destination_they_count(window, open_tab):
    with window() as tab:
        stats = open_tab(tab).locator(".dest-stats")
        stats.nth(1).filter(has_text="Fail: 0").wait_for()
        assert stats.nth(0).text_content() == ""
        assert stats.nth(1).text_content() != "OK: 0 Fail: 0"
        assert stats.nth(2).text_content().startswith("OK: 0 Fail: ")


def test_telemetry_is_shown_as_the_car_answers_it(window, open_tab):
    with window() as tab:
        row = open_tab(tab, "Status").locator("#telemetry_body tr", has_text="TestCustom")
        row.filter(has_text="127.5").wait_for()


def test_a_custom_pid_can_be_made_and_tried(window, open_tab, device):
    before = device.web.automate_document()
    with window() as tab:
        open_tab(tab).locator("#custom_add").click()
        entry = tab.locator(".pid-entry").last
        for name, value in {"name": "Oil", "pid": "22F190", "expression": "B4/5", "minvalue": "0"}.items():
            entry.locator(f".pid-{name}").fill(value)
        entry.locator("button", has_text="Test").click()
        entry.locator("[role=status]", has_text="51").wait_for()
        tab.locator("#custom_pid_store").click()
        tab.locator("#notification", has_text="Settings saved successfully").wait_for()
    stored = json.loads(device.web.automate_document())
    device.web.store_automate_document(before)
    assert [(pid["Name"], pid["PID"], pid["Expression"], pid["MinValue"]) for pid in stored["pids"]][1:] == [("Oil", "22F190", "B4/5", "0")]
    assert stored["destinations"] == json.loads(before)["destinations"]


def test_what_is_wrong_with_a_pid_is_said(window, open_tab):
    with window() as tab:
        open_tab(tab).locator("#custom_add").click()
        tab.locator("#custom_pid_store").click()
        tab.locator("#notification", has_text="New custom PID: Name must not be empty").wait_for()
        assert focused(tab) == "pid-name"


def test_a_scan_puts_what_the_car_answers_first(window, open_tab):
    with window() as tab:
        open_tab(tab).locator("#scan_pids").click()
        tab.locator("#notification", has_text="The car answers").wait_for()
        tab.locator("#standard_add").click()
        found = tab.locator(".std-entry").last.locator("optgroup").first
        assert found.get_attribute("label") == "The car answered"
        assert "0D-VehicleSpeed (km/h)" in found.locator("option").all_text_contents()
