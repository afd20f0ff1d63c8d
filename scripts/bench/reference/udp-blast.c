/*
 * One-way UDP as fast as possible: sendmmsg(2), each datagram with its number in the first 8 bytes.
 *
 *     udp-blast PORT BYTES SECONDS [segment]
 *
 * 64 datagrams per call. With `segment` each message of the call is a batch of as many datagrams as one
 * message may be segmented into (UDP_SEGMENT, udp(7)). Prints {"count","seconds","perSecond","userSeconds",
 * "systemSeconds",...} of what was sent.
 */
#include "common.h"

enum { MESSAGES = 64, MOST_SEGMENTS = 64, MOST_BYTES = 65507 };

static char space[MESSAGES][MOST_BYTES];

int main(int argc, char **argv) {
  const char *usage = "PORT BYTES SECONDS [segment]";
  double seconds = word(argv, argc > 3 ? 3 : argc, usage);
  struct sockaddr_in server = loopback((int)word(argv, 1, usage));
  int bytes = (int)word(argv, 2, usage), segments = 1, most = 4 << 20;
  if (bytes < 8 || bytes > MOST_BYTES) die("BYTES: 8 to 65507");
  int fd = must(socket(AF_INET, SOCK_DGRAM, 0));
  must(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &most, sizeof most));
  if (has_flag(argv, "segment")) {
    segments = MOST_BYTES / bytes < MOST_SEGMENTS ? MOST_BYTES / bytes : MOST_SEGMENTS;
    must(setsockopt(fd, SOL_UDP, UDP_SEGMENT, &bytes, sizeof bytes));
  }
  must(connect(fd, (struct sockaddr *)&server, sizeof server));
  struct iovec vectors[MESSAGES];
  struct mmsghdr messages[MESSAGES];
  for (int i = 0; i < MESSAGES; i++) {
    vectors[i] = (struct iovec){space[i], (size_t)(bytes * segments)};
    messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &vectors[i], .msg_iovlen = 1}};
  }

  uint64_t end_ns = now_ns() + (uint64_t)(seconds * 1e9);
  struct steady steady = begin_steady();
  while (now_ns() < end_ns) {
    uint64_t number = steady.count;
    for (int i = 0; i < MESSAGES; i++)
      for (int segment = 0; segment < segments; segment++, number++)
        memcpy(space[i] + segment * bytes, &number, sizeof number);
    /* What was not accepted is sent with the next call, under the same numbers. */
    steady.count += (uint64_t)must(sendmmsg(fd, messages, MESSAGES, 0)) * (uint64_t)segments;
  }
  print_steady(steady, "");
}
