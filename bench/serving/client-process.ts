/** The client's process: takes one load at a time from its parent, and reports. */
import { type Load, runLoad } from './load.ts';

process.on('message', (load: Load) => {
  runLoad(load).then(
    (report) => process.send!({ report }),
    (error: unknown) => process.send!({ failure: String(error) }),
  );
});
