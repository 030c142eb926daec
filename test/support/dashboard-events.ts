/** Listens to what the dashboard listens to. */
import type { Snapshot } from '../../ops/snapshot.ts';

export interface Listening {
  /** The next snapshot; null where the stream has ended. */
  next(): Promise<Snapshot | null>;
  close(): Promise<void>;
}

export async function listenTo(serverUrl: string): Promise<Listening> {
  const leave = new AbortController();
  const response = await fetch(`${serverUrl}/dashboard/events`, { signal: leave.signal });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let text = '';
  const next = async (): Promise<Snapshot | null> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const event = text.slice(0, end);
        text = text.slice(end + 2);
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data !== undefined) return JSON.parse(data) as Snapshot;
        continue;
      }
      const { value, done } = await reader.read();
      if (done) return null;
      text += decoder.decode(value, { stream: true });
    }
  };
  return {
    next,
    close: async () => {
      leave.abort();
      await reader.closed.catch(() => {});
    },
  };
}

/** Waits until the judge has taken in all that was answered before. */
export async function afterStep(serverUrl: string): Promise<Snapshot> {
  const listening = await listenTo(serverUrl);
  await listening.next();
  const snapshot = await listening.next();
  await listening.close();
  return snapshot!;
}
