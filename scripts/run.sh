#!/usr/bin/env bash
# scripts/run.sh DB PORT: makes the pilot with demonstration data where there is no database yet, then serves.
set -eu
db=$1 port=$2
if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    echo "Port $port is taken by another program: stop it, or choose another with make run PORT=9000." >&2
    exit 1
fi
case "$db" in
    postgresql://* | postgres://*) build/release/concord init --partnership north-yorkshire --demo --seed 1 --once --db "$db" ;;
    *)
        # Made beside its place and moved when whole, so that a stopped init leaves nothing that looks like a database.
        if [ ! -e "$db" ]; then
            rm -f "$db".new*
            build/release/concord init --partnership north-yorkshire --demo --seed 1 --db "$db.new"
            mv "$db.new.reads" "$db.reads"
            mv "$db.new" "$db"
        fi
        ;;
esac
exec build/release/concord serve --port "$port" --db "$db"
