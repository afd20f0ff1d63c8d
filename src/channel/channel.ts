/**
 * One end of a two-way connection between the coordinator and a process of its own, whatever carries the messages.
 *
 * Messages arrive whole, once, and in the order in which they were sent. What is sent is plain data: objects, arrays,
 * texts, numbers, booleans, null, undefined, and typed arrays.
 */
export interface Channel<Out, In> {
  /** Sends a message; does nothing once the channel is closed. */
  send(message: Out): void;
  /** Sets what is called with each message; call it once, before anything can have arrived. */
  onMessage(receive: (message: In) => void): void;
  /** Resolves once nothing arrives any more, after the last message, with why; never rejects. */
  readonly closed: Promise<string>;
}
