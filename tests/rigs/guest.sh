#!/bin/bash
# Runs a command in a guest Linux that has real kernel CAN, whatever this machine's kernel has.
# usage: tests/rigs/guest.sh uml|virtual|qemu [-t SECONDS] [-w FOLDER] [-v] COMMAND [ARGUMENT...]
#   uml      Debian's user-mode-linux: raw sockets, vcan, slcan
#   virtual  user-mode Linux of uml_kernel.sh in virtual time: computing takes none, and while all
#            processes sleep its clock jumps to the next thing that is due. It begins at the same
#            second each time, draws the same random numbers, and so puts everything at the same
#            addresses. Who spins until a time comes spins for ever. What goes to standard output
#            waits for this machine: two runs are equal only if COMMAND writes into files
#   qemu     qemu-system-x86_64 with the files of qemu_files.sh: all of CAN, and can0 and can1, two
#            emulated SJA1000 controllers (kvaser_pci) on one wire, down and without a bit rate
# The guest is root, sees this machine's files, and what it writes is lost with it, but in /mnt:
# there is FOLDER (not qemu). vcan0 and vcan1 are up there. Standard input is empty; output passes
# through. Ends with COMMAND's status, 124 after SECONDS (default 120), 125 where the guest failed;
# -v then tells its console as well.
# shellcheck disable=SC2317 # start_uml and the like are called by name
set -u
here=$(cd "$(dirname "$0")" && pwd)
files=${RIG_FILES:-$(cd "$here/../.." && pwd)/build/rigs}
kind=${1:-} limit_s=120 is_loud=0 kept=
[ $# -gt 0 ] && shift
while [ $# -gt 0 ]; do
  case $1 in
  -t) limit_s=${2:-} && shift 2 ;;
  -w) kept=$(readlink -f "${2:-}") && shift 2 ;;
  -v) is_loud=1 && shift ;;
  *) break ;;
  esac
