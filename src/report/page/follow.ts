/** Updates a page while its run goes on: by server-sent events, from the server that served it. */
import type { PageModel } from "../model.ts";

/** Time without an update after which the page says that it is out of date; updates come every second or two. */
const silenceMs = 10_000;

/**
 * Shows every model that arrives, and says above the page whether more will follow. A run's result stays when
 * the server ends; a command with several runs goes on with the next.
 *
 * @param path where the events come from: "model" while a run goes on, "end" with its result
 */
export function follow(path: string, show: (model: PageModel) => void): void {
  const events = new EventSource(path);
  let timer = 0;
  let hasEnded = false;
  events.addEventListener("error", () => {
    clearTimeout(timer);
    // The result shown must not be replaced by that of another command on the same port.
    if (hasEnded) events.close();
    else say("lost", "the connection has closed: the run or its command has ended");
  });
  events.addEventListener("model", ({ data }) => {
    hasEnded = false;
    say("live", "live: the run goes on");
    clearTimeout(timer);
    timer = window.setTimeout(() => say("lost", "no update for a while"), silenceMs);
    show(JSON.parse(data) as PageModel);
  });
  events.addEventListener("end", ({ data }) => {
    hasEnded = true;
    clearTimeout(timer);
    if (data !== "") show(JSON.parse(data) as PageModel);
    const without = "the run ended without a result";
    say("ended", data === "" ? without : "the run has ended; this is its result");
  });
}

function say(state: "live" | "lost" | "ended", text: string): void {
  const status = document.querySelector("#live");
  if (status === null || (status.className === state && status.textContent === text)) return;
  status.className = state;
  status.textContent = text;
}
