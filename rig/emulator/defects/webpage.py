"""Defects of the device's own page: pieces of its text replaced as it is served."""

from rig.emulator.behaviour import Behaviour
from rig.emulator.defects.registry import defect
from rig.emulator.web.page import with_piece_replaced as _page

HTML, MAIN, DESTINATIONS, STATE, DOM = "/", "/main.js", "/destinations.js", "/state.js", "/dom.js"

_COLLAPSED = "node.unfold(inside.hidden);"
_TOGGLED = "one.enabled = value;"
_TAKEN = "state.document = { ...structuredClone(FRESH), ...(found ?? {}) };"


@defect("submit-does-not-reboot", "Submit Changes stores, but neither stores the main configuration nor reboots")
def submit_does_not_reboot(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, MAIN, 'await send("POST", "/store_config", told)', '{ ok: true, text: "Configuration saved! Rebooting..." }')


@defect("submit-stores-nothing", "Submit Changes reboots without having stored the destinations")
def submit_stores_nothing(behaviour: Behaviour) -> Behaviour:
    old = 'await send("POST", "/store_auto_data", JSON.stringify(state.document))'
    return _page(behaviour, MAIN, old, '{ ok: true, text: "" }')


@defect("add-destination-does-nothing", "Add Destination does nothing")
def add_destination_does_nothing(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, MAIN, 'el("add_destination_btn").addEventListener("click", add)', "")


@defect("grouping-selector-hidden", "The Grouping selector is not shown")
def grouping_selector_hidden(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, MAIN, "PAGE.hides_grouping === true", "true")


@defect("grouping-selector-without-disable", "The Grouping selector offers Enable only")
def grouping_selector_without_disable(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, HTML, '<option value="disable">Disable</option><option value="enable">', '<option value="enable">')


@defect("auth-selector-missing", "A destination has no field for auth")
def auth_selector_missing(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, "...authFields(one), ...queryFields", "...queryFields")


@defect("bearer-not-offered", "Bearer Token cannot be chosen as auth")
def bearer_not_offered(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, 'bearer: "Bearer Token", api_key_header: "API', 'api_key_header: "API')


@defect("query-fields-missing", "A destination has no field for query parameters")
def query_fields_missing(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, ", ...queryFields(one)", "")


@defect("delete-button-missing", "A destination has no Delete button")
def delete_button_missing(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, 'className: "dest-delete"', 'className: "dest-delete", hidden: true')


