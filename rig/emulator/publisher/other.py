"""Destinations of other types: ABRP and MQTT, so that something runs beside HTTPS."""

from rig.emulator.publisher.turn import Exchange, Turn


async def send(turn: Turn) -> Exchange:
    """One attempt of a destination that is neither HTTP nor HTTPS."""
    del turn
    return Exchange(error="ESP_ERR_NOT_SUPPORTED")
