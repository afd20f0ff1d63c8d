/** Sends back what it receives: `ipc`, or `nats <url>`. */
import { connect } from "@nats-io/transport-node";

/** @param {string} name */
const built = (name) => import(new URL(`../../dist/channel/${name}.js`, import.meta.url).href);
const { channelToParent } = await built("ipc-channel");
const { natsChannel, natsReconnects } = await built("nats-channel");

const [carrier, url] = process.argv.slice(2);
process.on("disconnect", () => process.exit(0));
const channel =
  carrier === "ipc"
    ? channelToParent()
    : natsChannel(
        await connect({ servers: url, ...natsReconnects }),
        { send: "slash8.test.from", receive: "slash8.test.to" },
        { silenceNs: 60e9, interruptionNs: 60e9 },
      );
channel.onMessage((/** @type {unknown} */ message) => channel.send(message));
