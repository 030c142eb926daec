/** A thread that loads a generation, gives it to whoever opens it, and looks documents up in it until it is ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { EngineError } from '../../engine/errors.ts';
import { loadGeneration, type SharedGeneration } from '../../engine/index.ts';
import { StoredPosts } from '../../engine/stored-posts.ts';
import type { Found, KeeperSetup, KeeperTask, Loaded, Looked } from './keeper.ts';

const { config, generation, workersMax } = workerData as KeeperSetup;

const sharedBytes = ({ columns, lexical, vectors }: SharedGeneration): number =>
  columns.byteLength + lexical.memory.buffer.byteLength + (vectors?.memory.buffer.byteLength ?? 0);

function found(posts: StoredPosts, id: string, whole: boolean): Found {
  const post = posts.numberOf(id);
  return post === null ? null : { version: posts.versionOf(post), document: whole ? posts.original(post) : null };
}

/** Whatever goes wrong is told to who asked: this thread holds what queries need. */
function looked(serial: number, look: () => Found): Looked {
  try {
    return { serial, found: look() };
  } catch (error) {
    if (error instanceof EngineError) return { serial, code: error.code, detail: error.message, place: error.place };
    return { serial, code: 'index_unreadable', detail: String(error), place: {} };
  }
}

async function load(): Promise<Loaded> {
  try {
    const loaded = await loadGeneration(config, workersMax, generation);
    const { fallback: _, seal: __, ...shared } = loaded;
    let posts: StoredPosts | null = null;
    parentPort!.on('message', (task: KeeperTask) => {
      if (task.kind === 'give') {
        task.port.postMessage(shared);
        task.port.close();
        return;
      }
      const { serial, id, whole } = task;
      const look = (): Found => {
        posts ??= new StoredPosts(shared);
        return found(posts, id, whole);
      };
      parentPort!.postMessage(looked(serial, look));
    });
    return { ok: true, manifest: shared.manifest, seal: loaded.seal, sharedBytes: sharedBytes(shared) };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { ok: false, code: error.code, detail: error.message, place: error.place };
  }
}

parentPort!.postMessage(await load());
