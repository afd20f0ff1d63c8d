/** Takes what the arguments say, and asks for the rest where somebody is there to answer. */
import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import {
  defaultProtocol,
  protocolNames,
  protocols,
  type Protocol as Transport,
} from "../../address/protocol.ts";
import { UserError } from "../../base/errors.ts";
import { formOf } from "../../protocols/options.ts";
import type { Protocol } from "../../protocols/protocol.ts";
import { shippedProtocols } from "../../protocols/shipped.ts";
import type { OptionSetting } from "../../protocols/spec.ts";
import { checkUserFile } from "../../scenario/source/source-file.ts";
import type { Answers, Choices, Speech, WorkflowKind } from "./answers.ts";
import type { Project } from "./project.ts";
import { protocolOfPort, protocolStarts } from "./protocol-starts.ts";
import type { Questions } from "./questions.ts";
import {
  nameFrom,
  ownMessages,
  readMessage,
  readName,
  readOptionSetting,
  readOut,
  readProtocol,
  readReply,
  readTarget,
  type Target,
} from "./readers.ts";

type Arguments = Readonly<Record<string, unknown>>;

/** @throws UserError where arguments do not go together, or where one is missing and nobody can be asked */
export async function gatherAnswers(
  args: Arguments,
  questions: Questions | null,
  project: Project,
): Promise<{ readonly answers: Answers; readonly choices: Choices }> {
  const given = (name: string) => args[name] as string | undefined;
  const command =
    given("command") ??
    (given("target") === undefined
      ? await questions?.ask("What starts the server? Enter: it runs already", "", String)
      : undefined) ??
    "";
  const target = await targetOf(given("target"), questions);
  const protocol = await protocolOf(args, target, questions);
  const transport = await transportOf(args, target, protocol, questions);
  const speech =
    protocol === ownMessages
      ? await ownSpeech(args, transport, questions)
      : await shippedSpeech(protocol, args, target, questions);
  const tls = await tlsOf(args, target, transport, questions);
  const place = await placeOf(args, questions, project);
  const answers: Answers = {
    ...place,
    command: command === "" ? null : command,
    listen: target.listen,
    transport,
    speech,
    tls: tls === null ? null : { ...protocolStarts[protocol]?.tls, ...tls },
  };
  return { answers, choices: await choicesOf(args, questions, project) };
}

async function targetOf(given: string | undefined, questions: Questions | null): Promise<Target> {
  if (given !== undefined) {
    try {
      return await readTarget(given);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`--target ${error.message}`);
    }
  }
  if (questions === null) {
    throw new UserError(
      "where does the server listen? give --target, such as 127.0.0.1:7000 or redis://127.0.0.1:6379, and --protocol where " +
        "that does not say what it speaks; or run slash8 init in a terminal, where it asks",
    );
  }
  return questions.ask("Where does it listen? ADDRESS:PORT, or a URL", null, readTarget);
}

async function protocolOf(
  args: Arguments,
  target: Target,
  questions: Questions | null,
): Promise<string> {
  const transport = target.transport ?? (args.udp === true ? "udp" : null);
  const given = args.protocol as string | undefined;
  if (given !== undefined) {
    if (target.protocol !== null && target.protocol !== given) {
      throw new UserError(
        `--target means protocol ${target.protocol}, and --protocol is ${given}: give one of them`,
      );
    }
    return naming("protocol", () => readProtocol(given, transport));
  }
  if (target.protocol !== null) return readProtocol(target.protocol, transport);
  // What goes with messages of one's own alone says that they are.
  if (args.reply !== undefined) return ownMessages;
  const names = Object.keys(shippedProtocols).filter(
    (name) => transport === null || shippedProtocols[name]?.over.includes(transport),
  );
  const byPort = protocolOfPort(target.port);
  const likely = byPort !== null && names.includes(byPort) ? byPort : ownMessages;
  if (questions === null) {
    throw new UserError(
      `what does the server at ${target.listen} speak? give --protocol: one of ${names.join(", ")}, or message for bytes of your own`,
    );
  }
  questions.say(`It may speak ${names.join(", ")}; or ${ownMessages}: bytes of your own.`);
  return questions.ask("What does it speak?", likely, (text) => readProtocol(text, transport));
}

