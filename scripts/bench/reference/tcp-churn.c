/*
 * Connect, one exchange, close, repeated, several at a time: non-blocking, from several sources with the
 * port left to the kernel (IP_BIND_ADDRESS_NO_PORT).
 *
 *     tcp-churn PORT AT_ONCE SOURCES BYTES WARM_UP_SECONDS SECONDS
 *
 * Prints the steady state as one line of JSON: {count, fromNs, seconds, perSecond, userSeconds,
 * systemSeconds, p50Us, p99Us, addressNotAvailable}; the times are those of connect to reply.
 */
#include "common.h"

static char message[65536], reply[65536];
static uint64_t address_not_available;

struct visit {
  uint64_t begun_ns;
  size_t missing; /* 0: not connected yet */
};

/* Starts a connection from the next source that has a free port. */
static void begin(int poll, struct sockaddr_in server, int sources, struct visit *visits) {
  static int turn;
  for (;;) {
    int fd = tcp_from(1 + turn++ % sources);
    visits[fd] = (struct visit){now_ns(), 0};
    if (connect(fd, (struct sockaddr *)&server, sizeof server) == 0 || errno == EINPROGRESS) {
      watch(poll, fd, EPOLLOUT, (uint64_t)fd);
      return;
    }
    if (errno != EADDRNOTAVAIL) die("connect");
    address_not_available++;
    close(fd);
  }
}

int main(int argc, char **argv) {
  const char *usage = "PORT AT_ONCE SOURCES BYTES WARM_UP_SECONDS SECONDS";
  double seconds = word(argv, argc > 6 ? 6 : argc, usage), warm_up = word(argv, 5, usage);
  int at_once = (int)word(argv, 2, usage), sources = (int)word(argv, 3, usage);
  size_t bytes = (size_t)word(argv, 4, usage);
  struct sockaddr_in server = loopback((int)word(argv, 1, usage));
  struct visit *visits = calloc((size_t)open_files(), sizeof *visits);
  int poll = must(epoll_create1(0));
  for (int i = 0; i < at_once; i++) begin(poll, server, sources, visits);

  static struct epoll_event events[512];
  uint64_t warm_ns = now_ns() + (uint64_t)(warm_up * 1e9), end_ns = warm_ns + (uint64_t)(seconds * 1e9);
  struct steady steady = {0};
  for (uint64_t ns = 0; (ns = now_ns()) < end_ns;) {
    if (warm_ns != 0 && ns >= warm_ns) {
      steady = begin_steady();
      warm_ns = 0;
    }
    int ready = epoll_wait(poll, events, 512, 100);
    for (int i = 0; i < ready; i++) {
      int fd = (int)events[i].data.u64;
      struct visit *visit = &visits[fd];
      if (visit->missing == 0) {
        if (send(fd, message, bytes, MSG_NOSIGNAL) != (ssize_t)bytes) die("connect or send");
        visit->missing = bytes;
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)fd};
        must(epoll_ctl(poll, EPOLL_CTL_MOD, fd, &event));
        continue;
      }
      ssize_t got = recv(fd, reply, sizeof reply, MSG_DONTWAIT);
      if (got <= 0) die("the server closed a connection");
      visit->missing -= (size_t)got < visit->missing ? (size_t)got : visit->missing;
      if (visit->missing > 0) continue;
      record(now_ns() - visit->begun_ns);
      steady.count++;
      close(fd);
      begin(poll, server, sources, visits);
    }
  }
  char more[60];
  snprintf(more, sizeof more, ",\"addressNotAvailable\":%llu", (unsigned long long)address_not_available);
  print_steady(steady, more);
}
