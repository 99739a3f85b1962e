#!/usr/bin/env bash
# Loads the data sets into both databases, measures, and writes docs/benchmarks.md.
#   bench/run.sh FOLDER          FOLDER holds district/ and county/, or is one data set itself; without one, the small set of tests/county is measured,
#                                and docs/benchmarks.md stays as it is
# PostgreSQL runs as a private server with fsync on; nginx, where it is installed, serves the sign-in page's bytes for comparison.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
data=${1:-}
if [ -z "$data" ]; then
    echo "The small set of tests/county is measured. For District and County: make bench DATA=FOLDER (bench/README.md)." >&2
    data=$here/tests/county
    mkdir -p "$here/build"
    CONCORD_BENCH_OUT=${CONCORD_BENCH_OUT:-$here/build/benchmarks.md}
fi
work=${CONCORD_BENCH_WORK:-/var/tmp/concord-bench}
program=$here/build/release/concord-bench
sets=()
for name in district county; do if [ -e "$data/$name/cases.csv" ]; then sets+=(--set "$name=$data/$name"); fi; done
if [ ${#sets[@]} = 0 ]; then
    if [ ! -e "$data/cases.csv" ]; then echo "$data holds neither cases.csv nor district/ or county/ with one" >&2; exit 1; fi
    name=$(basename "$data")
    [ "$data" != "$here/tests/county" ] || name=small
    sets=(--set "$name=$data")
fi
mkdir -p "$work"
engines=(--engine sqlite) notes="no PostgreSQL"
nginx_pid=""
finish() {
    if [ -e "$work/postgresql/postmaster.pid" ]; then as_postgres "$bin/pg_ctl" -D "$work/postgresql" -m fast stop >/dev/null || true; fi
    if [ -n "$nginx_pid" ]; then kill "$nginx_pid" || true; fi
}
trap finish EXIT
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
if [ -n "$bin" ] && [ "${CONCORD_BENCH_ENGINES:-both}" = both ]; then
    socket=$work/socket
    mkdir -p "$socket" "$work/postgresql"
    if [ "$(id -u)" = 0 ]; then chown -R postgres "$socket" "$work/postgresql"; chmod 755 "$work"; fi
    chmod 700 "$work/postgresql"
    if [ ! -e "$work/postgresql/PG_VERSION" ]; then
        (cd "$work" && as_postgres "$bin/initdb" -D "$work/postgresql" -U concord -A trust -E UTF8 --locale=C.UTF-8 >/dev/null)
    fi
    (cd "$work" && as_postgres "$bin/pg_ctl" -D "$work/postgresql" -w -l "$work/postgresql/server.log" \
        -o "-k $socket -c listen_addresses='' -c max_connections=100 -c shared_buffers=512MB -c max_wal_size=4GB" start >/dev/null)
    for set in "${sets[@]}"; do
        case $set in --set) continue ;; esac
        psql -q -h "$socket" -U concord -d postgres -tc "select 1 from pg_database where datname = 'bench_${set%%=*}'" | grep -q 1 ||
            psql -q -h "$socket" -U concord -d postgres -c "create database bench_${set%%=*}"
    done
    engines+=(--engine "postgresql://concord@/postgres?host=$socket" --postmaster "$(head -n 1 "$work/postgresql/postmaster.pid")")
    notes="$("$bin/postgres" --version | sed -E 's/postgres \(PostgreSQL\)/PostgreSQL/') (fsync on, shared_buffers 512 MB)"
fi
nginx=()
if command -v nginx >/dev/null; then
    mkdir -p "$work/nginx"
    [ -e "$work/page.db" ] ||
        "$here/build/release/concord" init --partnership north-yorkshire --demo --demo-size users --seed 1 --db "$work/page.db" >/dev/null
    "$here/build/release/concord" serve --db "$work/page.db" --port 18081 >/dev/null 2>&1 &
    page_pid=$!
    for _ in $(seq 100); do if (exec 3<>/dev/tcp/127.0.0.1/18081) 2>/dev/null; then break; fi; sleep 0.1; done
    curl -s -H 'Accept: text/html' http://127.0.0.1:18081/sign-in > "$work/nginx/sign-in.html"
    kill "$page_pid"
    cat > "$work/nginx/nginx.conf" <<CONF
worker_processes 2;
daemon off;
pid $work/nginx/nginx.pid;
error_log $work/nginx/error.log;
events { worker_connections 256; }
http {
    access_log $work/nginx/access.log;
    keepalive_requests 1000000000;
    server { listen 127.0.0.1:18082; root $work/nginx; types { text/html html; } }
}
CONF
    nginx -c "$work/nginx/nginx.conf" -e "$work/nginx/error.log" &
    nginx_pid=$!
    nginx=(--nginx-port 18082)
    notes="$notes, nginx $(nginx -v 2>&1 | sed 's|.*/||')"
fi
"$program" "${sets[@]}" "${engines[@]}" "${nginx[@]}" --work "$work" --notes "$notes" --compare \
    --seconds "${CONCORD_BENCH_SECONDS:-5}" --only "${CONCORD_BENCH_ONLY:-}" --out "${CONCORD_BENCH_OUT:-$here/docs/benchmarks.md}"
