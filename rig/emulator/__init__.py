"""The reference WiCAN-PRO: a program of its own, met over HTTP, TLS, CAN and a console only.

It imports no other part of the rig, and nothing but its own self-tests imports it.
"""
