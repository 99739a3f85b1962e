#!/usr/bin/env bash
# Installs what is missing from Debian 12: scripts/install-packages.sh build | tests
# Asks nothing, installs nothing that is recommended only, starts no service. Quick when everything is there.
set -eu
build="g++ cmake ninja-build ccache mold pkg-config libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev libsqlite3-dev libpq-dev libssl-dev libsodium-dev libtoml11-dev
 libfmt-dev libspdlog-dev libcli11-dev libhowardhinnant-date-dev libicu-dev libmagic-dev libexiv2-dev libarchive-dev libproj-dev libcmark-dev tzdata ca-certificates git"
# The frontend is built with npm; a newer Node that is there already brings its own.
command -v npm >/dev/null || build="$build nodejs npm"
tests="libgtest-dev libgmock-dev postgresql-15 postgresql-client-15 clang-format clang libclang-rt-14-dev chromium"
case "${1:-build}" in
    build) wanted=$build ;;
    tests) wanted="$build $tests" ;;
    *) echo "usage: scripts/install-packages.sh build|tests" >&2; exit 2 ;;
esac
missing=""
for package in $wanted; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing="$missing $package"
done
[ -n "$missing" ] || { echo "All packages are there."; exit 0; }
if [ "$(id -u)" != 0 ]; then echo "These packages are missing:$missing. Install them as root, then go on." >&2; exit 1; fi
echo "Installing:$missing"
policy=/usr/sbin/policy-rc.d
made_policy=no
if [ ! -e $policy ]; then printf '#!/bin/sh\nexit 101\n' > $policy; chmod +x $policy; made_policy=yes; fi
trap '[ $made_policy = no ] || rm -f $policy' EXIT
export DEBIAN_FRONTEND=noninteractive
# Without this the installation of the PostgreSQL server would make and start a cluster of its own.
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y --no-install-recommends -o Dpkg::Options::=--force-confold $missing
