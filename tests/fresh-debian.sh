#!/usr/bin/env bash
# tests/fresh-debian.sh MIRROR [FOLDER]: what README promises, tried on a Debian 12 of its own with nothing installed, not even make. Not part of the check: it takes an hour
# and about 8 GB. Needs root and debootstrap. MIRROR is where debootstrap gets Debian from; a FOLDER that holds a Debian already is used as it is.
# For npm behind a proxy or an authority of one's own, the variables npm_config_* and a file named by CA_FILE are handed in. CCACHE names a folder of compiled objects that
# is lent to it: good for finding what breaks, but the times are then not those of a fresh machine.
# Everything is mounted in a namespace of its own, which ends with the script: the machine's own /dev, /proc and /sys are never touched.
set -eu -o pipefail
cd "$(dirname "$0")/.."
if [ "${1:-}" != --inside ]; then
    mirror=${1:?usage: tests/fresh-debian.sh MIRROR [FOLDER]}
    root=${2:-$(mktemp -d /var/tmp/concord-fresh.XXXXXX)}
    [ -e "$root/usr/bin/apt-get" ] || debootstrap --variant=minbase bookworm "$root" "$mirror"
    [ -e "$root/concord/.git" ] || git clone -q . "$root/concord"
    exec unshare --mount --pid --fork --kill-child --propagation private "$0" --inside "$root"
fi
root=${2:?}
cp /etc/resolv.conf "$root/etc/"
[ -z "${CA_FILE:-}" ] || cp "$CA_FILE" "$root/ca.crt"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in "null 1 3" "zero 1 5" "full 1 7" "random 1 8" "urandom 1 9" "tty 5 0"; do
    read -r name major minor <<<"$device"
    mknod -m 666 "$root/dev/$name" c "$major" "$minor"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for stream in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${stream%%:*}" "$root/dev/${stream#*:}"; done
if [ -n "${CCACHE:-}" ]; then
    mkdir -p "$root/root/.cache/ccache"
    mount --bind "$CCACHE" "$root/root/.cache/ccache"
fi
# A disk that is too small, for the sentence about it.
mkdir -p "$root/small"
mount -t tmpfs -o size=64m tmpfs "$root/small"
cp -r scripts "$root/small/"

mapfile -t settings < <(env | grep '^npm_config_' || true)
inside() {
    env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb ${CCACHE:+CCACHE_BASEDIR=/concord CCACHE_NOHASHDIR=1} ${CA_FILE:+npm_config_cafile=/ca.crt NODE_EXTRA_CA_CERTS=/ca.crt} \
        "${settings[@]}" chroot "$root" bash -c "cd /concord && $1"
}
seconds() { echo "$1: $((SECONDS - started)) s"; }
until_ready() { # LOG
    until grep -q '^Concord is ready at' "$1"; do
        kill -0 $running 2>/dev/null || { tail -n 30 "$1"; echo "make run ended before it was ready."; exit 1; }
        sleep 1
    done
    seconds "$2, until it was ready"
    inside 'exec 3<>/dev/tcp/127.0.0.1/8199; printf "GET /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" >&3; grep -q "<h1" <&3' ||
        { echo "The sign-in page is not there."; exit 1; }
    grep -q 'officer@scarborough.example' "$1" || { echo "The demonstration users were not named."; exit 1; }
}
stop() {
    kill "$(inside 'cat /proc/[0-9]*/comm /dev/null >/dev/null 2>&1; for p in /proc/[0-9]*; do [ "$(cat $p/comm 2>/dev/null)" = concord ] && basename $p; done | head -1')" || true
    wait $running || true
}

started=$SECONDS
inside "apt-get update && apt-get install -y make" >"$root/apt.log" 2>&1 || { tail "$root/apt.log"; exit 1; }
seconds "apt-get install make"

started=$SECONDS
inside "make run PORT=8199" >"$root/run.log" 2>&1 </dev/null &
running=$!
until_ready "$root/run.log" "The first make run"
if inside "make run PORT=8199" >"$root/taken.log" 2>&1 </dev/null; then echo "A taken port was not refused."; exit 1; fi
grep "is taken" "$root/taken.log"
stop

made=$(stat -c %w%i "$root/concord/var/concord.db")
started=$SECONDS
inside "make run PORT=8199" >"$root/again.log" 2>&1 </dev/null &
running=$!
until_ready "$root/again.log" "The second make run"
[ "$made" = "$(stat -c %w%i "$root/concord/var/concord.db")" ] || { echo "The second make run made the database anew."; exit 1; }
stop

if inside "cd /small && scripts/jobs.sh" 2>"$root/small.log"; then echo "A disk that is too small was not refused."; exit 1; fi
grep "Make room first" "$root/small.log"
mkdir -p "$root/shim"
printf '#!/bin/sh\ncase "$*" in *MemAvailable*) echo 700 ;; *) exec /usr/bin/awk "$@" ;; esac\n' >"$root/shim/awk"
chmod +x "$root/shim/awk"
if inside "PATH=/shim:\$PATH scripts/jobs.sh" 2>"$root/small.log"; then echo "A memory that is too small was not refused."; exit 1; fi
grep "of free memory" "$root/small.log"
services=$(inside 'ls /etc/postgresql/*/* 2>/dev/null; for p in /proc/[0-9]*; do cat $p/comm; done 2>/dev/null | grep -x "postgres\|systemd" || true')
[ -z "$services" ] || { echo "An installation started or made a service: $services"; exit 1; }

started=$SECONDS
inside "make test" </dev/null 2>&1 | tee "$root/test.log"
seconds "make test"
services=$(inside 'ls -d /etc/postgresql/*/* 2>/dev/null || true')
[ -z "$services" ] || { echo "An installation made a service: $services"; exit 1; }
grep -q ', 0 failed$' "$root/test.log"
