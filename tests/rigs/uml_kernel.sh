#!/bin/bash
# Builds the user-mode Linux of guest.sh virtual, once: Debian's kernel source with uml_can.config,
# which has CAN built in and can run in virtual time (Debian's own user-mode-linux has neither), and
# uml_virtual.patch, with which system calls cost half, looking at the clock needs none and random
# numbers are the same each time.
# usage: tests/rigs/uml_kernel.sh [PACKAGE.deb]
# Prints the kernel's path. It is kept (5 MB) under a name that is made from these two files, in
# RIG_CACHE or the user's cache folder (~/.cache/packsim): another clone finds it there.
# The first time fetches linux-source-6.1 (140 MB, not installed), unpacks it beneath TMPDIR
# (1.5 GB, removed again) and compiles on JOBS processors, 5 minutes on two.
# Exit 3 with one line where something is missing.
set -u
here=$(cd "$(dirname "$0")" && pwd)
source=linux-source-6.1
cache=${RIG_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/packsim}
deb=${1:-}
jobs=${JOBS:-$(nproc 2>/dev/null || echo 2)}

fail() {
  echo "uml_kernel: $1" >&2
  exit 3
}

# A kernel that is there counts, also where the source cannot be had any more.
key=$(cat "$here/uml_can.config" "$here/uml_virtual.patch" | sha256sum | cut -c 1-12)
kernel=$cache/$source-um-$key
if [ -x "$kernel" ]; then
  echo "$kernel"
  exit 0
fi
for tool in gcc make flex bison bc xz tar patch dpkg-deb; do
  command -v $tool >/dev/null || fail "no $tool here; make deps-virtual-time brings it"
done
work=$(mktemp -d "${TMPDIR:-/tmp}/rig.XXXXXX") || fail "no room for a folder in ${TMPDIR:-/tmp}"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ -z "$deb" ]; then
  command -v apt-get >/dev/null || fail "no apt here to fetch $source; give its .deb"
  (cd "$work" && apt-get -q download $source >log 2>&1) ||
    fail "$source cannot be fetched ($(grep -m 1 '^E:' "$work/log")); try apt-get update"
  deb=$(echo "$work"/*.deb)
fi
echo "uml_kernel: building $kernel from $(basename "$deb"), once: about 5 minutes" >&2
unpack() {
  dpkg-deb --fsys-tarfile "$deb" | tar x -C "$work" --wildcards './usr/src/*.tar.xz' &&
    tar xf "$work"/usr/src/linux-source-*.tar.xz -C "$work" --exclude='*/tools/testing' \
      --exclude='*/Documentation/devicetree' --exclude='*/drivers/gpu/drm/*.[ch]'
}
unpack || fail "$deb cannot be unpacked into $work"
rm -rf "${work:?}/usr" "$work"/*.deb
(
  cd "$work"/linux-source-* &&
    patch -s -p1 <"$here/uml_virtual.patch" &&
    make -s ARCH=um tinyconfig KCONFIG_ALLCONFIG="$here/uml_can.config" &&
    make -s ARCH=um -j"$jobs" linux &&
    strip linux
) >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2 && fail "the kernel does not build"; }
keep() {
  mkdir -p "$cache" && cp "$work"/linux-source-*/linux "$kernel.$$" && mv "$kernel.$$" "$kernel"
}
keep || fail "$cache cannot be written"
echo "$kernel"
