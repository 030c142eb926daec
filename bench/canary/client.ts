/** Somebody who asks, and what he was answered: from which arm, whole or not, and when. */
import { Agent, request } from 'node:http';

export interface Reply {
  readonly status: number;
  /** As the answer says it, in `X-Canary`. */
  readonly canary: boolean;
  /** Whether it is what was asked for: 200, and nothing failed on the way. */
  readonly whole: boolean;
  /** When its last byte was there; milliseconds of this process. */
  readonly atMs: number;
}

/** Words of `degraded` that say that something broke. */
const BROKEN = ['rerank_failed', 'dense_failed', 'rerank_deadline', 'rerank_partial'];

export class Client {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #url: string;
  readonly #experiment: string;

  constructor(url: string, experiment: string) {
    this.#url = url;
    this.#experiment = experiment;
  }

  async search(path: string, userId: string): Promise<Reply> {
    const { status, header, text } = await this.#send('GET', path, null, { 'x-user-id': userId });
    const whole = status === 200 && !BROKEN.some((word) => text.includes(`"${word}"`));
    return { status, canary: header.includes(`${this.#experiment}=canary`), whole, atMs: performance.now() };
  }

  /** @throws where it is refused */
  async act<Answer>(path: string, body: object = {}): Promise<Answer> {
    const { status, text } = await this.#send('POST', path, JSON.stringify(body));
    if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
    return JSON.parse(text) as Answer;
  }

  async look<Answer>(path: string): Promise<Answer> {
    return JSON.parse((await this.#send('GET', path, null)).text) as Answer;
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, body: string | null, headers = {}): Promise<Sent> {
    return new Promise((resolve, reject) => {
      const typed =
        body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const sent = request(`${this.#url}${path}`, { method, agent: this.#agent, headers: { ...headers, ...typed } });
      sent.once('error', reject);
      sent.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('error', reject);
        response.once('end', () =>
          resolve({ status: response.statusCode!, header: String(response.headers['x-canary'] ?? ''), text }),
        );
      });
      sent.end(body);
    });
  }
}

interface Sent {
  readonly status: number;
  readonly header: string;
  readonly text: string;
}
