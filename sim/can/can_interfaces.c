/// Asks the kernel for its CAN interfaces, their queues and controllers.
#define _DEFAULT_SOURCE /* struct ifreq NOLINT(bugprone-reserved-identifier) */
#include "can_interfaces.h"

#include <stdio.h>
#include <string.h>

enum { QUEUE_FRAMES = 100, FD_MTU = 72 }; /* a real interface's 10 is full within 3 ms */

void can_interfaces_text(can_interface_t *one, const char *controller, int32_t restart_ms,
                         uint32_t queue_frames, uint32_t mtu_bytes) {
  const int is_virtual = strncmp(controller, "controller n/a", 14) == 0;
  char restart[48] = "", advice[96] = "";
  if (restart_ms > 0) snprintf(restart, sizeof restart, ", restart %d ms", (int)restart_ms);
  if (restart_ms == 0) snprintf(restart, sizeof restart, ", NO restart after bus off");
  if (!one->is_up)
    snprintf(advice, sizeof advice, "; as root: ip link set %s up%s", one->name,
             is_virtual ? "" : " type can bitrate 500000 restart-ms 100");
  else if (!is_virtual && queue_frames < QUEUE_FRAMES)
    snprintf(advice, sizeof advice, "; as root: ip link set %s txqueuelen 1000", one->name);
  snprintf(one->detail, sizeof one->detail, "%s, %.70s%s, queue %u, %s%s",
           one->is_up ? "up" : "down", controller, restart, (unsigned)queue_frames,
           mtu_bytes >= FD_MTU ? "FD" : "classic", advice);
}

#if defined __linux__

#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "can_socketcan_link.h"

enum { TYPE_CAN = 280 }; /* ARPHRD_CAN; older headers lack it */

/// 1 iff it is one.
static int describe(int fd, const char *name, can_interface_t *one) {
  struct ifreq request;
  char controller[120];
  memset(&request, 0, sizeof request);
  memset(one, 0, sizeof *one);
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
  if (ioctl(fd, SIOCGIFHWADDR, &request) != 0 || request.ifr_hwaddr.sa_family != TYPE_CAN) return 0;
  snprintf(one->name, sizeof one->name, "%.15s", name);
  if (ioctl(fd, SIOCGIFFLAGS, &request) == 0) one->is_up = (request.ifr_flags & IFF_UP) != 0;
  uint32_t mtu_bytes = ioctl(fd, SIOCGIFMTU, &request) == 0 ? (uint32_t)request.ifr_mtu : 0;
  uint32_t queue_frames = ioctl(fd, SIOCGIFTXQLEN, &request) == 0 ? (uint32_t)request.ifr_qlen : 0;
  can_socketcan_link_text(name, controller, sizeof controller);
  can_interfaces_text(one, controller, can_socketcan_link_restart_ms(name), queue_frames,
                      mtu_bytes);
  return 1;
}

uint32_t can_interfaces_list(can_interface_t list[CAN_INTERFACES_MAX]) {
  uint32_t count = 0;
  struct if_nameindex *names = if_nameindex();
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  for (uint32_t i = 0; names != NULL && fd >= 0 && names[i].if_index != 0; i++)
    if (count < CAN_INTERFACES_MAX) count += (uint32_t)describe(fd, names[i].if_name, &list[count]);
  if (fd >= 0) close(fd);
  if (names != NULL) if_freenameindex(names);
  return count;
}

#else

uint32_t can_interfaces_list(can_interface_t list[CAN_INTERFACES_MAX]) {
  (void)list;
  return 0;
}

#endif
