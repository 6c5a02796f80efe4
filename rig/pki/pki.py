"""The authorities of one run."""

from rig.errors import BenchError
from rig.pki.authority import Authority


class Pki:
    """Authorities made when first asked for, with keys that no other run has."""

    def __init__(self, default_anchor: Authority | None = None) -> None:
        """`default_anchor` is a root of the device's default bundle, where the bench has one."""
        self._default_anchor = default_anchor
        self._authorities: dict[str, Authority] = {}

    @property
    def trusted(self) -> Authority:
        """The authority whose certificate scenarios put into certificate sets."""
        return self.authority("Rig Trusted Root")

    @property
    def stranger(self) -> Authority:
        """An authority that no certificate set of a scenario holds."""
        return self.authority("Rig Stranger Root")

    @property
    def public(self) -> Authority:
        """The root that the device's default bundle trusts.

        Raises:
            BenchError: the bench has none.
        """
        if self._default_anchor is None:
            raise BenchError("the bench has no root that the device's default bundle trusts: [trust] default_ca, default_ca_key")
        return self._default_anchor

    def authority(self, name: str) -> Authority:
        """The root of that name, always the same within a run."""
        if name not in self._authorities:
            self._authorities[name] = Authority.root(name)
        return self._authorities[name]