@defect("submit-enabled-at-once", "Submit Changes is enabled right after the page has loaded")
def submit_enabled_at_once(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(page_submits_always=True)


@defect("submit-enabled-by-collapsing", "Collapsing a destination enables Submit Changes")
def submit_enabled_by_collapsing(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DOM, _COLLAPSED, f'{_COLLAPSED} el("submit_button").disabled = false;')


@defect("collapsing-stores", "Collapsing a destination stores what was edited")
def collapsing_stores(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DOM, _COLLAPSED, f'{_COLLAPSED} if (inside.hidden) el("custom_pid_store").click();')


@defect("editing-stores-at-once", "Every edit is stored at once, without Submit Changes")
def editing_stores_at_once(behaviour: Behaviour) -> Behaviour:
    new = ' fetch("/store_auto_data", { method: "POST", body: now });'
    return _page(behaviour, STATE, "const now = JSON.stringify(state.document);", f"const now = JSON.stringify(state.document);{new}")


@defect("page-takes-seven-destinations", "The page says that it takes six destinations, and takes a seventh")
def page_takes_seven_destinations(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, "all().length >= MAX", "all().length > MAX")


@defect("page-takes-any-number", "The page says how many destinations it takes, and takes more")
def page_takes_any_number(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, "all().length >= MAX", "false")


@defect("maximum-not-said", "The page does not say how many destinations it takes")
def maximum_not_said(behaviour: Behaviour) -> Behaviour:
    quiet = _page(behaviour, HTML, '<span class="hint">maximum <span', "<span hidden><span")
    return _page(quiet, DESTINATIONS, "Maximum ${MAX} destinations", "")


@defect("page-takes-short-cycles", "The page takes a cycle of less than 1000 ms")
def page_takes_short_cycles(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, "if (cycle > 0 && cycle < 1000)", "if (false)").but(minimum_cycle_ms=1.0)


@defect("page-takes-any-url", "The page takes an HTTPS destination without https://")
def page_takes_any_url(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(page_takes_any_url=True)


@defect("page-refuses-without-a-word", "The page refuses a bad cycle or URL and does not say why")
def page_refuses_without_a_word(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, MAIN, "say(wrong, true); return false;", "return false;")


@defect("cert-sets-not-offered", "A destination offers no cert set but default")
def cert_sets_not_offered(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, "Object.fromEntries(state.sets.map((name) => [name, name]))", '{ default: "default" }')


@defect("newest-cert-set-not-offered", "The cert set that comes last is not offered")
def newest_cert_set_not_offered(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, "state.sets.map(", "state.sets.slice(0, Math.max(1, state.sets.length - 1)).map(")


@defect("delete-only-hides", "Delete takes a destination off the page, but not out of the configuration")
def delete_only_hides(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, "  all().splice(index, 1);\n  nodes()[index]", "  nodes()[index]")


@defect("disabling-forgets-settings", "Unticking Enabled forgets the URL of the destination")
def disabling_forgets_settings(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, _TOGGLED, f'{_TOGGLED} if (!value) {{ fields.url.value = one.destination = ""; }}')


@defect("disabling-forgets-auth", "Unticking Enabled sets auth to None")
def disabling_forgets_auth(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, _TOGGLED, f'{_TOGGLED} if (!value) one.auth = {{ type: "none" }};')


@defect("page-shows-no-query", "Query parameters are stored, but not shown after a reload")
def page_shows_no_query(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, "rows.append(...(one.query_params ?? []).map(row));", "")


@defect("page-cuts-token", "The page cuts a token at 32 characters")
def page_cuts_token(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, "one.api_token = value; }), { maxLength: 512 }", "one.api_token = value; }), { maxLength: 32 }")


@defect("page-forgets-cert-sets", "Opening the page sets the cert set of every destination to default")
def page_forgets_cert_sets(behaviour: Behaviour) -> Behaviour:
    return behaviour.but(page_forgets_cert_sets=True)


@defect("page-drops-what-it-does-not-know", "Submitting drops keys of the configuration that the page has no field for")
def page_drops_what_it_does_not_know(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, STATE, _TAKEN, f"{_TAKEN} Object.assign(state.document, {{ initialisation: '', ecu_protocol: '6' }});")


@defect("page-resets-grouping", "Opening the page and submitting another change disables Grouping")
def page_resets_grouping(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, STATE, _TAKEN, f"{_TAKEN} state.document.grouping = 'disable';")


# Harder to see: one destination only, one kind of setting, or only what was done before something else ------------------------


@defect("page-checks-the-first-only", "Cycle and URL are checked of the first destination alone")
def page_checks_the_first_only(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, "= nodes().map((node)", "= nodes().slice(0, 1).map((node)").but(minimum_cycle_ms=1.0)


@defect("page-forgets-cert-set-of-disabled", "Opening the page sets the cert set of a disabled destination to default")
def page_forgets_cert_set_of_disabled(behaviour: Behaviour) -> Behaviour:
    new = "  for (const one of state.document.destinations) if (!one.enabled) one.cert_set = 'default';\n  begin();"
    return _page(behaviour, MAIN, "  begin();", new)


@defect("page-empties-query-on-auth", "Choosing an auth empties the query parameters")
def page_empties_query_on_auth(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, "auth().type = kind;", "auth().type = kind; one.query_params = [];")


@defect("page-cuts-long-cycles", "A cycle of more than 30 s is stored as 30 s")
def page_cuts_long_cycles(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, "Number(value); }),", "Math.min(30000, Number(value)); }),")


@defect("delete-takes-the-last", "Delete removes the last destination from what is stored, whichever was meant")
def delete_takes_the_last(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, "all().splice(index, 1);", "all().pop();")


@defect("disabling-forgets-query", "Unticking Enabled forgets the query parameters")
def disabling_forgets_query(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, _TOGGLED, f"{_TOGGLED} if (!value) one.query_params = [];")


@defect("deleting-is-no-change", "Submit Changes stays disabled after a destination was deleted")
def deleting_is_no_change(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, "  arrangeList();\n  changed();\n  focusAfter", "  arrangeList();\n  focusAfter")


@defect("page-drops-limits", "Submitting drops minimum and maximum of custom PIDs")
def page_drops_limits(behaviour: Behaviour) -> Behaviour:
    new = f"{_TAKEN} for (const pid of state.document.pids) pid.MinValue = pid.MaxValue = '';"
    return _page(behaviour, STATE, _TAKEN, new)


@defect("page-empties-the-car-profile", "Submitting replaces the car profile by an empty one")
def page_empties_the_car_profile(behaviour: Behaviour) -> Behaviour:
    old = 'if (state.carChanged) answers.push(await send("POST", "/store_car_data", JSON.stringify(state.car)));'
    return _page(behaviour, MAIN, old, old.replace("if (state.carChanged) ", "").replace("state.car)", "{ ...state.car, cars: [] })"))


@defect("page-drops-main-settings", "Submitting drops a key of the main configuration that the page does not show")
def page_drops_main_settings(behaviour: Behaviour) -> Behaviour:
    new = "{ ...state.configuration.values, periodic_wakeup: undefined }"
    return _page(behaviour, MAIN, ": state.configuration.text;", f": JSON.stringify({new});")


@defect("cert-set-with-client-not-offered", "A cert set with a client certificate is not offered")
def cert_set_with_client_not_offered(behaviour: Behaviour) -> Behaviour:
    new = '["default", ...listed.filter((set) => !set.has_client_cert).map('
    return _page(behaviour, "/certificates.js", '["default", ...listed.map(', new)


@defect("hidden-token-field", "The token of Bearer Token cannot be entered, because its field is not shown")
def hidden_token_field(behaviour: Behaviour) -> Behaviour:
    return _page(behaviour, DESTINATIONS, "group.hidden = group.dataset.auth !== kind;", "group.hidden = true;")