async function transportOf(
  args: Arguments,
  target: Target,
  protocol: string,
  questions: Questions | null,
): Promise<Transport> {
  if (args.udp === true) {
    if (target.transport !== null && !protocols[target.transport].isDatagram) {
      throw new UserError(
        `--target is ${target.transport}://, and --udp is given: give one of them`,
      );
    }
    return "udp";
  }
  if (target.transport !== null) return target.transport;
  const over = shippedProtocols[protocol]?.over ?? protocolNames;
  const [likely = defaultProtocol] = over;
  if (over.length === 1 || questions === null) return likely;
  return questions.ask("TCP or UDP?", likely, (text) => {
    const transport = over.find((one) => one === text.toLowerCase());
    if (transport === undefined) throw new UserError(`${over.join(" or ")}?`);
    return transport;
  });
}

async function ownSpeech(
  args: Arguments,
  transport: Transport,
  questions: Questions | null,
): Promise<Speech> {
  const [option] = args.option as readonly string[];
  if (option !== undefined) {
    throw new UserError(
      `--option ${option}: options are those of a protocol, and --protocol is ${ownMessages}`,
    );
  }
  const given = args.message as string | undefined;
  const message =
    given !== undefined
      ? naming("message", () => readMessage(given))
      : ((await questions?.ask(
          String.raw`What is sent? \r, \n and \x00 are bytes`,
          String.raw`hello\n`,
          readMessage,
        )) ?? "hello\n");
  const reply = args.reply as string | undefined;
  const likely = protocols[transport].isDatagram
    ? "datagram"
    : message.endsWith("\r\n")
      ? "crlf"
      : "line";
  if (reply !== undefined) {
    return { protocol: null, message, reply: naming("reply", () => readReply(reply, transport)) };
  }
  if (questions === null) return { protocol: null, message, reply: readReply(likely, transport) };
  const forms = protocols[transport].isDatagram
    ? "datagram: any, echo: it is the message, none: nothing answers"
    : "line, crlf, its length in bytes, echo: it is the message, none: nothing answers";
  return {
    protocol: null,
    message,
    reply: await questions.ask(`Where does a reply end? ${forms}`, likely, (text) =>
      readReply(text, transport),
    ),
  };
}

async function shippedSpeech(
  name: string,
  args: Arguments,
  target: Target,
  questions: Questions | null,
): Promise<Speech> {
  if (args.reply !== undefined) {
    throw new UserError(
      `--reply goes with --protocol ${ownMessages}: ${name} knows where replies end`,
    );
  }
  const protocol = shippedProtocols[name] as Protocol;
  const start = protocolStarts[name];
  const options: Record<string, OptionSetting> = {};
  for (const text of args.option as readonly string[]) {
    const [option, value] = readOptionSetting(name, protocol, text);
    options[option] = value;
  }
  const { pathOption } = start ?? {};
  if (pathOption !== undefined && options[pathOption] === undefined) {
    const path =
      target.path ?? (await questions?.ask("Which path is asked for?", "/", String)) ?? null;
    if (path !== null) options[pathOption] = path;
  }
  for (const [option, spec] of Object.entries(protocol.options)) {
    if (spec.default !== undefined || options[option] !== undefined) continue;
    if (questions === null) {
      throw new UserError(
        `${name} needs ${option}: ${spec.about} Give --option ${option}=VALUE, ${formOf(spec)}`,
      );
    }
    options[option] = await questions.ask(
      `${option}? ${spec.about}`,
      null,
      (text) => readOptionSetting(name, protocol, `${option}=${text}`)[1],
    );
  }
  const all = { ...start?.options?.(options), ...options };
  return {
    protocol: name,
    options: all,
    message: await messageOf(name, protocol, args, questions),
    isOneWay: start?.isOneWay?.(all) ?? false,
  };
}

async function messageOf(
  name: string,
  { message }: Protocol,
  args: Arguments,
  questions: Questions | null,
): Promise<string | null> {
  const given = args.message as string | undefined;
  if (message === undefined) {
    if (given === undefined) return null;
    throw new UserError(`--message: requests of ${name} carry none; leave it out`);
  }
  if (given !== undefined) return given;
  const likely = protocolStarts[name]?.message ?? message.default ?? "";
  if (questions === null) return likely === "" ? null : likely;
  const answer = await questions.ask(`What do requests carry? ${message.about}`, likely, String);
  return answer === "" ? null : answer;
}

