"""How a leg ended, in words: Q.850 causes and SIP statuses (RFC 3261, section 21)."""

CAUSES = {
    1: "no such number",
    16: "hung up",
    17: "busy",
    18: "the phone did not react",
    19: "not answered",
    20: "the phone is not registered",
    21: "rejected",
    26: "answered elsewhere",
    27: "the phone cannot be reached",
    34: "no line is free",
    38: "the network is out of order",
    41: "a fault that may pass",
    42: "overloaded",
    44: "the voice stream stopped",
    58: "no codec in common",
    88: "incompatible",
    102: "a timer ran out: no answer from the other side",
    111: "a protocol error",
    127: "for an unknown reason",
}
STATUSES = {
    302: "the phone forwards its calls, which is not followed",
    401: "the password is wrong",
    403: "forbidden by the other side",
    404: "the other side does not know the number",
    408: "no answer to the INVITE: network, firewall, or a phone that is off",
    410: "the number is no more",
    480: "temporarily unavailable: do not disturb, perhaps",
    486: "busy",
    487: "cancelled",
    488: "no codec, or no encryption, in common: look at `codecs` and `srtp`",
    500: "a fault of the other side",
    502: "a fault beyond the other side",
    503: "the other side is overloaded or down",
    600: "busy everywhere",
    603: "declined",
}


def ending(cause: int | None, sip_status: int | None) -> str:
    """As "busy (SIP 486, cause 17)"; what is not known says so."""
    known = STATUSES.get(sip_status or 0) or CAUSES.get(cause or 0)
    codes = [f"SIP {sip_status}"] if sip_status else []
    codes += [f"cause {cause}"] if cause else []
    shown = f" ({', '.join(codes)})" if codes else ""
    return (known or ("for an unknown reason" if codes else "nobody told why")) + shown
