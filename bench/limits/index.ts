/** The raw limits that the product is measured against: each native library alone, in a loop. */
export { openRawGraph } from './raw-graph.ts';
export { loopRate, type ModelTokens, openRawModel, type RawModel } from './raw-onnx.ts';
