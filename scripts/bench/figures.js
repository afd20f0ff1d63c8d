/**
 * Every figure that a work may give: its heading and its decimals. Figures per operation are the client's,
 * except in tcp-server, where they are the server's.
 *
 * @type {Readonly<Record<string, { readonly title: string, readonly digits: number }>>}
 */
export const figures = {
  cpuUs: { title: "CPU us", digits: 2 },
  userUs: { title: "user us", digits: 2 },
  perSecond: { title: "per second", digits: 0 },
  p50Us: { title: "p50 us", digits: 1 },
  wallUs: { title: "us each", digits: 1 },
  lastToFirst: { title: "last/first", digits: 2 },
  cpuShare: { title: "CPU share", digits: 2 },
  offPercent: { title: "off by %", digits: 2 },
  sendLagP99Us: { title: "send lag p99 us", digits: 1 },
  addressNotAvailable: { title: "EADDRNOTAVAIL", digits: 0 },
  otherErrors: { title: "other errors", digits: 0 },
  missingPercent: { title: "missing %", digits: 1 },
  openSeconds: { title: "opened in s", digits: 1 },
  rssMb: { title: "client MB", digits: 0 },
  lost: { title: "lost", digits: 0 },
  unverified: { title: "unverified", digits: 0 },
};
