/** The process of a model: opens it, proves that it answers, and then scores pairs until its parent is gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../../engine/errors.ts';
import { findModel } from '../../engine/models/index.ts';
import { type CrossEncoder, openCrossEncoder } from '../../engine/rerank/index.ts';
import { openModelTokenizer } from '../../engine/text/index.ts';
import type { FromModel, OpenModel, ScorePairs, ToModel } from './messages.ts';

/** So often it says that it gets on. */
const SAY_MS = 100;
const PROBE = ['a question', 'A passage that may answer it.'] as const;

const tell = (message: FromModel): void => {
  process.send!(message);
};

async function open({ directory, model }: OpenModel): Promise<CrossEncoder> {
  const { card, dir } = await findModel(directory, model);
  if (card.task !== 'rerank') throw new Error(`Not a reranker: ${model}`);
  const encoder = await openCrossEncoder(card, dir);
  const tokenizer = openModelTokenizer(dir, card);
  const [query, passage] = PROBE.map((text) => tokenizer.encodeWithoutSpecials(text));
  const { ids, typeIds } = tokenizer.pair(query!, passage!);
  // It checks that what comes is a number.
  await encoder.score(ids, typeIds);
  return encoder;
}

/** Of one that is slow, and not hung. */
async function pause(ms: number): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= SAY_MS) {
    await sleep(Math.min(SAY_MS, leftMs));
    tell({ kind: 'scored', logits: [], last: false });
  }
}

async function score(encoder: CrossEncoder, { pairs, endAtMs, fault }: ScorePairs): Promise<void> {
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'throw') throw new EngineError('model_failed', 'The reranker failed on purpose');
  let logits: number[] = [];
  let saidMs = Date.now();
  for (const { ids, typeIds } of pairs) {
    // Slow as a slow model is: a little for each pair.
    if (fault?.kind === 'slow') await pause(fault.ms / pairs.length);
    if (endAtMs !== null && Date.now() >= endAtMs) break;
    logits.push(fault?.kind === 'nan' ? Number.NaN : await encoder.score(ids, typeIds));
    if (Date.now() - saidMs < SAY_MS) continue;
    tell({ kind: 'scored', logits, last: false });
    logits = [];
    saidMs = Date.now();
  }
  tell({ kind: 'scored', logits, last: true });
}

let opened: CrossEncoder | null = null;

async function take(message: ToModel): Promise<void> {
  try {
    if (message.kind === 'score') await score(opened!, message);
    else {
      opened = await open(message);
      tell({ kind: 'ready' });
    }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const { code, message: detail, place } = error;
    tell(message.kind === 'open' ? { kind: 'refused', code, detail, place } : { kind: 'failed', detail });
  }
}

process.on('disconnect', () => process.exit());
process.on('message', (message: ToModel) => void take(message));
