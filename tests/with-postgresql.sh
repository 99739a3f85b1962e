#!/usr/bin/env bash
# Runs a command with a private PostgreSQL server of its own: CONCORD_TEST_POSTGRESQL is a URL whose user may make databases.
#   tests/with-postgresql.sh ctest --test-dir build/ci
# The server lives in a temporary folder, listens on a Unix socket only, and ends with the command. initdb refuses root: it runs as user postgres then.
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
if [ -z "$bin" ]; then echo "PostgreSQL is not installed: run scripts/install-packages.sh tests" >&2; exit 1; fi
folder=$(mktemp -d /tmp/concord-postgresql.XXXXXX)
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
[ "$(id -u)" != 0 ] || chown postgres "$folder"
finish() {
    as_postgres "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
as_postgres "$bin/initdb" -D "$folder/data" -U concord -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
as_postgres "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" -o "-k $folder -c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=200" start >/dev/null
cd "$OLDPWD"
export CONCORD_TEST_POSTGRESQL="postgresql://concord@/postgres?host=$folder"
"$@"
