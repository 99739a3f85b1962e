#!/usr/bin/env bash
# tests/fresh-debian.sh MIRROR [FOLDER]: what README promises, tried on a Debian 12 of its own with nothing installed, not even make. Not part of the check: it takes half
# an hour and about 6 GB. Needs root and debootstrap. MIRROR is where debootstrap gets Debian from. For npm behind a proxy or an authority of one's own, the variables
# npm_config_* and a file named by CA_FILE are handed in.
set -eu -o pipefail
cd "$(dirname "$0")/.."
mirror=${1:?usage: tests/fresh-debian.sh MIRROR [FOLDER]}
root=${2:-$(mktemp -d /tmp/concord-fresh.XXXXXX)}
debootstrap --variant=minbase bookworm "$root" "$mirror"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/archives/*.deb
cp /etc/resolv.conf "$root/etc/"
[ -z "${CA_FILE:-}" ] || cp "$CA_FILE" "$root/ca.crt"
git clone -q . "$root/concord"
chroot "$root" mount -t proc proc /proc
trap 'chroot "$root" umount /proc' EXIT
settings=$(env | grep '^npm_config_' || true)
inside() { # shellcheck disable=SC2086
    env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb ${CA_FILE:+npm_config_cafile=/ca.crt NODE_EXTRA_CA_CERTS=/ca.crt} $settings chroot "$root" bash -c "cd /concord && $1"
}
inside "apt-get update && apt-get install -y make"
inside "make run PORT=8199" >"$root/run.log" 2>&1 &
running=$!
until grep -q '^Concord is ready at' "$root/run.log"; do
    kill -0 $running 2>/dev/null || { tail -n 30 "$root/run.log"; echo "make run ended before it was ready."; exit 1; }
    sleep 5
done
inside 'exec 3<>/dev/tcp/127.0.0.1/8199; printf "GET /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" >&3; grep -q "<h1" <&3'
echo "make run: ready, and the sign-in page is there."
if inside "make run PORT=8199" >"$root/taken.log" 2>&1; then echo "A taken port was not refused."; exit 1; fi
grep "is taken" "$root/taken.log"
kill $running 2>/dev/null || true
inside "make test"