done
allowed='^(uml|virtual|qemu)$'
[ -z "$kept" ] || allowed='^(uml|virtual)$'
if [ $# -eq 0 ] || ! [[ $limit_s =~ ^[0-9]+$ && $kind =~ $allowed ]]; then
  sed -n 's/^# usage: /usage: /p' "$0" >&2
  exit 125
fi

guest=
talk=$(mktemp -d "${TMPDIR:-/tmp}/rig.XXXXXX") || exit 125
finish() {
  # timeout leads a process group of its own; user-mode Linux and its processes make another one
  [ -z "$guest" ] || kill -KILL -- "-$guest" 2>/dev/null
  [ -z "$guest" ] || [ ! -s "$talk/guest/pid" ] || kill -KILL -- "-$(cat "$talk/guest/pid")" \
    2>/dev/null
  rm -rf "$talk"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# What runs in the guest: this shell's folder and variables, then the command.
{
  printf 'cd %q || exit 125\n' "$PWD"
  export -p | grep -vE '^declare -[a-z]* (_|SHLVL|PWD|OLDPWD|BASHOPTS|SHELLOPTS|MAKE[A-Z]*|TMPDIR)='
  printf 'exec'
  printf ' %q' "$@"
  echo
} >"$talk/command"

# Both kinds end their start with this, with the places for output and errors.
cat >"$talk/inside" <<END
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
b=/bin/busybox
\$b ip link set lo up
for name in vcan0 vcan1; do
  \$b ip link add dev \$name type vcan && \$b ip link set \$name mtu 72 up
done
\$b mkfifo /run/errors
\$b cat /run/errors >\$2 & reader=\$!
{ bash "$talk/command" </dev/null 2>/run/errors; echo \$? >"$talk/status"; } | \$b cat >\$1
wait \$reader
END

# A root of two layers: this machine's files, read only, and memory over it.
layers() {
  cat <<END
b=/bin/busybox
cd \$1
\$b mount -t proc proc proc
\$b mount -t sysfs sys sys
\$b mount -t devtmpfs dev dev 2>/dev/null || \$b mount --bind /dev dev
\$b mkdir -p dev/pts dev/shm
\$b mount -t devpts devpts dev/pts
\$b mount -t tmpfs tmpfs dev/shm
\$b mount -t tmpfs tmpfs run
\$b ln -sf /proc/self/fd dev/fd
\$b ln -sf fd/0 dev/stdin
\$b ln -sf fd/1 dev/stdout
\$b ln -sf fd/2 dev/stderr
\$b mkdir -p ".$talk"
END
}

# start_uml [KERNEL ARGUMENT...]: without them Debian's own, and its modules
start_uml() {
  local modules=
  [ $# -gt 0 ] || modules=$(find /usr/lib/uml/modules -mindepth 2 -maxdepth 2 -name kernel \
    2>/dev/null | tail -n 1)
  {
    echo '#!/bin/busybox sh'
    echo '/bin/busybox mount -t proc proc /proc'
    for module in net/can/can drivers/net/can/dev/can-dev drivers/net/can/vcan net/can/can-raw \
      drivers/net/can/slcan/slcan fs/overlayfs/overlay; do
      [ ! -e "$modules/$module.ko" ] || echo "/bin/busybox insmod $modules/$module.ko"
    done
    cat <<END
b=/bin/busybox
\$b mount -t tmpfs tmpfs /mnt
\$b mkdir /mnt/upper /mnt/work /mnt/root
\$b mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work,xino=off ov /mnt/root
set -- /mnt/root
END
    layers
    cat <<END
\$b mount -t hostfs -o "$talk" talk ".$talk"
[ -z "$kept" ] || \$b mount -t hostfs -o "$kept" kept mnt
\$b stty -F /dev/tty1 raw
\$b stty -F /dev/tty2 raw
\$b chroot . \$b sh "$talk/inside" /dev/tty1 /dev/tty2
\$b stty -F /dev/tty1 raw
\$b stty -F /dev/tty2 raw
\$b poweroff -f
END
  } >"$talk/init"
  chmod +x "$talk/init"
  [ $# -gt 0 ] || set -- linux.uml
  # on one processor: its threads hand over to each other all the time, across two it is slower
  timeout -k 2 "$limit_s" taskset -c "${RIG_CPU:-$(($(nproc --all) - 1))}" "$@" mem=512M \
    rootfstype=hostfs root=/dev/root rootflags=/ ro init="$talk/init" uml_dir="$talk/" umid=guest \
    con=null con0=null,fd:5 con1=null,fd:3 con2=null,fd:4 ssl=null quiet \
    </dev/null 5>"$talk/console" >"$talk/messages" 2>&1 &
  guest=$!
}

start_virtual() {
  local kernel
  kernel=$("$here/uml_kernel.sh") || exit 3
  set -- "$kernel" time-travel=inf-cpu time-travel-start=1000000000
  # its heap begins by chance, and what lies below is no memory for the guest: not so, if allowed
  ! setarch -R true 2>/dev/null || set -- setarch -R "$@"
  start_uml "$@"
}

start_qemu() {
  layers >"$talk/layers"
  timeout -k 2 "$limit_s" qemu-system-x86_64 -M pc -accel tcg -cpu qemu64 -m 512 -smp 1 \
    -nodefaults -no-user-config -display none -no-reboot -bios qboot.rom \
    -kernel "$files/vmlinux" -initrd "$files/initrd" \
    -append "console=ttyS0 quiet panic=-1 mitigations=off nokaslr no_timer_check \
random.trust_cpu=on rig_talk=$talk" \
    -chardev "file,id=console,path=$talk/console" -serial chardev:console -device virtio-serial \
    -add-fd fd=3,set=3 -chardev file,id=out,path=/dev/fdset/3,append=on \
    -device virtserialport,chardev=out,nr=1 \
    -add-fd fd=4,set=4 -chardev file,id=err,path=/dev/fdset/4,append=on \
    -device virtserialport,chardev=err,nr=2 \
    -fsdev local,id=root,path=/,security_model=none,readonly=on,multidevs=remap \
    -device virtio-9p-pci,fsdev=root,mount_tag=root \
    -fsdev "local,id=talk,path=$talk,security_model=none" \
    -device virtio-9p-pci,fsdev=talk,mount_tag=talk \
    -object can-bus,id=wire -device kvaser_pci,canbus=wire -device kvaser_pci,canbus=wire \
    </dev/null >"$talk/messages" 2>&1 &
  guest=$!
}

: >"$talk/console"
exec 3> >(exec cat) 4> >(exec cat >&2)
"start_$kind"
wait "$guest"
code=$?
guest=
exec 3>&- 4>&-
wait
[ $is_loud = 0 ] || cat "$talk/console" "$talk/messages" >&2
if [ -s "$talk/status" ]; then exit "$(cat "$talk/status")"; fi
if [ $code = 124 ] || [ $code = 137 ]; then
  echo "guest.sh: $kind did not end within $limit_s s" >&2
  exit 124
fi
echo "guest.sh: $kind failed with status $code" >&2
[ $is_loud = 1 ] || cat "$talk/console" "$talk/messages" >&2
exit 125
