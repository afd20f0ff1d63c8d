import { resolve } from "node:path";
import { protocolNames, protocols, type Protocol as Transport } from "../../address/protocol.ts";
import { type ExitStatus, exitStatus, UserError } from "../../base/errors.ts";
import { hintFor } from "../../base/suggestion.ts";
import { type ProtocolTest, testProtocol } from "../../protocols/kit/test-protocol.ts";
import { thrownText } from "../../protocols/modules/guarded.ts";
import { optionOfText, unknownOption } from "../../protocols/options.ts";
import type { Protocol } from "../../protocols/protocol.ts";
import { shippedProtocols } from "../../protocols/shipped.ts";
import type { OptionSetting } from "../../protocols/spec.ts";
import { parseEndpoints } from "../../scenario/endpoint.ts";
import { importProtocol } from "../../scenario/module/import-protocol.ts";
import { unknownProtocol } from "../../scenario/protocol/lookup.ts";
import { isModule } from "../../scenario/source/is-module.ts";
import { checkUserFile } from "../../scenario/source/source-file.ts";
import { HostArguments } from "../arguments/host-arguments.ts";
import { wantsColor } from "../terminal/colors.ts";
import { printResult } from "../terminal/output.ts";
import { listText, messageText, showText, verdictText } from "./protocol-text.ts";

type Args = Readonly<Record<string, unknown>>;

/** @throws (rejects with) UserError */
export async function runProtocol(args: Args): Promise<ExitStatus> {
  const [action = "", name, ...more] = args.what as readonly string[];
  if (!["list", "show", "test"].includes(action)) {
    const hint = hintFor(action, ["list", "show", "test"]);
    throw new UserError(`protocol ${action}: there is no such thing to do${hint}`);
  }
  const stray = action === "list" ? name : more[0];
  if (stray !== undefined) throw new UserError(`protocol ${action} takes no ${stray}`);
  if (action === "list") {
    await printResult(listText(shippedProtocols));
    return exitStatus.pass;
  }
  if (name === undefined) {
    throw new UserError(`which protocol? slash8 protocol ${action} NAME, or the path of a module`);
  }
  const protocol = await protocolOf(name);
  if (action === "show") {
    await printResult(showText(name, protocol));
    return exitStatus.pass;
  }
  return test(name, protocol, args);
}

async function test(name: string, protocol: Protocol, args: Args): Promise<ExitStatus> {
  const shown: Promise<void>[] = [];
  const request: ProtocolTest = {
    name,
    options: optionsOf(name, protocol, args.option as readonly string[]),
    ...(args.message !== undefined && { message: args.message as string }),
    ...(args.against !== undefined && {
      against: await serverOf(args.against as string, args["allow-remote"] === true),
    }),
    exchanges: Number(args.exchanges),
    ...(args.timeout !== undefined && { timeoutMs: Number(args.timeout) / 1e6 }),
    oneWay: args["one-way"] === true,
    onMessage: (message) => shown.push(printResult(messageText(message))),
  };
  const { problems, messages } = await testProtocol(protocol, request);
  await Promise.all(shown);
  const color = wantsColor(process.env, process.stdout.isTTY);
  const { against } = request;
  const isStream = against !== undefined && !protocols[against.transport].isDatagram;
  const spoken = against === undefined ? null : messages;
  await printResult(verdictText(name, problems, spoken, isStream, color));
  return problems.length === 0 ? exitStatus.pass : exitStatus.internal;
}

async function protocolOf(name: string): Promise<Protocol> {
  if (!isModule(name) && !name.includes("/")) {
    const shipped = Object.hasOwn(shippedProtocols, name) ? shippedProtocols[name] : undefined;
    if (shipped !== undefined) return shipped;
    throw new UserError(unknownProtocol(name));
  }
  const path = resolve(name);
  try {
    checkUserFile(path);
    return await importProtocol(path);
  } catch (error) {
    throw new UserError(`${name}: ${thrownText(error, path)}`);
  }
}

function optionsOf(
  name: string,
  { options }: Protocol,
  given: readonly string[],
): Readonly<Record<string, OptionSetting>> {
  const values: Record<string, OptionSetting> = {};
  for (const text of given) {
    const at = text.indexOf("=");
    if (at < 1) throw new UserError(`--option ${text}: write name=value`);
    const option = text.slice(0, at);
    const spec = Object.hasOwn(options, option) ? options[option] : undefined;
    if (spec === undefined)
      throw new UserError(`--option ${text}: ${unknownOption(name, option, options)}`);
    try {
      values[option] = optionOfText(spec, text.slice(at + 1));
    } catch (error) {
      throw new UserError(`--option ${text}: ${(error as Error).message}`);
    }
  }
  return values;
}

/** @throws (rejects with) UserError */
async function serverOf(
  text: string,
  allowRemote: boolean,
): Promise<NonNullable<ProtocolTest["against"]>> {
  const match = /^(\w+):\/\/(.*)$/.exec(text);
  const transport = protocolNames.find((known) => known === match?.[1]);
  if (match === null || transport === undefined) {
    const forms = protocolNames.map((known: Transport) => `${known}://ADDRESS:PORT`);
    throw new UserError(`--against ${text}: write ${forms.join(" or ")}`);
  }
  const hosts = await HostArguments.lookUp([text], allowRemote);
  const addressOf = hosts.addressOf("--against");
  const [endpoint, ...more] = parseEndpoints(match[2] ?? "", allowRemote, addressOf);
  if (endpoint === undefined || more.length > 0 || endpoint.port === 0) {
    throw new UserError(`--against ${text}: name one address and a port from 1`);
  }
  await hosts.printNotices();
  return { ...endpoint, transport };
}
