# The ACD: `acd run`, `acd worker` and every other command.
FROM debian:bookworm-slim AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3-venv
# First what seldom changes, so that a build after a change of ours takes seconds.
COPY docker/requirements.txt /src/
RUN python3 -m venv /opt/acd \
 && /opt/acd/bin/pip install --quiet --no-cache-dir --no-deps --requirement /src/requirements.txt \
 && /opt/acd/bin/pip check
COPY pyproject.toml README.md /src/
COPY acd /src/acd
# The tools that build it are pinned too, and stay behind.
RUN echo 'setuptools==84.2.1' >/src/build-requirements.txt \
 && PIP_CONSTRAINT=/src/build-requirements.txt \
    /opt/acd/bin/pip install --quiet --no-cache-dir --no-deps /src \
 && /opt/acd/bin/pip check \
 && /opt/acd/bin/pip uninstall --quiet --yes pip setuptools

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3 tzdata \
 && rm -rf /var/lib/apt/lists/*
# Of group 60100 are all who may read the volume of secrets; the numbers are the same in each image.
RUN groupadd --gid 60100 secrets \
 && useradd --uid 60102 --gid secrets --home-dir /var/lib/acd --create-home acd \
 && install --directory --owner=acd --group=secrets --mode=750 /secrets \
 && install --directory --owner=acd --group=secrets --mode=700 /run/acd
COPY --from=build /opt/acd /opt/acd
COPY docker/passwords /usr/local/bin/passwords
ENV PATH=/opt/acd/bin:/usr/bin:/bin:/usr/local/bin LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 ACD_TOKEN_FOLDER=/run/acd
USER acd
WORKDIR /var/lib/acd
CMD ["acd", "run", "--config", "/etc/acd", "--http", "0.0.0.0:8080", "--log", "json"]
