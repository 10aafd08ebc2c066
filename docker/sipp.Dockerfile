# SIPp: agents whose phones answer by themselves, and callers who speak a tone.
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends sip-tester \
 && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 60100 secrets \
 && useradd --uid 60104 --gid secrets --home-dir /tmp sipp
COPY tests/parties/scenarios /scenarios
# A second of 500 Hz, as G.711 (µ-law).
RUN for period in $(seq 500); do \
        printf '\240\240\240\240\240\240\240\240\040\040\040\040\040\040\040\040'; \
    done >/scenarios/tone.ulaw
COPY docker/sipp/party /usr/local/bin/party
USER sipp
WORKDIR /tmp
ENTRYPOINT ["party"]
