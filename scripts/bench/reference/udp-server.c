/*
 * The UDP server: recvmmsg(2) and sendmmsg(2), up to 64 datagrams per call.
 *
 *     udp-server PORT echo|dns|sink [gro]
 *
 * echo sends datagrams back unchanged, dns with the bit set that makes a query a response, sink counts
 * them and checks the number in their first 8 bytes (as udp-blast writes it). With `gro` it receives
 * datagrams that were sent as one message (UDP_SEGMENT) as one message (UDP_GRO, udp(7)): on loopback these
 * were never separate datagrams.
 *
 * Prints {"port","pids"}; then, for each line on standard input, its counters so far:
 * {"ns","received","bytes","missing","reordered","lastNs"}. Exits at the end of standard input.
 */
#include "common.h"

enum { BATCH = 64, ROOM = 65536 };

static struct {
  uint64_t received, bytes, reordered, next, last_ns;
} *shared;

static char space[BATCH][ROOM];
static struct mmsghdr messages[BATCH];
static struct iovec vectors[BATCH];
static struct sockaddr_in peers[BATCH];
static char controls[BATCH][CMSG_SPACE(sizeof(int))];

static void prepare(int i) {
  vectors[i] = (struct iovec){space[i], ROOM};
  messages[i].msg_hdr = (struct msghdr){.msg_name = &peers[i],
                                        .msg_namelen = sizeof peers[i],
                                        .msg_iov = &vectors[i],
                                        .msg_iovlen = 1,
                                        .msg_control = controls[i],
                                        .msg_controllen = sizeof controls[i]};
}

/* Length of each datagram in this message: as UDP_GRO reports, else all of it. */
static size_t segment_bytes(struct mmsghdr *message) {
  struct msghdr *header = &message->msg_hdr;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part))
    if (part->cmsg_level == SOL_UDP && part->cmsg_type == UDP_GRO) {
      int bytes;
      memcpy(&bytes, CMSG_DATA(part), sizeof bytes);
      return (size_t)bytes;
    }
  return message->msg_len ? message->msg_len : 1;
}

/* A number after the expected one leaves a gap; one before it was late and fills its gap. */
static void check(const char *bytes, size_t length, size_t segment) {
  for (size_t at = 0; at < length; at += segment) {
    uint64_t number = 0;
    memcpy(&number, bytes + at, length - at < 8 ? 0 : 8);
    if (number >= shared->next) shared->next = number + 1;
    else shared->reordered++;
    shared->received++;
  }
  shared->bytes += length;
}

static void serve(int fd, int sink, int dns) {
  for (int i = 0; i < BATCH; i++) prepare(i);
  for (;;) {
    int count = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
    if (count < 0) continue;
    if (sink) {
      for (int i = 0; i < count; i++)
        check(space[i], messages[i].msg_len, segment_bytes(&messages[i]));
      shared->last_ns = now_ns();
    } else {
      for (int i = 0; i < count; i++) {
        vectors[i].iov_len = messages[i].msg_len;
        messages[i].msg_hdr.msg_controllen = 0;
        if (dns) space[i][2] |= (char)0x80; /* QR, RFC 1035 section 4.1.1 */
      }
      /* Before the replies: who has one may query the count. */
      shared->received += (uint64_t)count;
      /* A reply that cannot be sent (its client has exited) is skipped. */
      for (int done = 0; done < count;) {
        int sent = sendmmsg(fd, messages + done, (unsigned)(count - done), 0);
        done += sent > 0 ? sent : 1;
      }
    }
    for (int i = 0; i < count; i++) prepare(i);
  }
}

static void report(void) {
  uint64_t came = shared->received;
  printf("{\"ns\":%llu,\"received\":%llu,\"bytes\":%llu,\"missing\":%llu,\"reordered\":%llu,"
         "\"lastNs\":%llu}\n",
         (unsigned long long)now_ns(), (unsigned long long)shared->received, (unsigned long long)shared->bytes,
         (unsigned long long)(shared->next > came ? shared->next - came : 0),
         (unsigned long long)shared->reordered, (unsigned long long)shared->last_ns);
}

int main(int argc, char **argv) {
  int port = (int)word(argv, argc > 2 ? 1 : argc, "PORT echo|dns|sink [gro]");
  int sink = has_flag(argv, "sink"), dns = has_flag(argv, "dns");
  shared = shared_memory(sizeof *shared);
  int fd = must(socket(AF_INET, SOCK_DGRAM, 0)), most = 64 << 20, one = 1;
  must(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &most, sizeof most));
  if (has_flag(argv, "gro")) must(setsockopt(fd, SOL_UDP, UDP_GRO, &one, sizeof one));
  struct sockaddr_in at = loopback(port);
  socklen_t length = sizeof at;
  must(bind(fd, (struct sockaddr *)&at, sizeof at));
  must(getsockname(fd, (struct sockaddr *)&at, &length));
  pid_t child = fork_bound();
  if (child == 0) serve(fd, sink, dns);
  printf("{\"port\":%d,\"pids\":[%d]}\n", ntohs(at.sin_port), child);
  fflush(stdout);
  serve_control(report);
}
