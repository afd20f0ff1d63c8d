/* Shared by the references: time, CPU time, command-line words, a histogram, the control line. */
#pragma once
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Each program is one thread and one file: what it does not use of this header costs nothing. */
#define SHARED static inline __attribute__((unused))

SHARED void die(const char *what) {
  perror(what);
  exit(1);
}

/* Fails with the kernel's error; otherwise returns the value. */
#define must(call) ({ __typeof__(call) value_ = (call); if (value_ == -1) die(#call); value_; })

/* CLOCK_MONOTONIC, ns: the clock of process.hrtime, so times can be compared with the bench's own. */
SHARED uint64_t now_ns(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

/* CPU time of this process so far. */
struct cpu {
  double user, system; /* s */
};

SHARED struct cpu cpu_used(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (struct cpu){used.ru_utime.tv_sec + used.ru_utime.tv_usec / 1e6,
                      used.ru_stime.tv_sec + used.ru_stime.tv_usec / 1e6};
}

/* The n-th word of the command line as a number; ends the program if it is missing. */
SHARED double word(char **argv, int n, const char *usage) {
  for (int i = 0; i <= n; i++)
    if (argv[i] == NULL) {
      fprintf(stderr, "usage: %s %s\n", argv[0], usage);
      exit(2);
    }
  return atof(argv[n]);
}

/* Whether one of the words is `flag`. */
SHARED int has_flag(char **argv, const char *flag) {
  for (; *argv; argv++)
    if (strcmp(*argv, flag) == 0) return 1;
  return 0;
}

/* Raises the soft limit of open files to the hard one and returns it. */
SHARED int open_files(void) {
  struct rlimit limit;
  must(getrlimit(RLIMIT_NOFILE, &limit));
  limit.rlim_cur = limit.rlim_max;
  must(setrlimit(RLIMIT_NOFILE, &limit));
  return limit.rlim_max > 1 << 20 ? 1 << 20 : (int)limit.rlim_max;
}

/* 127.0.0.1, and 127.64.0.0 + n. */
SHARED struct sockaddr_in loopback(int port) {
  return (struct sockaddr_in){.sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

SHARED struct sockaddr_in source_address(int n) {
  struct sockaddr_in from = loopback(0);
  from.sin_addr.s_addr = htonl(0x7f400000u + (uint32_t)n);
  return from;
}

/* A non-blocking TCP socket from that source, its port left to connect(2): IP_BIND_ADDRESS_NO_PORT, ip(7). */
SHARED int tcp_from(int source) {
  int fd = must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)), one = 1;
  must(setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one));
  must(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one));
  struct sockaddr_in from = source_address(source);
  must(bind(fd, (struct sockaddr *)&from, sizeof from));
  return fd;
}

SHARED void watch(int poll, int fd, uint32_t events, uint64_t data) {
  struct epoll_event event = {.events = events, .data.u64 = data};
  must(epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event));
}

/* Memory that children share with their parent, zeroed. */
SHARED void *shared_memory(size_t bytes) {
  void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) die("mmap");
  return at;
}

/* Forks a child that dies with its parent. Returns 0 in the child, as fork(2). */
SHARED pid_t fork_bound(void) {
  pid_t parent = getpid(), child = must(fork());
  if (child == 0) {
    must(prctl(PR_SET_PDEATHSIG, SIGKILL));
    if (getppid() != parent) exit(1);
  }
  return child;
}

/* Calls `report` for each line of standard input, until its end. */
SHARED void serve_control(void (*report)(void)) {
  char text[64];
  while (fgets(text, sizeof text, stdin)) {
    report();
    fflush(stdout);
  }
}

/* Log-linear: 64 buckets per power of two, 1.6 % wide. */
enum { SUB = 64, BUCKETS = 40 * SUB };
static uint64_t histogram[BUCKETS] __attribute__((unused));

SHARED void record(uint64_t ns) {
  int shift = ns < SUB ? 0 : 58 - __builtin_clzll(ns);
  uint64_t bucket = (uint64_t)shift * SUB + (ns >> shift);
  histogram[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
}

/* The upper end of the bucket that holds quantile q, us. */
SHARED double quantile_us(double q) {
  uint64_t total = 0, seen = 0;
  for (int i = 0; i < BUCKETS; i++) total += histogram[i];
  for (int i = 0; i < BUCKETS; i++)
    if ((seen += histogram[i]) > 0 && seen >= q * total) {
      int shift = i < 2 * SUB ? 0 : i / SUB - 1;
      return (double)((((uint64_t)(i - shift * SUB)) + 1) << shift) / 1e3;
    }
  return 0;
}

/* Steady state: what was used and counted during it. */
struct steady {
  uint64_t from_ns, count;
  struct cpu cpu;
};

SHARED struct steady begin_steady(void) {
  memset(histogram, 0, sizeof histogram);
  return (struct steady){now_ns(), 0, cpu_used()};
}

/* Prints the steady state as one line of JSON; `more` is "" or further members, each with a comma before it. */
SHARED void print_steady(struct steady steady, const char *more) {
  double seconds = (now_ns() - steady.from_ns) / 1e9;
  struct cpu end = cpu_used();
  printf("{\"count\":%llu,\"fromNs\":%llu,\"seconds\":%.6f,\"perSecond\":%.1f,"
         "\"userSeconds\":%.6f,\"systemSeconds\":%.6f,\"p50Us\":%.2f,\"p99Us\":%.2f%s}\n",
         (unsigned long long)steady.count, (unsigned long long)steady.from_ns, seconds, steady.count / seconds,
         end.user - steady.cpu.user, end.system - steady.cpu.system, quantile_us(0.5),
         quantile_us(0.99), more);
}
