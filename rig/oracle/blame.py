"""Whose promise is at stake: for everything that can go wrong at a destination, the requirement that speaks of what led there."""

from rig.oracle.commands import DEFAULT, Settings, Trouble
from rig.oracle.model import PUBLIC, Past, State

PROMISES = (
    "auth/none-sends-no-header",
    "auth/none-after-bearer",
    "auth/bearer-header",
    "auth/changed-token",
    "auth/unauthorized-is-retried",
    "boot/first-success-carries-context",
    "boot/context-only-once",
    "boot/context-again-until-success",
    "boot/re-enable-does-not-resend",
    "boot/web-reboot-resends",
    "boot/power-cut-resends",
    "boot/late-destination-gets-context",
    "boot/no-unasked-restart",
    "certs/deleted-set",
    "certs/replaced-set",
    "certs/sets-persist",
    "certs/unknown-set-trusts-nothing",
    "cycle/minimum",
    "cycle/per-destination",
    "cycle/change-applies",
    "destinations/maximum-all-send",
    "destinations/disabled-attempts-nothing",
    "destinations/re-enabled-resumes",
    "destinations/deleted-is-gone",
    "destinations/neighbours-keep-their-settings",
    "destinations/read-back",
    "destinations/edited-url",
    "grouping/disabled-sends-nothing",
    "grouping/enabled-sends",
    "grouping/setting-persists",
    "network/error-status-is-retried",
    "network/broken-connections",
    "query/none-no-question-mark",
    "query/pairs-in-order",
    "trust/default-accepts-public-root",
    "trust/default-refuses-private-ca",
    "trust/custom-accepts-own-ca",
    "trust/custom-refuses-other-ca",
    "trust/custom-refuses-public-root",
    "trust/recovers-without-reboot",
)
"""Every requirement that a sequence can put to the test."""


def _now(state: State, destination: str) -> Settings:
    return state.views(destination)[-1]


def _past(state: State, destination: str) -> Past:
    return state.past.get(destination, Past())


def _is_neighbour(state: State, destination: str, *names: str) -> bool:
    """Whether another was disabled or deleted at the last boot, and of the destination itself none of these settings changed."""
    there = state.before.of(destination) is not None
    return there and state.neighbours_went and not state.changed(destination) & {*names}


def blamed_for_silence(state: State, destination: str) -> str:
    """Why nothing may go to a destination: grouping, its switch, or that it is not there."""
    if not any(document.grouping for document in state.documents):
        return "grouping/disabled-sends-nothing"
    known = any(document.of(destination) for document in state.documents)
    return "destinations/disabled-attempts-nothing" if known else "destinations/deleted-is-gone"


def blamed_for_sending(state: State, destination: str) -> str:
    """Why POSTs of a destination have to come."""
    past, backend = _past(state, destination), state.backend(destination)
    if backend.recovered is not None:
        return _RECOVERIES[backend.recovered]
    if "address" in state.changed(destination):
        return "destinations/edited-url"
    if "enabled" in state.changed(destination) or (past.disabled and not past.sent):
        return "destinations/re-enabled-resumes"
    if _is_neighbour(state, destination):
        return "destinations/neighbours-keep-their-settings"
    if sum(settings.enabled for _, settings in state.documents[0].destinations) > 5:
        return "destinations/maximum-all-send"
    return "boot/power-cut-resends" if state.by_power and past.sent else "grouping/enabled-sends"


_RECOVERIES = {
    Trouble.ERROR: "network/error-status-is-retried",
    Trouble.UNAUTHORIZED: "auth/unauthorized-is-retried",
    Trouble.RESET: "network/broken-connections",
    Trouble.CLOSED: "network/broken-connections",
}


def blamed_for_acceptance(state: State, destination: str) -> str:
    """Why a server has to be trusted."""
    name = _now(state, destination).cert_set
    if len(state.backend(destination).authorities) > 1:
        return "trust/recovers-without-reboot"
    if name == DEFAULT:
        return "trust/default-accepts-public-root"
    if name in state.renewed:
        return "certs/replaced-set"
    if _is_neighbour(state, destination, "cert_set"):
        return "destinations/neighbours-keep-their-settings"
    return "certs/sets-persist" if state.before.of(destination) else "trust/custom-accepts-own-ca"


def blamed_for_refusal(state: State, destination: str) -> str:
    """Why a server may not be trusted."""
    name, authority = _now(state, destination).cert_set, state.backend(destination).authorities[-1]
    if name == DEFAULT:
        return "trust/default-refuses-private-ca"
    if name not in dict(state.sets[-1]):
        return "certs/unknown-set-trusts-nothing" if authority == PUBLIC or name not in state.removed else "certs/deleted-set"
    if name in state.renewed:
        return "certs/replaced-set"
    return "trust/custom-refuses-public-root" if authority == PUBLIC else "trust/custom-refuses-other-ca"


def blamed_for_path(state: State, destination: str) -> str:
    """Why a request goes where it goes."""
    return "destinations/neighbours-keep-their-settings" if _is_neighbour(state, destination, "address") else "destinations/edited-url"


def blamed_for_query(state: State, destination: str) -> str:
    """Why a request has its query, or none."""
    if _is_neighbour(state, destination, "query"):
        return "destinations/neighbours-keep-their-settings"
    return "query/pairs-in-order" if _now(state, destination).query else "query/none-no-question-mark"


def blamed_for_token(state: State, destination: str) -> str:
    """Why a request has its token, or none."""
    token, past = _now(state, destination).token, _past(state, destination)
    if _is_neighbour(state, destination, "token"):
        return "destinations/neighbours-keep-their-settings"
    if not token:
        return "auth/none-after-bearer" if past.tokens and state.before.of(destination) else "auth/none-sends-no-header"
    return "auth/changed-token" if past.tokens - {token} and state.before.of(destination) else "auth/bearer-header"


def blamed_for_cycle(state: State, destination: str) -> str:
    """Why POSTs come at their pace."""
    if _now(state, destination).cycle_ms < 1000:
        return "cycle/minimum"
    if "cycle_ms" in state.changed(destination):
        return "cycle/change-applies"
    return "destinations/neighbours-keep-their-settings" if _is_neighbour(state, destination, "cycle_ms") else "cycle/per-destination"


def blamed_for_context(state: State, destination: str, *, failed: bool) -> str:
    """Why the first success of a boot carries the context; `failed` says that attempts before it did not get through."""
    if state.boots > 1 and state.before.of(destination) is None:
        return "boot/late-destination-gets-context"
    if failed:
        return "boot/context-again-until-success"
    if not _past(state, destination).sent:
        return "boot/first-success-carries-context"
    return "boot/power-cut-resends" if state.by_power else "boot/web-reboot-resends"


def blamed_for_repetition(state: State, destination: str) -> str:
    """Why the context does not come twice in a boot."""
    switched = len({document.sends(destination) for document in state.documents}) > 1
    return "boot/re-enable-does-not-resend" if switched else "boot/context-only-once"
