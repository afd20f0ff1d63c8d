import { Session } from "node:inspector";
import { pathToFileURL } from "node:url";
import type { Failure } from "../../protocols/modules/failure.ts";

/** A thread that answers nothing within that time is not in code that can be interrupted. */
const longestMs = 5_000;

const ids = { enable: 1, pause: 2, resume: 3 } as const;

/** What the debugger says of a paused thread; the rest is not looked at. */
interface FromWorker {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    /** Debugger.scriptParsed */
    readonly scriptId?: string;
    readonly url?: string;
    /** Debugger.paused */
    readonly callFrames?: readonly {
      readonly location: {
        readonly scriptId: string;
        readonly lineNumber: number;
        readonly columnNumber?: number;
      };
    }[];
  };
}

/**
 * Where in a file a worker thread is that does not come back: the debugger can interrupt a loop.
 *
 * Threads that do come back are held up for a moment.
 *
 * @param path  of the file, absolute
 * @param limit ms
 * @returns     null where no thread is in it: it waits for something
 */
export function workerPlace(path: string, limit = longestMs): Promise<Failure["at"]> {
  const url = pathToFileURL(path).href;
  const session = new Session();
  session.connect();
  return new Promise((resolve) => {
    // The session goes on: a pause that comes later is ended.
    const timer = setTimeout(() => resolve(place), limit);
    let place: Failure["at"] = null;
    /** Threads that have not gone on yet. */
    let held = 0;
    /** The file's script, by thread. */
    const scripts = new Map<string, string>();
    const send = (sessionId: string, id: number, method: string) => {
      const message = JSON.stringify({ id, method });
      session.post("NodeWorker.sendMessageToWorker", { sessionId, message });
    };
    session.on("NodeWorker.attachedToWorker", ({ params: { sessionId } }) => {
      held++;
      send(sessionId, ids.enable, "Debugger.enable");
      send(sessionId, ids.pause, "Debugger.pause");
    });
    session.on("NodeWorker.receivedMessageFromWorker", ({ params: { sessionId, message } }) => {
      const { id, method, params } = JSON.parse(message) as FromWorker;
      // A thread that is left paused cannot be ended.
      if (id === ids.resume && --held === 0) {
        clearTimeout(timer);
        session.disconnect();
        resolve(place);
      }
      if (method === "Debugger.scriptParsed" && params?.url === url) {
        scripts.set(sessionId, params.scriptId ?? "");
      }
      if (method !== "Debugger.paused") return;
      const script = scripts.get(sessionId);
      const frame = params?.callFrames?.find(({ location }) => location.scriptId === script);
      if (frame !== undefined) {
        const { lineNumber, columnNumber = 0 } = frame.location;
        place = { file: path, line: lineNumber + 1, column: columnNumber + 1 };
      }
      send(sessionId, ids.resume, "Debugger.resume");
    });
    session.post("NodeWorker.enable", { waitForDebuggerOnStart: false });
  });
}
