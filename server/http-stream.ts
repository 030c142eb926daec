/** An answer in parts: each is made when the client has taken those before, so that a slow reader holds up nobody's memory. */
import type { HttpResponse as UwsResponse } from 'uwebsockets-portable';

export interface Streaming {
  /** Called once, when the last part is out or the answer was cut. */
  readonly settle: () => void;
  /** Called when the client leaves. */
  readonly left: Set<() => void>;
}

export function stream(response: UwsResponse, body: AsyncIterable<string>, { settle, left }: Streaming): void {
  const parts = body[Symbol.asyncIterator]();
  let gone = false;
  let resume: (() => void) | null = null;
  left.add(() => {
    gone = true;
    resume?.();
    // Lets the source end what it holds; nobody waits for how.
    void parts.return?.().catch(() => {});
  });
  const taken = (): Promise<void> =>
    new Promise((resolve) => {
      resume = resolve;
      response.onWritable(() => {
        resolve();
        return true;
      });
    });
  const send = async (): Promise<void> => {
    for (;;) {
      const { value, done } = await parts.next();
      if (gone) return;
      if (done) break;
      let took = true;
      response.cork(() => {
        took = response.write(value);
      });
      if (!took) await taken();
      if (gone) return;
    }
    response.cork(() => response.end());
    settle();
  };
  // A source that fails leaves an answer without an end: the client sees that it was cut.
  send().catch(() => {
    if (!gone) response.close();
  });
}
