# Asterisk 22, for docker-compose.yml and for tools/asterisk (docs/asterisk.md).
FROM debian:forky-slim AS asterisk
RUN apt-get update \
 && apt-get install --yes --no-install-recommends asterisk asterisk-core-sounds-en-wav \
 && rm -rf /var/lib/apt/lists/* \
 && asterisk -V >/etc/asterisk-version
# Of group 60100 are all who may read the volume of secrets. Not the package's own user number, which
# outside of the container is another service's.
RUN groupadd --gid 60100 secrets \
 && groupmod --gid 60101 asterisk \
 && usermod --uid 60101 --append --groups secrets asterisk \
 && install --directory --owner=asterisk --group=asterisk --mode=750 \
    /srv/acd /srv/acd/db /srv/acd/db/keys /srv/acd/spool /srv/acd/spool/recording
# What the ACD says is looked for among Asterisk's sounds, and is where tools/asterisk has it too.
RUN for language in en tr; do \
      mkdir --parents /usr/share/asterisk/sounds/$language \
      && ln --symbolic /srv/acd/sounds/$language/acd /usr/share/asterisk/sounds/$language/ || exit 1; \
    done

# Debian's forky moves: an Asterisk that is not fit ends the build here, by the rule of tools/asterisk.
FROM debian:bookworm-slim AS music
RUN apt-get update && apt-get install --yes --no-install-recommends python3-minimal libpython3-stdlib
COPY tools/_asterisk /tools/_asterisk
COPY --from=asterisk /etc/asterisk-version /etc/asterisk-version
COPY docker/prepare.py /tools/
RUN python3 /tools/prepare.py /etc/asterisk-version /music/default

FROM asterisk
COPY --from=music /music /srv/acd/music
COPY sounds /srv/acd/sounds
COPY asterisk-config /usr/share/acd/asterisk-config
COPY docker/asterisk-start /usr/local/bin/asterisk-start
USER asterisk
WORKDIR /srv/acd
CMD ["asterisk-start"]
