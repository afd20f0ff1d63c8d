/*
 * The TCP server that all clients connect to: epoll, level-triggered, one recv and one send per event.
 *
 *     tcp-server PORT echo|http CONNECTIONS
 *
 * echo sends back the bytes that it receives; http answers every empty line with a constant response.
 * One process, or as many as the open-file limit requires for CONNECTIONS: one of them accepts until it is
 * full and then hands the listener to the next, so that they neither race nor wake each other.
 *
 * Prints {"port","pids"} when it listens; then, for each line on standard input, its counters since
 * the start: {"ns","accepted","bytes","replies","acceptedNs":[when every 1,000th was accepted]}. Exits
 * at the end of standard input.
 */
#include "common.h"

enum { STEP = 1000, STEPS = 4096, MOST_PROCESSES = 128, LISTENER = -1, TURN = -2 };

static struct {
  uint64_t accepted, accepted_ns[STEPS];
  struct { uint64_t bytes, replies, padding[6]; } process[MOST_PROCESSES];
} *shared;

static int processes, port, turn[MOST_PROCESSES][2];
static pid_t pids[MOST_PROCESSES];

static const char response[] =
    "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 64\r\n\r\n"
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
enum { RESPONSE = sizeof response - 1, AT_ONCE = 64 };
static char responses[AT_ONCE * RESPONSE];

/* Sends all bytes. Waits for a client that does not read: no client of the bench does that. */
static int send_all(int fd, const char *bytes, ssize_t length) {
  while (length > 0) {
    ssize_t sent = send(fd, bytes, (size_t)length, MSG_NOSIGNAL);
    if (sent < 0) return -1;
    bytes += sent;
    length -= sent;
  }
  return 0;
}

/* Counts empty lines in these bytes; *matched says how much of one is at their end. */
static int count_requests(const char *bytes, ssize_t length, unsigned char *matched) {
  int found = 0, at = *matched;
  for (ssize_t i = 0; i < length; i++) {
    at = bytes[i] == "\r\n\r\n"[at] ? at + 1 : bytes[i] == '\r';
    if (at == 4) found++, at = 0;
  }
  *matched = (unsigned char)at;
  return found;
}

static void serve(int number, int listener, int http, int room) {
  static char bytes[65536];
  static struct epoll_event events[512];
  unsigned char *matched = calloc((size_t)open_files(), 1);
  int poll = must(epoll_create1(0)), accepting = 0;
  watch(poll, turn[number][0], EPOLLIN, (uint64_t)TURN);
  for (;;) {
    int ready = epoll_wait(poll, events, 512, -1);
    for (int i = 0; i < ready; i++) {
      int fd = (int)events[i].data.u64;
      if (fd == TURN) {
        if (read(turn[number][0], bytes, 1) != 1) die("turn");
        watch(poll, listener, EPOLLIN, (uint64_t)LISTENER);
        accepting = 1;
      } else if (fd == LISTENER) {
        int client, one = 1;
        while (room > 0 && (client = accept4(listener, NULL, NULL, 0)) >= 0) {
          uint64_t accepted = ++shared->accepted;
          if (accepted % STEP == 0 && accepted / STEP < STEPS)
            shared->accepted_ns[accepted / STEP] = now_ns();
          must(setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one));
          matched[client] = 0;
          watch(poll, client, EPOLLIN, (uint64_t)client);
          room--;
        }
      } else {
        ssize_t got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) continue;
        int alive = got > 0;
        if (alive && http) {
          int left = count_requests(bytes, got, &matched[fd]);
          shared->process[number].replies += (uint64_t)left;
          for (; alive && left > 0; left -= AT_ONCE)
            alive = send_all(fd, responses, (left < AT_ONCE ? left : AT_ONCE) * RESPONSE) == 0;
        } else if (alive) {
          shared->process[number].bytes += (uint64_t)got;
          alive = send_all(fd, bytes, got) == 0;
        }
        if (!alive) {
          close(fd);
          room++;
        }
      }
    }
    if (accepting && room == 0 && processes > 1) {
      must(epoll_ctl(poll, EPOLL_CTL_DEL, listener, NULL));
      accepting = 0;
      must(write(turn[(number + 1) % processes][1], "t", 1));
    }
  }
}

static void report(void) {
  uint64_t bytes = 0, replies = 0, accepted = shared->accepted;
  for (int i = 0; i < processes; i++) {
    bytes += shared->process[i].bytes;
    replies += shared->process[i].replies;
  }
  printf("{\"ns\":%llu,\"accepted\":%llu,\"bytes\":%llu,\"replies\":%llu,\"acceptedNs\":[",
         (unsigned long long)now_ns(), (unsigned long long)accepted, (unsigned long long)bytes,
         (unsigned long long)replies);
  for (uint64_t i = 1; i <= accepted / STEP && i < STEPS; i++)
    printf("%s%llu", i > 1 ? "," : "", (unsigned long long)shared->accepted_ns[i]);
  printf("]}\n");
}

int main(int argc, char **argv) {
  const char *usage = "PORT echo|http CONNECTIONS";
  int connections = (int)word(argv, argc > 3 ? 3 : argc, usage), http = has_flag(argv, "http");
  port = (int)word(argv, 1, usage);
  int room = open_files() - 32 - 2 * MOST_PROCESSES;
  processes = (connections + room - 1) / room;
  if (processes < 1 || processes > MOST_PROCESSES) {
    fprintf(stderr, "%d connections need %d processes\n", connections, processes);
    return 2;
  }
  for (int i = 0; i < AT_ONCE; i++) memcpy(responses + i * RESPONSE, response, RESPONSE);
  shared = shared_memory(sizeof *shared);

  int listener = must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)), one = 1;
  must(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one));
  struct sockaddr_in at = loopback(port);
  socklen_t length = sizeof at;
  must(bind(listener, (struct sockaddr *)&at, sizeof at));
  must(listen(listener, 65535));
  must(getsockname(listener, (struct sockaddr *)&at, &length));
  for (int i = 0; i < processes; i++) must(pipe(turn[i]));
  for (int i = 0; i < processes; i++)
    if ((pids[i] = fork_bound()) == 0) serve(i, listener, http, room);
  must(write(turn[0][1], "t", 1));
  printf("{\"port\":%d,\"pids\":[", ntohs(at.sin_port));
  for (int i = 0; i < processes; i++) printf("%s%d", i ? "," : "", pids[i]);
  printf("]}\n");
  fflush(stdout);
  serve_control(report);
}
