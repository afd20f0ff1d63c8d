/*
 * Closed-model client, TCP or UDP: each connection sends its next message when it has the reply to the
 * previous one. epoll, one recv and one send per exchange, a clock read and a histogram record for each.
 *
 *     echo-client tcp|udp PORT CONNECTIONS BYTES WARM_UP_SECONDS SECONDS
 *
 * Prints the steady state as one line of JSON: {count, fromNs, seconds, perSecond, userSeconds,
 * systemSeconds, p50Us, p99Us, lost}.
 */
#include "common.h"

/* A UDP exchange is lost after this time; checked only when no flow is active any more. */
enum { PATIENCE_MS = 200, MOST_BYTES = 65536 };

static char message[MOST_BYTES], reply[MOST_BYTES];
static size_t bytes;

struct flow {
  uint64_t sent_ns;
  size_t missing;
};

static void ask(int fd, struct flow *flow, uint64_t ns) {
  flow->sent_ns = ns;
  flow->missing = bytes;
  if (send(fd, message, bytes, MSG_NOSIGNAL) != (ssize_t)bytes) die("send");
}

int main(int argc, char **argv) {
  const char *usage = "tcp|udp PORT CONNECTIONS BYTES WARM_UP_SECONDS SECONDS";
  double seconds = word(argv, argc > 6 ? 6 : argc, usage), warm_up = word(argv, 5, usage);
  int udp = has_flag(argv, "udp"), connections = (int)word(argv, 3, usage), one = 1;
  struct sockaddr_in server = loopback((int)word(argv, 2, usage));
  bytes = (size_t)word(argv, 4, usage);
  int poll = must(epoll_create1(0)), *fds = calloc((size_t)connections, sizeof *fds);
  struct flow *flows = calloc((size_t)open_files(), sizeof *flows);
  memset(message, 'x', sizeof message);

  for (int i = 0; i < connections; i++) {
    fds[i] = must(socket(AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM, 0));
    must(connect(fds[i], (struct sockaddr *)&server, sizeof server));
    if (!udp) must(setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one));
    watch(poll, fds[i], EPOLLIN, (uint64_t)fds[i]);
  }
  for (int i = 0; i < connections; i++) ask(fds[i], &flows[fds[i]], now_ns());

  static struct epoll_event events[512];
  uint64_t warm_ns = now_ns() + (uint64_t)(warm_up * 1e9), end_ns = warm_ns + (uint64_t)(seconds * 1e9);
  uint64_t lost = 0;
  struct steady steady = {0};
  for (uint64_t ns = now_ns(); ns < end_ns;) {
    if (warm_ns != 0 && ns >= warm_ns) {
      steady = begin_steady();
      warm_ns = lost = 0;
    }
    int ready = epoll_wait(poll, events, 512, PATIENCE_MS);
    for (int i = 0; i < ready; i++) {
      int fd = (int)events[i].data.u64;
      struct flow *flow = &flows[fd];
      ssize_t got = recv(fd, reply, sizeof reply, MSG_DONTWAIT);
      if (got < 0 && errno == EAGAIN) continue;
      if (got <= 0) die("the server closed a connection");
      flow->missing -= (size_t)got < flow->missing ? (size_t)got : flow->missing;
      if (flow->missing > 0) continue;
      ns = now_ns();
      record(ns - flow->sent_ns);
      steady.count++;
      ask(fd, flow, ns);
    }
    if (ready <= 0) {
      ns = now_ns();
      if (!udp) continue;
      for (int i = 0; i < connections; i++) ask(fds[i], &flows[fds[i]], ns);
      lost += (uint64_t)connections;
    }
  }
  /* A flow whose datagram was lost while others went on has been idle since. */
  for (int i = 0; i < connections; i++)
    lost += udp && now_ns() - flows[fds[i]].sent_ns > PATIENCE_MS * 1000000ull;
  char more[40];
  snprintf(more, sizeof more, ",\"lost\":%llu", (unsigned long long)lost);
  print_steady(steady, more);
}
