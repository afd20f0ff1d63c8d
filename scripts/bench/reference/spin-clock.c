/*
 * How much time the machine takes from a program that only waits: reads the clock until each message of a
 * rate is due, and records how late it is.
 *
 *     spin-clock PER_SECOND SECONDS
 *
 * Sends nothing. Any program on this CPU would be as late: because of other programs, the kernel, the
 * hypervisor. Prints {"count","seconds","perSecond","p50Us","p99Us",...}.
 */
#include "common.h"

int main(int argc, char **argv) {
  const char *usage = "PER_SECOND SECONDS";
  double seconds = word(argv, argc > 2 ? 2 : argc, usage), per_second = word(argv, 1, usage);
  if (per_second <= 0) die("PER_SECOND: above 0");
  struct steady steady = begin_steady();
  uint64_t messages = (uint64_t)(per_second * seconds), now;
  for (; steady.count < messages; steady.count++) {
    uint64_t due = steady.from_ns + (uint64_t)(steady.count * 1e9 / per_second);
    while ((now = now_ns()) < due);
    record(now - due);
  }
  print_steady(steady, "");
}
