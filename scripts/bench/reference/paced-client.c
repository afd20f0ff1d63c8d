/*
 * Open-model client: message k is due at k / rate and goes out on the connection that has been idle longest.
 * One thread that never sleeps: it reads the clock and polls epoll for replies until the next message is due.
 *
 *     paced-client PORT CONNECTIONS BYTES PER_SECOND WARM_UP_SECONDS SECONDS
 *
 * Prints the steady state as one line of JSON: {count, fromNs, seconds, perSecond, userSeconds,
 * systemSeconds, p50Us, p99Us}, the percentiles of how much later than due messages were sent.
 */
#include "common.h"

enum { MOST_BYTES = 65536, MOST_EVENTS = 512 };

static char message[MOST_BYTES], reply[MOST_BYTES];
static size_t bytes, *missing;

/* Idle connections, the longest idle one first: a ring of file descriptors. */
static int *idle, connections;
static uint64_t first, last;

static void take_replies(int poll) {
  static struct epoll_event events[MOST_EVENTS];
  int ready = must(epoll_wait(poll, events, MOST_EVENTS, 0));
  for (int i = 0; i < ready; i++) {
    int fd = (int)events[i].data.u64;
    ssize_t got = recv(fd, reply, sizeof reply, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) continue;
    if (got <= 0) die("the server closed a connection");
    missing[fd] -= (size_t)got < missing[fd] ? (size_t)got : missing[fd];
    if (missing[fd] == 0) idle[last++ % (uint64_t)connections] = fd;
  }
}

int main(int argc, char **argv) {
  const char *usage = "PORT CONNECTIONS BYTES PER_SECOND WARM_UP_SECONDS SECONDS";
  double seconds = word(argv, argc > 6 ? 6 : argc, usage), warm_up = word(argv, 5, usage);
  double per_second = word(argv, 4, usage);
  if (per_second <= 0) die("PER_SECOND: above 0");
  struct sockaddr_in server = loopback((int)word(argv, 1, usage));
  connections = (int)word(argv, 2, usage);
  bytes = (size_t)word(argv, 3, usage);
  int poll = must(epoll_create1(0)), one = 1;
  missing = calloc((size_t)open_files(), sizeof *missing);
  idle = calloc((size_t)connections, sizeof *idle);
  memset(message, 'x', sizeof message);

  for (int i = 0; i < connections; i++) {
    int fd = must(socket(AF_INET, SOCK_STREAM, 0));
    must(connect(fd, (struct sockaddr *)&server, sizeof server));
    must(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one));
    watch(poll, fd, EPOLLIN, (uint64_t)fd);
    idle[last++] = fd;
  }

  struct steady steady = {0};
  uint64_t from_ns = now_ns(), warm = (uint64_t)(warm_up * per_second);
  uint64_t messages = warm + (uint64_t)(seconds * per_second);
  for (uint64_t k = 0; k < messages; k++) {
    uint64_t due_ns = from_ns + (uint64_t)(k * 1e9 / per_second), ns;
    if (k == warm) {
      steady = begin_steady();
      /* The planned time: a thread that gets here late catches up, and would seem to be faster. */
      steady.from_ns = due_ns;
    }
    while ((ns = now_ns()) < due_ns || first == last) take_replies(poll);
    int fd = idle[first++ % (uint64_t)connections];
    record(ns - due_ns);
    steady.count++;
    missing[fd] = bytes;
    if (send(fd, message, bytes, MSG_NOSIGNAL) != (ssize_t)bytes) die("send");
  }
  print_steady(steady, "");
}
