#!/bin/bash
# The tests that need kernel CAN: on this machine's own where it has it, else in a guest.
# usage: tests/rigs/socketcan.sh BUILD [host|uml|qemu|controllers|bench|processes]
#   (none)       the first of host, uml, qemu that works here; says which
#   controllers  bit rates and states on qemu's controllers; ISO-TP sockets, which uml lacks
#   bench        `packsim bench --buses` on the first that works
#   processes    plant and ECU as two processes on vcan0 (two_processes.py), on the first that
#                works: all scenarios, in qemu the overvoltage alone
# This machine's own kernel CAN needs root, and is used in a network namespace: nobody's interfaces
# are touched. Exit 3 where nothing works, with one line on what to install.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$1 kind=${2:-}
PACKSIM=$(readlink -f "$build")/packsim
export PACKSIM CK_TIMEOUT_MULTIPLIER=15
export RIG_FILES=${RIG_FILES:-$PWD/build/rigs}
home="tests/rigs"
task="test"
case $kind in controllers | bench | processes) task=$kind kind= ;; esac

has() {
  local tool
  for tool; do command -v "$tool" >/dev/null || return 1; done
}

# shellcheck disable=SC2016 # the inner shell's
own='for i in lo vcan0 vcan1; do
  [ $i = lo ] || { ip link add dev $i type vcan && ip link set $i mtu 72; } || exit 1
  ip link set $i up || exit 1
done; exec "$@"'
in_namespace() {
  unshare --net sh -c "$own" sh "$@"
}

works() {
  case $1 in
  host) [ "$(id -u)" -eq 0 ] && has unshare ip && in_namespace true 2>/dev/null ;;
  uml) has linux.uml busybox taskset ;;
  qemu) has qemu-system-x86_64 busybox cpio objcopy dpkg-deb ;;
  esac
}

if ! has candump ip python3; then
  echo "test-socketcan: install can-utils and iproute2" >&2
  exit 3
fi
if [ "$task" = controllers ]; then
  works qemu || { echo "test-socketcan: make deps-socketcan-qemu brings qemu" >&2 && exit 3; }
  kind=qemu
fi
for each in host uml qemu; do
  if [ -z "$kind" ] && works $each; then kind=$each; fi
done
if [ -z "$kind" ] || ! works "$kind"; then
  echo "test-socketcan: no kernel CAN here; make deps-socketcan brings user-mode-linux" >&2
  exit 3
fi
echo "test-socketcan: $task on ${kind/host/this machine itself}"

inside() {
  case $kind in
  host) in_namespace "$@" ;;
  uml) "$home/guest.sh" uml -t "${limit_s:-300}" "$@" ;;
  qemu) "$home/qemu_files.sh" "$RIG_FILES" && "$home/guest.sh" qemu -t "${limit_s:-600}" "$@" ;;
  esac
}

case $task in
bench)
  inside "$PACKSIM" bench --buses
  exit
  ;;
processes)
  # in stepped time: a machine that does other things only takes longer
  limit_s=14400
  short=
  [ "$kind" != qemu ] || short=--short
  inside python3 -u $home/two_processes.py vcan0 $short
  exit
  ;;
controllers) groups="controllers isotp" ;;
test) groups=${GROUPS_RUN:-peers interfaces bus-off} ;;
esac
log=$build/rigs/$task.log
# shellcheck disable=SC2016,SC2086 # the guest's shell takes them apart
if [ "$task" = test ]; then
  inside sh -c 'CK_RUN_CASE=socketcan "$1/tests/test_bus"; "$1/tests/test_bus_socketcan"
    shift; exec python3 "$@"' sh "$build" $home/kernel_can.py $groups
else
  inside python3 $home/kernel_can.py $groups
fi 2>&1 | tee "$log"
suites=1
[ "$task" = controllers ] || suites=3
# All that was to run said so, and without a skip.
python3 - "$log" $suites <<'END'
import re
import sys

text = open(sys.argv[1], encoding="utf-8").read()
sums = re.findall(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)$", text, re.M)
failed = sum(int(bad) + int(worse) for _, bad, worse in sums)
passed = sum(int(all_) for all_, _, _ in sums) - failed
missing = int(sys.argv[2]) - len(sums) + text.count("skipped: ")
print(f"{passed} passed, {failed + missing} failed, 0 skipped")
sys.exit(1 if failed + missing > 0 or passed == 0 else 0)
END
