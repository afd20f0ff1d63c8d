import { expect, test } from "vitest";
import { aliasesOf } from "../../../src/cli/plan/used-addresses.ts";
import { planRun } from "../../../src/plan/plan.ts";
import { scenario } from "../../plan/samples.ts";
import { machine, server } from "../../support/scenario-parts.ts";

const byNode = { io: "node", workers: 1 } as const;

test("aliases are those of clients and servers, merged, only IPv4 loopback", () => {
  const listen = [
    { address: "127.0.0.1", port: 7000 },
    { address: "127.16.0.4", port: 7000 },
  ];
  const six = { name: "six", listen: [{ address: "::1", port: 7000 }] };
  const any = { name: "any", listen: [{ address: "0.0.0.0", port: 7001 }] };
  const plan = planRun(
    scenario(
      [
        { sources: ["127.16.0.1-127.16.0.3"], connections: 3 },
        { sources: ["127.16.0.2-127.16.0.3"], connections: 2, server: "any" },
        { sources: ["::1"], connections: 2, server: "six" },
      ],
      [server({ listen }), server(six), server(any)],
    ),
    machine(),
    byNode,
  );
  expect(aliasesOf(plan)).toEqual(["127.0.0.1", "127.16.0.1-127.16.0.4"]);
});
