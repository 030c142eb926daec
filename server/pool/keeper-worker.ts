/** A thread that loads a generation, gives it to whoever opens it, and does nothing else until it is ended. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { EngineError } from '../../engine/errors.ts';
import { loadGeneration, type SharedGeneration } from '../../engine/index.ts';
import type { KeeperSetup, Loaded } from './keeper.ts';

const { config, generation, workersMax } = workerData as KeeperSetup;

const sharedBytes = ({ columns, lexical, vectors }: SharedGeneration): number =>
  columns.byteLength + lexical.memory.buffer.byteLength + (vectors?.memory.buffer.byteLength ?? 0);

async function load(): Promise<Loaded> {
  try {
    const loaded = await loadGeneration(config, workersMax, generation);
    const { fallback: _, seal: __, ...shared } = loaded;
    parentPort!.on('message', (port: MessagePort) => {
      port.postMessage(shared);
      port.close();
    });
    return { ok: true, manifest: shared.manifest, seal: loaded.seal, sharedBytes: sharedBytes(shared) };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { ok: false, code: error.code, detail: error.message, place: error.place };
  }
}

parentPort!.postMessage(await load());
