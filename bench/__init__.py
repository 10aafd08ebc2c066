"""The bench: figures of a running ACD on a real Asterisk, printed and never asserted.

    python -m bench                    # all parts, some minutes
    python -m bench invites voice      # some
    python -m bench invites --against ../other-tree    # two trees in turn, and their ratio

Everything runs on loopback and is bounded in calls and time. docs/performance.md says how each
figure is taken, how exact it is, and what came out.
"""
