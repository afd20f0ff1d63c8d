/*
 * Opens connections and holds them: non-blocking connects, several at a time, from several sources with the
 * port left to the kernel (IP_BIND_ADDRESS_NO_PORT). As many processes, one after the other, as the
 * open-file limit requires.
 *
 *     tcp-open PORT CONNECTIONS SOURCES AT_ONCE
 *
 * Prints {"count","seconds","cpuSeconds","stepSeconds":[],"stepCpuSeconds":[]} when all are open, a step
 * being 10,000 connections; exits at the end of standard input.
 */
#include "common.h"

enum { STEP = 10000, STEPS = 128 };

/* At [n], when STEP * n connections were open, and the CPU time used until then. */
static struct {
  uint64_t opened, at_ns[STEPS + 1];
  double cpu_before, at_cpu[STEPS + 1];
} *shared;

static double cpu_so_far(void) {
  struct cpu used = cpu_used();
  return shared->cpu_before + used.user + used.system;
}

/* Connections number `from` up to `to`; connection k comes from source k mod `sources`. */
static void open_share(struct sockaddr_in server, int from, int to, int sources, int at_once) {
  static struct epoll_event events[512];
  int poll = must(epoll_create1(0)), pending = 0;
  for (int next = from; next < to || pending > 0;) {
    for (; next < to && pending < at_once; next++, pending++) {
      int fd = tcp_from(1 + next % sources);
      if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS)
        die("connect");
      watch(poll, fd, EPOLLOUT, (uint64_t)fd);
    }
    int ready = must(epoll_wait(poll, events, 512, -1));
    for (int i = 0; i < ready; i++, pending--) {
      int fd = (int)events[i].data.u64, error = 0;
      socklen_t length = sizeof error;
      must(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length));
      errno = error;
      if (error) die("connect");
      must(epoll_ctl(poll, EPOLL_CTL_DEL, fd, NULL));
      if (++shared->opened % STEP == 0 && shared->opened / STEP <= STEPS) {
        shared->at_ns[shared->opened / STEP] = now_ns();
        shared->at_cpu[shared->opened / STEP] = cpu_so_far();
      }
    }
  }
  shared->cpu_before = cpu_so_far();
}

static void print_steps(const char *name, double (*length)(int)) {
  printf(",\"%s\":[", name);
  for (int i = 1; i <= STEPS && (uint64_t)i <= shared->opened / STEP; i++)
    printf("%s%.6f", i > 1 ? "," : "", length(i));
  printf("]");
}

static double step_seconds(int i) { return (shared->at_ns[i] - shared->at_ns[i - 1]) / 1e9; }
static double step_cpu(int i) { return shared->at_cpu[i] - shared->at_cpu[i - 1]; }

int main(int argc, char **argv) {
  const char *usage = "PORT CONNECTIONS SOURCES AT_ONCE";
  int at_once = (int)word(argv, argc > 4 ? 4 : argc, usage), sources = (int)word(argv, 3, usage);
  int connections = (int)word(argv, 2, usage), share = open_files() - 64, done[2];
  struct sockaddr_in server = loopback((int)word(argv, 1, usage));
  shared = shared_memory(sizeof *shared);
  must(pipe(done));
  uint64_t begin_ns = shared->at_ns[0] = now_ns();
  for (int from = 0; from < connections; from += share) {
    int to = connections - from < share ? connections : from + share;
    if (fork_bound() == 0) {
      open_share(server, from, to, sources, at_once);
      must(write(done[1], "d", 1));
      for (;;) pause();
    }
    /* A child that fails must end the wait: otherwise it would last for ever. */
    char byte;
    signal(SIGCHLD, exit);
    if (read(done[0], &byte, 1) != 1) die("child");
  }
  printf("{\"count\":%llu,\"seconds\":%.6f,\"cpuSeconds\":%.6f", (unsigned long long)shared->opened,
         (now_ns() - begin_ns) / 1e9, shared->cpu_before);
  print_steps("stepSeconds", step_seconds);
  print_steps("stepCpuSeconds", step_cpu);
  printf("}\n");
  fflush(stdout);
  while (getchar() != EOF) {}
}
