/**
 * With which flags of Node does a thread start?
 *
 * Piscina asks for a worker's file by `require` first. Where Node lets that load an ES module (20.17 and newer), a thread that is ended
 * in the middle of it takes the whole process along (`v8::Module::IsGraphAsync`): a build with nothing to embed ends its threads
 * while they start. Without `require` of ES modules Piscina imports the file, and a thread may be ended at any time.
 */
export const WORKER_FLAGS: readonly string[] = process.allowedNodeEnvironmentFlags.has('--experimental-require-module')
  ? ['--no-experimental-require-module']
  : [];
