# PostgreSQL 15, with one database, acd.
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends postgresql-common \
 # Else Debian makes a cluster of its own, into the image.
 && echo 'create_main_cluster = false' >>/etc/postgresql-common/createcluster.conf \
 && apt-get install --yes --no-install-recommends postgresql-15 \
 && rm -rf /var/lib/apt/lists/*
# Of group 60100 are all who may read the volume of secrets; the numbers are the same in each image.
RUN groupadd --gid 60100 secrets \
 && groupmod --gid 60103 postgres \
 && usermod --uid 60103 --append --groups secrets postgres \
 && install --directory --owner=postgres --group=postgres --mode=700 /var/lib/postgresql/data
COPY docker/postgres-start /usr/local/bin/postgres-start
ENV PATH=/usr/lib/postgresql/15/bin:/usr/bin:/bin:/usr/local/bin LC_ALL=C.UTF-8
USER postgres
WORKDIR /var/lib/postgresql
# Do not wait for clients to leave; everything is written all the same.
STOPSIGNAL SIGINT
CMD ["postgres-start"]
