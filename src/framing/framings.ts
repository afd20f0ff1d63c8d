import { delimiterFraming } from "./framers/delimiter.ts";
import { echoFraming } from "./framers/echo.ts";
import { fixedFraming } from "./framers/fixed.ts";
import type { Framer } from "./framers/framer.ts";
import type { FramerContext, Framing } from "./framers/framing.ts";
import { httpFraming } from "./framers/http.ts";
import { lengthPrefixFraming } from "./framers/length-prefix.ts";
import { smtpFraming } from "./framers/smtp.ts";
import type { FramingSpec } from "./framers/specs.ts";

/** Every framing by its name; the schema and messages list them in this order. */
export const framings = {
  echo: echoFraming,
  fixed: fixedFraming,
  delimiter: delimiterFraming,
  lengthPrefix: lengthPrefixFraming,
  http: httpFraming,
  smtp: smtpFraming,
} satisfies {
  readonly [Name in FramingSpec["kind"]]: Framing<Extract<FramingSpec, { kind: Name }>, unknown>;
};

/** Any framing, where its types do not matter: specs and values only go back to the framing they came from. */
export type AnyFraming = Framing<FramingSpec, unknown>;

const all = Object.entries<AnyFraming>(framings);

/** Framings whose name alone is enough, and those given in a map; some are both. */
export const aloneFramings = all.flatMap(([name, framing]) =>
  framing.alone === null ? [] : [{ name, ...framing }],
);
export const mapFramings = all.flatMap(([name, { inMap }]) =>
  inMap === null ? [] : [{ name, ...inMap }],
);

/** "echo, http, { fixed: 64 } or ...", for messages: those whose name alone is enough come first. */
export function listFramings(by: "form" | "example"): string {
  const others = all.map(([, framing]) => framing).filter(({ alone }) => alone === null);
  const texts = [...aloneFramings, ...others].map((framing) => framing[by]);
  return `${texts.slice(0, -1).join(", ")} or ${texts.at(-1)}`;
}

/** Creates the framer of a scenario's spec, with state for slots 0 to `slots - 1`. */
export function createFramer(spec: FramingSpec, slots: number, context: FramerContext): Framer {
  const framing: AnyFraming = framings[spec.kind];
  return framing.create(spec, slots, context);
}
