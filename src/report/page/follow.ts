/** A page that is fed while its run goes on: by server-sent events, from who served it. */
import type { PageModel } from "../model.ts";

/** How long a silence may be before the page says that it shows the past; a page is fed every second or two. */
const silenceMs = 10_000;

/**
 * Shows every model that comes, and says above the page whether more is to come. A run's result stays when
 * the server ends; a command that makes several runs goes on with the next.
 *
 * @param path where the events come from: "model" while a run goes on, "end" with its result
 */
export function follow(path: string, show: (model: PageModel) => void): void {
  const events = new EventSource(path);
  let timer = 0;
  let hasEnded = false;
  events.addEventListener("error", () => {
    clearTimeout(timer);
    // The result that is shown is not to be replaced by that of another command on the same port.
    if (hasEnded) events.close();
    else say("lost", "the connection is lost: the run has ended, or its command has");
  });
  events.addEventListener("model", ({ data }) => {
    hasEnded = false;
    say("live", "live: the run goes on");
    clearTimeout(timer);
    timer = window.setTimeout(() => say("lost", "nothing has come for a while"), silenceMs);
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
