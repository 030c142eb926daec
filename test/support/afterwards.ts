/** What is to be undone when the tests of a file are over: those of many files run in one process, one file after the other. */

type Undo = () => void | Promise<void>;

const undos: Undo[] = [];

/** To be called once, however late: also from within a test. */
export const afterwards = (undo: Undo): void => void undos.push(undo);

/** The last one first, as they may stand on each other. */
export async function undoAll(): Promise<void> {
  for (const undo of undos.splice(0).reverse()) await undo();
}
