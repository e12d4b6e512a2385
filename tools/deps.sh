#!/bin/sh
# Installs those of the named Debian or Ubuntu packages that are missing; silent when none is.
# usage: tools/deps.sh PACKAGE...
# Exit 3 iff this machine has no apt, or neither root nor sudo.
set -eu
if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  echo "deps: apt is not here; install by hand what these Debian packages hold: $*" >&2
  exit 3
fi
here=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
missing=
for package in "$@"; do
  case "
$here
" in
    *"
$package installed
"*) ;;
    *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "deps: neither root nor sudo; as root: apt-get install --no-install-recommends$missing" >&2
    exit 3
  fi
  as_root=sudo
fi
echo "deps: installing$missing"
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq"
$apt update
# shellcheck disable=SC2086 # lists of words on purpose
$apt install -y --no-install-recommends $missing >/dev/null
