"""Evidence: what backs a verdict, kept as files that anybody can read, without the secrets that were found on the device."""

from rig.evidence.credentials import secrets_of
from rig.evidence.recorder import ScenarioRecorder
from rig.evidence.redaction import Redactor

__all__ = ["Redactor", "ScenarioRecorder", "secrets_of"]
