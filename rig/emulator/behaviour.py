"""In what emulated devices differ: knobs (data) and small named alterations at fixed points.

The defaults are what the product document promises (profile ``document``). A release is a set of knobs, a defect or a harmless
variant a set of knobs or a function hung on one of the points below. The code of the device asks knobs and points only; it
never asks which release or defect it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Self

Alteration = Callable[[Any, Any], Any]
"""From a value and the occasion (what the point hands over) to the value that takes its place."""


class Point(Enum):
    """Where a value passes on its way through the device; in brackets its type and the occasion."""

    DESTINATIONS = "destinations"
    """At boot, the destinations that will be served (tuple of ActiveDestination; the Device)."""
    PARAMETERS = "parameters"
    """At boot, the parameters that will be polled (tuple of ActiveParameter; the Device)."""
    ATTEMPT = "attempt"
    """Whether a due attempt is made at all (bool; Turn, not yet counted)."""
    DUE = "due"
    """When the next attempt starts (s of the loop's clock; Turn, whose `started` and `ended` tell the attempt just over)."""
    CONTEXT = "context"
    """Whether the body carries config and status (bool; Turn)."""
    BODY = "body"
    """The body as a dict of its top-level blocks (dict; Turn)."""
    BODY_BYTES = "body_bytes"
    """The body as it goes out (bytes; Turn)."""
    TARGET = "target"
    """The request target (str; Turn)."""
    HEADERS = "headers"
    """Header lines in order (list of (name, value); Turn)."""
    REQUEST_BYTES = "request_bytes"
    """Head and body as two writes (list of bytes; Turn)."""
    CONNECT = "connect"
    """Where a connection goes ((host, port); Turn)."""
    REDIRECT = "redirect"
    """Where a redirect is followed to, None for nowhere (Url | None; Turn)."""
    TRUST = "trust"
    """How the server is verified (Trust; Turn)."""
    SUCCESS = "success"
    """Whether an exchange counts as a success (bool; (Turn, Exchange))."""
    SNAPSHOT = "snapshot"
    """Telemetry as it is read for a body (dict of name to value; Turn)."""
    POLL_REQUEST = "poll_request"
    """Request bytes to an ECU, service byte first (bytes; Poll)."""
    FRAME_OUT = "frame_out"
    """A frame on its way to the bus, as a list of one ((id, data); the ChipState)."""
    POLL_FRAMES = "poll_frames"
    """Frames of the answer in order of arrival (list of (id, data); Poll)."""
    VALUE = "value"
    """A decoded value before it is stored, None for no value (float | None; Poll)."""
    PERIOD = "period"
    """Seconds to the next poll of a parameter (float; Poll)."""
    WEB_ANSWER = "web_answer"
    """An answer of the web API (Answer; Call)."""
    STORE = "store"
    """What is written when something is stored (bytes; (what, the Device))."""
    CONSOLE_LINE = "console_line"
    """A line on its way to the console (str | None; the Device)."""
    STATUS = "status"
    """The status block (dict; (the Device, whether it is posted))."""
    CONFIG = "config"
    """The config block (dict; the Device)."""
    STATISTICS = "statistics"
    """Counters of the active destinations (list of (successes, failures); tuple of Lane)."""
    LINK_BACK = "link_back"
    """How long to wait once the Wi-Fi link is back (s; the Device)."""
    EVENT = "event"
    """Whether a change triggers a POST of an event-only destination (bool; Turn)."""


@dataclass(frozen=True)
class Behaviour:
    """Every knob of a device, and what is hung on which point."""

    profile: str = "document"
    alterations: Mapping[Point, tuple[Alteration, ...]] = field(default_factory=dict)

    # What the device says of itself, and how it starts
    firmware: str = "5.00"
    """Version as ``fw_version`` has it; ``git_version`` is ``v<firmware>p``. No release ever shipped has this one."""
    idf_version: str = "v5.5.3"
    """Version of the framework that the console names."""
    reboot_delay_s: float = 2.0
    """Seconds of service between an order to reboot and the reboot (never more than a boot lasts)."""
    network_time_s: float | None = 0.2
    """Seconds from the Wi-Fi link to a synchronised clock; None for never."""
    live_apply: bool = False
    """Whether stored destinations and certificate sets are applied at once instead of at the next boot."""

    # What is read from the stored documents at boot
    grouping_obeyed: bool = True
    """Whether grouping other than ``enable`` turns every destination off (4.50p: always on)."""
    missing_enabled_means: bool = False
    """Whether a destination without ``enabled`` is enabled (4.40p: yes)."""
    max_destinations: int | None = 6
    """How many entries of ``destinations`` are looked at (4.40p: all)."""
    stored_pairs_limit: int | None = None
    """How many query parameters of a destination are read (4.50p: 16)."""
    minimum_cycle_ms: float = 1000
    """What a shorter cycle is raised to (4.40p, 4.50p: 0)."""
    negative_cycle_ms: float = 10_000
    """What a negative cycle stands for (4.40p, 4.50p: about 49.7 days)."""
    scheme_any_case: bool = True
    """Whether ``HTTPS://`` is known as a scheme (4.40p, 4.50p: no, so that another one is put before it)."""
    pid_entries_needed: bool = False
    """Whether a document without PID entry is not loaded at all, destinations included (4.40p, 4.50p: yes)."""
    pid_switches_obeyed: bool = True
    """Whether ``enabled`` of a PID or parameter counts (4.40p: no)."""
    config_lists_disabled: bool = False
    """Whether the config block names parameters that are switched off one by one (4.40p, 4.50p: yes)."""
    can_filters: bool = True
    """Whether there are parameters of broadcast frames (4.40p: no)."""
    legacy_destination_enabled: bool = False
    """Whether the single destination of old documents is served (4.40p: yes)."""
    crashes_on_wrong_types: bool = False
    """Whether values of a wrong JSON type crash every boot (4.40p, 4.50p: yes)."""
    factory_reset_on_bad_main: bool = False
    """Whether an unusable main configuration is replaced by the factory's at boot (4.40p, 4.50p: yes)."""

    # The web API, status and console
    status_posts_secrets: bool = False
    """Whether the status block of a POST holds what is sensitive (4.40p: yes)."""
    status_posts_address: bool = True
    """Whether the status block of a POST holds ``sta_ip`` (4.50p: no)."""
    newer_than_440: bool = True
    """Whether the endpoints, status keys and commands exist that came after 4.40p."""
    lenient_json: bool = False
    """Whether stores take JSON followed by anything, invalid UTF-8, and no objects (4.40p, 4.50p: yes)."""
    main_checked: bool = True
    """Whether an unusable main configuration is refused when it is stored (4.40p, 4.50p: only bad JSON)."""
    store_errors_as_500: bool = False
    """Whether a document that cannot be stored is answered with 500 and one text (4.40p: yes)."""
    cert_names_checked: bool = True
    """Whether too long names of certificate sets and ``default`` are refused (4.40p, 4.50p: cut, and taken)."""
    max_cert_sets: int = 10
    """How many certificate sets are listed and loaded; where names are checked, a further one is refused."""
    counters_wait_for_poller: bool = False
    """Whether counters are not told while the poller waits for an ECU (4.50p: nothing after two seconds)."""
    one_receive_bytes: int | None = None
    """Longest Automate document and car profile that is stored; None for any (4.40p takes what one receive call brings)."""
    short_body_blocks: bool = False
    """Whether a body shorter than announced blocks the web server until the client goes (4.40p, 4.50p: yes)."""
    page_forgets_cert_sets: bool = False
    """Whether opening the page resets every destination to the set ``default`` (4.40p: yes)."""
    page_submits_always: bool = False
    """Whether Submit Changes is enabled as soon as a stored document is loaded (4.40p, 4.50p: yes)."""
    page_takes_any_url: bool = False
    """Whether the page takes an HTTPS destination whose URL has another scheme or none (4.40p, 4.50p: yes)."""
    page_takes_any_answer: bool = False
    """Whether the page shows success whatever a store endpoint answers (4.40p, 4.50p: yes)."""
    page_keeps_old_token: bool = False
    """Whether the token stays stored when auth is changed from Bearer to None (4.40p, 4.50p: yes)."""
    page_checks_only_with_grouping: bool = False
    """Whether the page checks destinations only while grouping is enabled (4.40p, 4.50p: yes)."""
    log_shows_secrets: bool = False
    """Whether the boot log prints the main configuration with its passwords (4.40p, 4.50p: yes)."""

    # Publishing: when
    serial: bool = False
    """One task serves all destinations in turn and counts a cycle from the end of an exchange; else each has its own, on a fixed grid."""
    event_mode: bool = True
    """Cycle 0 sends on changes only; without it 0 means 10 s."""
    event_gap_s: float = 1.0
    """POSTs of an event-only destination start at least this far apart."""
    event_heartbeat_s: float | None = None
    """An event-only destination is sent to after so long without an event, too."""
    event_repeats: int = 1
    """So many POSTs of an event-only destination follow one event."""
    exclusive: str = ""
    """What only one destination does at a time: ``handshake`` or ``exchange``."""
    reload_forgets: bool = False
    """A destination that is served anew within a boot has forgotten its success."""
    publish_delay_s: float = 0.0
    """From the start of the publisher to its first look at what is due."""
    link_delay_s: float = 0.0
    """From the return of the Wi-Fi link to the next attempt."""
    backoff_after: int | None = None
    """Failures in a row from which the pause between attempts is stretched; None never stretches it."""
    backoff_floor_s: float = 0.0
    """Shortest stretched pause; a cycle shorter than this is stretched to it or doubled, whichever is more."""

    # Publishing: what
    context_shared: bool = False
    """One success of any destination ends the context of all of them."""
    posted_timestamp: bool = False
    """autopid_data ends with ``timestamp``, in seconds since 1970."""
    nonfinite_as_null: bool = False
    """A value that is not finite is sent as null; else it is left out (4.40p: null)."""
    body_order: tuple[str, ...] = ("autopid_data", "config", "status")
    """Order of the blocks in a body."""
    either_port_left_out: bool = False
    """Host names neither port 80 nor 443, whatever the scheme; else only the scheme's own is left out."""
    user_agent: str = "ESP32 WiCAN/1.0"
    """Value of User-Agent."""
    query_limit: int | None = None
    """So many query parameters are sent at most."""
    query_encoded: bool = True
    """Query parameters are percent-encoded where they have to be; else they are copied as they are."""
    stale_token_sent: bool = False
    """A destination without auth still sends a bearer token that is left over from earlier."""
    values_cleaned: bool = True
    """Control characters and spaces around a credential are removed before they are sent."""
    head_buffer: int | None = None
    """Size of the buffer for a request head in bytes; what does not fit is lost as in the shipped firmware."""
    strict_hosts: bool = False
    """URLs with a blank, a non-ASCII character or an underscore in the host are refused before connecting."""

    # Publishing: how
    time_limit_s: float = 5.0
    """What one attempt may take."""
    limit_per_step: bool = False
    """The limit holds for each read and write on its own, so that a trickling server is never given up."""
    handshake_limit_s: float | None = None
    """What the TLS handshake may take, beside the limit for everything else; None counts it like everything else."""
    request_ms: float = 0.0
    """What the device spends on its own inside an exchange."""
    plain_http: bool = False
    """A destination of type HTTPS may have an http:// URL, and then sends in plain text."""
    check_dates: bool = True
    """Certificates that are expired or not yet valid are refused."""
    check_addresses: bool = True
    """A URL's IP address has to stand in the certificate."""
    bundle_fallback: bool = False
    """A cert set that is unknown or has no CA trusts the default bundle; else it trusts nothing."""
    unreadable_ca_closes: bool = False
    """With a set whose CA does not parse, the connection is closed before a byte is sent (4.40p, 4.50p)."""
    plain_fallback_after: int | None = None
    """After so many failures in a row, the one just made included, a request that failed over TLS is sent in plain text."""
    plain_redirects: bool = False
    """A redirect to http:// is followed, in plain text (4.40p, 4.50p)."""
    redirect_statuses: tuple[int, ...] = (301, 302, 303, 307, 308)
    """Statuses that count as redirects."""
    redirect_hops: int = 0
    """So many redirects are followed, each as the same POST with everything in it."""
    close_delimited_is_success: bool = True
    """A 2xx answer whose body ends with the connection is a success."""
    cut_answer_is_success: bool = False
    """A 2xx answer that ends before its announced length is a success."""
    interim_is_final: bool = False
    """A 1xx answer is taken for the final one."""
    keep_alive: bool = False
    """Connections are kept for the next request where the server does so."""
    session_resumption: bool = False
    """TLS sessions are resumed."""
    newest_tls: str = "1.3"
    """Newest TLS version offered, 1.2 or 1.3."""
    url_in_log: bool = False
    """Console lines show the whole URL, query parameters included."""

    # Polling: when
    poll_start_ms: float = 0.0
    """From the start of polling to its first request (4.50p: 1700, 4.40p: 700)."""
    poll_pause_ms: float = 2.0
    """Pause after each request (4.50p: 100, 4.40p: 105)."""
    pass_pause_ms: float = 5.0
    """Shortest pause after a pass over what is due (4.40p, 4.50p: 100)."""
    poll_jitter_ms: float = 0.0
    """Each period is longer or shorter by up to this (4.50p: 100)."""
    poll_on_grid: bool = True
    """Periods count from when a request was due; else from when it started, so that they drift (4.40p, 4.50p)."""
    poll_fastest_ms: float = 100.0
    """What a shorter period of a parameter is raised to (4.40p, 4.50p: 0, each pass)."""
    answers_shared: bool = True
    """Parameters due together that ask the same of the same ECU share one request; else each asks (4.40p, 4.50p)."""
    command_ms: float = 0.0
    """What an init command costs (4.40p, 4.50p: 2)."""
    answer_timeout_ms: float = 250.0
    """How long a request waits for an answer, where no ATST says otherwise (4.40p, 4.50p: 614)."""
    answer_wait_ms: float = 25.0
    """After an answer, how long further ECUs may take (4.40p, 4.50p: about 50)."""
    answer_ends_request: bool = True
    """A request ends with the answer of the ECU that it is known to come from; else it always waits for more (4.40p, 4.50p)."""
    pending_timeout_ms: float = 5000.0
    """How long an ECU may take after 'response pending' (4.40p, 4.50p: 614)."""
    consecutive_timeout_ms: float = 1000.0
    """How long an ECU may take from one frame of an answer to the next (4.40p, 4.50p: 614)."""
    settle_ms: float = 50.0
    """After a broken sequence of frames, for how long the ECU has to be quiet before the next request (4.40p, 4.50p: 0)."""

    # Polling: which answers count
    echo_checked: bool = True
    """An answer has to repeat service and identifier of the request (4.40p: no)."""
    echo_at_start: bool = True
    """It has to do so at its start; else anywhere in all that arrived, and not at all for a request with count digit (4.50p)."""
    negatives_skipped: bool = True
    """A negative answer never is a value (4.40p: it is; 4.50p: where the echo is not checked)."""
    pending_skipped: bool = True
    """'Response pending' is never part of the answer that follows it (4.40p, 4.50p: it stands before it)."""
    sequence_checked: bool = True
    """A multi-frame answer with a missing, repeated or misnumbered frame is none (4.40p, 4.50p: it is)."""
    one_ecu: bool = True
    """Only one ECU's answer counts, always the same one's; else answers stand one after the other (4.40p, 4.50p)."""
    asked_ecu_only: bool = True
    """After a request to one ECU only its own answer is taken; else that of all of 7E8 to 7EF or 18DAF1xx (4.40p, 4.50p)."""
    late_dropped: bool = True
    """Frames that arrive between requests are dropped; else they count for the next request."""
    stale_bytes: bool = False
    """Bytes beyond an answer are what an earlier one left there; else there are none (4.40p, 4.50p: stale)."""
    header_by_tracked_protocol: bool = False
    """After automatic detection the id of a frame is cut off by the detected protocol's width (4.40p, 4.50p)."""

    # Polling: from an answer to a value
    expression_strict: bool = True
    """Malformed expressions are errors; else a missing operand is 0 and unary minus goes wrong (4.40p, 4.50p)."""
    expression_signs_24_bit: bool = True
    """Signed ranges of other than 1, 2 and 4 bytes are sign-extended (4.40p, 4.50p: no)."""
    expression_bits: int = 64
    """Width that & | ^ << >> work in (4.40p, 4.50p: 32, saturated)."""
    expression_finite: bool = True
    """A result that is infinite or no number is an error (4.40p: no)."""
    expression_hangs: bool = False
    """A range whose bracket is not closed stops polling until the next boot (4.40p, 4.50p)."""
    limits_before_rounding: bool = False
    """Minimum and maximum are compared before the value is rounded (4.40p)."""
    values_float32: bool = False
    """Values are kept in 32-bit floating point (4.40p, 4.50p)."""
    standard_as_shipped: bool = False
    """Standard PIDs as the shipped table has them: clamped, 32 and 54 unsigned, bitmaps always 0 (4.40p, 4.50p); else SAE J1979."""
    receive_header_shared: bool = False
    """The last standard PID's ReceiveHeader holds for all of them (4.40p, 4.50p)."""
    siblings_start_at_zero: bool = False
    """All but the first parameter of a profile PID are 0 before their first answer (4.40p)."""
    init_needs_terminator: bool = False
    """What stands after the last ``;`` of an init string is not sent (4.40p, 4.50p)."""
    init_state_persists: bool = False
    """Headers and filters that one PID's init sets stay for those after it (4.40p, 4.50p)."""
    filter_window_ms: float | None = None
    """After each pass, how long to listen for each frame of a CAN filter (4.50p: 1100); None listens all the time."""
    test_keeps_ids: bool = False
    """The test of a PID leaves the four bytes of a 29-bit id in front of the answer, bytes beyond it being 0 (4.50p)."""

    # The ECU state
    ecu_offline_after_s: float = 5.0
    """The ECUs are offline once none has answered for so long."""
    ecu_by_marks: bool = False
    """The state is looked up every 2 s: offline only if each configured parameter's last request failed (4.40p, 4.50p)."""
    failed_expression_marks: bool = True
    """With marks, a failed expression counts as a failed request (4.40p: no)."""

    def but(self, **knobs: Any) -> Self:
        """The same with some knobs turned."""
        return replace(self, **knobs)

    def altered(self, point: Point, alteration: Alteration) -> Self:
        """The same with an alteration hung on a point, after those that are there."""
        there = self.alterations.get(point, ())
        return replace(self, alterations={**self.alterations, point: (*there, alteration)})

    def pass_through(self, point: Point, value: Any, occasion: Any) -> Any:
        """`value` after everything that hangs on `point`."""
        for alteration in self.alterations.get(point, ()):
            value = alteration(value, occasion)
        return value
