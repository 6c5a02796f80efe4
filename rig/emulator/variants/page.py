"""Harmless differences of the device's own page."""

from rig.emulator.behaviour import Behaviour
from rig.emulator.variants.registry import variant
from rig.emulator.web.page import with_piece_replaced as _page

_DESTINATIONS, _MAIN = "/destinations.js", "/main.js"
_CHANGED = "onchange: () => check() }"


@variant("page-corrects", "Cycle and URL that cannot be are corrected in the field, not refused")
def page_corrects(behaviour: Behaviour) -> Behaviour:
    new = """onchange: () => {
      if (one.cycle > 0 && one.cycle < 1000) fields.cycle.value = one.cycle = 1000;
      if (one.type === "HTTPS") fields.url.value = one.destination = one.destination.replace(/^(http:\\/\\/|(?!https:))/, "https://");
      check();
    } }"""
    return _page(behaviour, _DESTINATIONS, _CHANGED, new)


@variant("page-unfolded", "Destinations are unfolded when the page is loaded")
def page_unfolded(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, _DESTINATIONS, "draw(one, false)", "draw(one, true)")


@variant("page-deletes-without-asking", "Delete asks nothing")
def page_deletes_without_asking(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, _DESTINATIONS, "if (!confirm(`Delete destination ${index + 1}?`)) return;", "")


@variant("page-other-words", "Messages and the name of an auth are worded differently")
def page_other_words(behaviour: Behaviour) -> Behaviour:
    other = _page(behaviour, _DESTINATIONS, "cycle must be >=1000 or 0", "wants a cycle of a second at the least, or 0")
    other = _page(other, _DESTINATIONS, "URL must start with https://", "is no https:// address")
    return _page(other, _DESTINATIONS, 'bearer: "Bearer Token"', 'bearer: "Bearer token (RFC 6750)"')


@variant("page-as-slow-as-shipped", "Submit Changes takes its time, as the shipped page's does")
def page_as_slow_as_shipped(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, _MAIN, 'const vpn = await send("POST"', 'await pause(2000);\n    const vpn = await send("POST"')


@variant("page-keeps-its-state", "The page keeps what is collapsed and counted in the document, and stores the car profile every time")
def page_keeps_its_state(behaviour: Behaviour) -> Behaviour:
    state = "{ ...one, success_count: 0, fail_count: 0, collapsed: true }"
    document = f"{{ ...state.document, destinations: state.document.destinations.map((one) => ({state})) }}"
    kept = _page(behaviour, _MAIN, '"/store_auto_data", JSON.stringify(state.document)', f'"/store_auto_data", JSON.stringify({document})')
    return _page(kept, _MAIN, "if (state.carChanged)", "if (state.car)")
