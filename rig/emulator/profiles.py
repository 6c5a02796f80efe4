"""What whole releases do: the product document to the letter, and 4.40p and 4.50p as they shipped, faults included.

A release is a set of knobs and nothing else; what each knob means stands beside it in ``behaviour``. Both releases were read,
neither was measured: how long the device spends on an exchange of its own (``request_ms``) is an estimate.
"""

from collections.abc import Callable, Mapping

from rig.emulator.behaviour import Behaviour

NEVER_MS = 4_294_967_295.0
"""What a negative cycle becomes: 2 to the power of 32, less one, about 49.7 days."""


def document(behaviour: Behaviour) -> Behaviour:
    """Everything that the product document (version 1.2) promises, and what a careful vendor adds."""
    return behaviour.but(profile="document")


def shipped(behaviour: Behaviour) -> Behaviour:
    """What 4.40p and 4.50p have in common."""
    return _polled_as_shipped(_published_as_shipped(behaviour)).but(
        minimum_cycle_ms=0.0,
        negative_cycle_ms=NEVER_MS,
        scheme_any_case=False,
        pid_entries_needed=True,
        config_lists_disabled=True,
        crashes_on_wrong_types=True,
        factory_reset_on_bad_main=True,
        lenient_json=True,
        main_checked=False,
        cert_names_checked=False,
        short_body_blocks=True,
        log_shows_secrets=True,
        counters_wait_for_poller=True,
        page_submits_always=True,
        page_takes_any_url=True,
        page_takes_any_answer=True,
        page_keeps_old_token=True,
        page_checks_only_with_grouping=True,
    )


def release_440(behaviour: Behaviour) -> Behaviour:
    """4.40p (September 2025), the release that the product document was written for."""
    return shipped(behaviour).but(
        profile="4.40p",
        firmware="4.40",
        idf_version="v5.5.1",
        missing_enabled_means=True,
        max_destinations=None,
        pid_switches_obeyed=False,
        can_filters=False,
        legacy_destination_enabled=True,
        status_posts_secrets=True,
        page_forgets_cert_sets=True,
        newer_than_440=False,
        store_errors_as_500=True,
        backoff_after=3,
        backoff_floor_s=30.0,
        context_shared=True,
        nonfinite_as_null=True,
        time_limit_s=2.0,
        cut_answer_is_success=True,
        poll_start_ms=700.0,
        poll_pause_ms=105.0,
        echo_checked=False,
        expression_finite=False,
        failed_expression_marks=False,
        limits_before_rounding=True,
        siblings_start_at_zero=True,
    )


def release_450(behaviour: Behaviour) -> Behaviour:
    """4.50p (May 2026)."""
    return shipped(behaviour).but(
        profile="4.50p",
        firmware="4.50",
        idf_version="v5.5.3",
        grouping_obeyed=False,
        stored_pairs_limit=16,
        status_posts_address=False,
        publish_delay_s=5.0,
        link_delay_s=3.0,
        backoff_after=15,
        backoff_floor_s=10.0,
        posted_timestamp=True,
        time_limit_s=5.0,
        close_delimited_is_success=False,
        poll_start_ms=1700.0,
        poll_pause_ms=100.0,
        poll_jitter_ms=100.0,
        filter_window_ms=1100.0,
        test_keeps_ids=True,
    )


def _published_as_shipped(behaviour: Behaviour) -> Behaviour:
    """One task for all destinations, a head in 512 bytes, trust without dates (web API facts, 5)."""
    return behaviour.but(
        serial=True,
        event_mode=False,
        body_order=("config", "status", "autopid_data"),
        either_port_left_out=True,
        query_limit=8,
        query_encoded=False,
        stale_token_sent=True,
        values_cleaned=False,
        head_buffer=512,
        strict_hosts=True,
        limit_per_step=True,
        request_ms=600.0,
        plain_http=True,
        check_dates=False,
        check_addresses=False,
        bundle_fallback=True,
        unreadable_ca_closes=True,
        plain_redirects=True,
        redirect_hops=10,
        interim_is_final=True,
        url_in_log=True,
    )


def _polled_as_shipped(behaviour: Behaviour) -> Behaviour:
    """One request for each parameter, all frames in one buffer, an evaluator that forgives (AutoPID facts, 3, 4, 7)."""
    return behaviour.but(
        pass_pause_ms=100.0,
        poll_on_grid=False,
        poll_fastest_ms=0.0,
        answers_shared=False,
        command_ms=2.0,
        answer_timeout_ms=614.0,
        answer_wait_ms=50.0,
        answer_ends_request=False,
        pending_timeout_ms=614.0,
        consecutive_timeout_ms=614.0,
        settle_ms=0.0,
        echo_at_start=False,
        negatives_skipped=False,
        pending_skipped=False,
        sequence_checked=False,
        one_ecu=False,
        asked_ecu_only=False,
        stale_bytes=True,
        header_by_tracked_protocol=True,
        expression_strict=False,
        expression_signs_24_bit=False,
        expression_bits=32,
        expression_hangs=True,
        values_float32=True,
        standard_as_shipped=True,
        receive_header_shared=True,
        init_needs_terminator=True,
        init_state_persists=True,
        ecu_by_marks=True,
    )


PROFILES: Mapping[str, Callable[[Behaviour], Behaviour]] = {"document": document, "4.40p": release_440, "4.50p": release_450}
"""From the name of a profile to what it turns."""
