#!/bin/bash
# Makes the kernel and the first file system of guest.sh's qemu in a folder, once.
# usage: tests/rigs/qemu_files.sh FOLDER [PACKAGE.deb]
# Fetches Debian's linux-image-amd64 (70 MB), takes it apart without installing it, and keeps the
# kernel and its CAN modules (about 50 MB). Does nothing where the folder holds both files.
set -eu
folder=${1:?FOLDER} deb=${2:-}
mkdir -p "$folder"
[ ! -s "$folder/vmlinux" ] || [ ! -s "$folder/initrd" ] || exit 0
work=$(mktemp -d "${TMPDIR:-/tmp}/rig.XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ -z "$deb" ]; then
  package=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-.*\)/\1/p' |
    head -n 1)
  [ -n "$package" ] || { echo "qemu_files: apt knows no linux-image-amd64" >&2 && exit 3; }
  (cd "$work" && apt-get -q download "$package" >log 2>&1) || { cat "$work/log" >&2 && exit 3; }
  deb=$(echo "$work"/*.deb)
fi
modules="drivers/virtio/virtio_ring drivers/virtio/virtio drivers/virtio/virtio_pci_legacy_dev
  drivers/virtio/virtio_pci_modern_dev drivers/virtio/virtio_pci drivers/char/virtio_console
  net/9p/9pnet net/9p/9pnet_virtio fs/netfs/netfs fs/fscache/fscache fs/9p/9p fs/overlayfs/overlay
  net/can/can net/can/can-raw net/can/can-bcm net/can/can-isotp drivers/net/can/dev/can-dev
  drivers/net/can/vcan drivers/net/can/slcan/slcan drivers/net/can/sja1000/sja1000
  drivers/net/can/sja1000/kvaser_pci"
dpkg-deb --fsys-tarfile "$deb" | tar x -C "$work" --wildcards './boot/vmlinuz-*' \
  './lib/modules/*/kernel/drivers/virtio' './lib/modules/*/kernel/drivers/char' \
  './lib/modules/*/kernel/drivers/net/can' './lib/modules/*/kernel/net/9p' \
  './lib/modules/*/kernel/net/can' './lib/modules/*/kernel/fs/9p' \
  './lib/modules/*/kernel/fs/netfs' './lib/modules/*/kernel/fs/fscache' \
  './lib/modules/*/kernel/fs/overlayfs'

# qemu starts an ELF file without a boot loader: it is the xz stream inside of vmlinuz.
python3 - "$work"/boot/vmlinuz-* "$work/vmlinux" <<'END'
import lzma
import sys

image = open(sys.argv[1], "rb").read()
at = image.find(b"\xfd7zXZ\x00")
while at >= 0:
    try:
        kernel = lzma.LZMADecompressor().decompress(image[at:])
        if kernel[:4] == b"\x7fELF":
            open(sys.argv[2], "wb").write(kernel)
            sys.exit(0)
    except lzma.LZMAError:
        pass
    at = image.find(b"\xfd7zXZ\x00", at + 1)
sys.exit("qemu_files: no kernel in " + sys.argv[1])
END
objcopy --strip-debug "$work/vmlinux"

root=$work/root
mkdir -p "$root/bin" "$root/modules" "$root/proc" "$root/dev" "$root/n" "$root/t" "$root/r"
cp /bin/busybox "$root/bin/"
for module in $modules; do
  name=${module##*/}
  objcopy --strip-debug "$work"/lib/modules/*/kernel/"$module.ko" "$root/modules/$name.ko"
  echo "$name" >>"$root/modules/order"
done
cat >"$root/init" <<'END'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t devtmpfs dev /dev
for word in $($b cat /proc/cmdline); do
  case $word in rig_talk=*) talk=${word#*=} ;; esac
done
while read name; do $b insmod /modules/$name.ko || echo "insmod $name failed"; done </modules/order
how=trans=virtio,version=9p2000.L,msize=262144
$b mount -t 9p -o $how,cache=loose,ro root /n
$b mount -t tmpfs tmpfs /t
$b mkdir /t/upper /t/work
$b mount -t overlay -o lowerdir=/n,upperdir=/t/upper,workdir=/t/work ov /r
set -- /r
. /n$talk/layers
$b mount -t 9p -o $how,cache=none talk /r$talk
$b chroot /r /bin/sh $talk/inside /dev/vport0p1 /dev/vport0p2
echo o >/proc/sysrq-trigger
$b sleep 5
END
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet) >"$work/initrd"
mv "$work/vmlinux" "$work/initrd" "$folder/"