async function tlsOf(
  args: Arguments,
  target: Target,
  transport: Transport,
  questions: Questions | null,
): Promise<Answers["tls"]> {
  const ca = args.ca as string | undefined;
  const serverName = args["server-name"] as string | undefined;
  const insecure = args.insecure === true;
  const isGiven = args.tls === true || ca !== undefined || serverName !== undefined || insecure;
  if (protocols[transport].isDatagram) {
    if (!isGiven) return null;
    throw new UserError(
      "TLS runs over TCP, and the server is a UDP server: leave out --tls, --ca, --server-name, --insecure",
    );
  }
  if (insecure && ca !== undefined) {
    throw new UserError(
      "--insecure accepts any certificate, and --ca names who signed it: give one of them",
    );
  }
  if (ca !== undefined) naming("ca", () => readCa(ca));
  const fields = {
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(insecure ? { insecure } : {}),
  };
  if (isGiven) return fields;
  const asked =
    target.isTls ??
    (questions === null ? false : await questions.confirm("Do clients use TLS?", false));
  if (!asked || questions === null) return asked ? fields : null;
  const trusted = await questions.ask(
    "Who signed its certificate? A file (PEM), or any: not checked; Enter: somebody whom Node trusts",
    "",
    (text) => (text === "" || text === "any" ? text : readCa(text)),
  );
  if (trusted === "any") return { insecure: true };
  const name = await questions.ask(
    "Which name is in the certificate? Enter: the address",
    "",
    String,
  );
  return {
    ...(trusted === "" ? {} : { ca: trusted }),
    ...(name === "" ? {} : { serverName: name }),
  };
}

function readCa(path: string): string {
  try {
    checkUserFile(path);
    return path;
  } catch (error) {
    throw new UserError(`${path}: ${(error as Error).message}`);
  }
}

/** The scenario's name and file. */
async function placeOf(
  args: Arguments,
  questions: Questions | null,
  project: Project,
): Promise<Pick<Answers, "name" | "out">> {
  const isTaken = (path: string) =>
    args.force !== true && existsSync(resolve(project.folder, path));
  const fileOf = (name: string) => (args.out as string | undefined) ?? `load/${name}.yaml`;
  const taken = (path: string) =>
    new UserError(`${path} exists: give another name, or --force to replace it`);
  const byDefault = nameFrom(
    args.out === undefined
      ? basename(project.folder)
      : basename(String(args.out)).replace(/\.ya?ml$/i, ""),
  );
  if (args.out !== undefined) {
    const out = naming("out", () => readOut(String(args.out)));
    if (isTaken(out)) throw taken(out);
  }
  const given = args.name as string | undefined;
  if (given !== undefined || questions === null || args.out !== undefined) {
    const name = given === undefined ? byDefault : naming("name", () => readName(given));
    if (isTaken(fileOf(name))) throw taken(fileOf(name));
    return { name, out: fileOf(name) };
  }
  const name = await questions.ask("How is the scenario called?", byDefault, (text) => {
    const read = readName(text);
    if (isTaken(fileOf(read))) throw taken(fileOf(read));
    return read;
  });
  return { name, out: fileOf(name) };
}

async function choicesOf(
  args: Arguments,
  questions: Questions | null,
  project: Project,
): Promise<Choices> {
  const noWorkflow = args["no-workflow"] === true;
  if (noWorkflow && args.gitlab === true) {
    throw new UserError("--gitlab and --no-workflow exclude each other: give one of them");
  }
  const isDry = args["dry-run"] === true;
  const likely = project.usesGitLab ? "gitlab" : "github";
  return {
    firstRun:
      !isDry &&
      args["no-run"] !== true &&
      ((await questions?.confirm("Run it now, for 3 s, and set its gates by that?", true)) ?? true),
    workflow: noWorkflow
      ? null
      : args.gitlab === true
        ? "gitlab"
        : await workflowOf(questions, likely),
    script:
      args["no-script"] !== true &&
      project.packageJson !== null &&
      ((await questions?.confirm("Add a script to package.json?", true)) ?? true),
    force: args.force === true,
  };
}

async function workflowOf(
  questions: Questions | null,
  likely: WorkflowKind,
): Promise<WorkflowKind | null> {
  if (questions === null) return likely;
  return questions.ask("A workflow for CI? github, gitlab or none", likely, (text) => {
    const kind = (["github", "gitlab", "none"] as const).find((one) => one === text.toLowerCase());
    if (kind === undefined) throw new UserError("github, gitlab or none?");
    return kind === "none" ? null : kind;
  });
}

/** Puts the option's name before what is wrong with its value. */
function naming<Value>(option: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`--${option}: ${error.message}`);
  }
}
