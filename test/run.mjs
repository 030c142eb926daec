/** Runs vitest and closes with the plain line `N passed, N failed`, whatever its reporters print. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const folder = mkdtempSync(join(tmpdir(), 'wp-chat-tests-'));
const report = join(folder, 'report.json');
const vitest = [
  'vitest',
  'run',
  '--config',
  'test/vitest.config.ts',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
];
const { status } = spawnSync('npx', [...vitest, ...process.argv.slice(2)], { stdio: 'inherit' });
try {
  const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  for (const line of failures(testResults)) console.log(line);
  // A file that cannot even be loaded has no tests to count, but has failed.
  const failed = Math.max(numFailedTests, status === 0 ? 0 : 1, numFailedTests === 0 ? numFailedTestSuites : 0);
  const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : '';
  console.log(`${numPassedTests} passed, ${failed} failed${skipped}`);
} catch (error) {
  console.log(`0 passed, 1 failed`);
  console.error(error);
}
rmSync(folder, { recursive: true });
process.exit(status ?? 1);

/** One line a failure, at the very end, where it is found without a search through what vitest tells of each. */
function failures(files) {
  return files.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    const file = relative(process.cwd(), name);
    if (failed.length === 0) return message ? [`FAILED ${file}: ${firstLine(message)}`] : [];
    return failed.map((test) => `FAILED ${file} > ${test.fullName}: ${firstLine(test.failureMessages[0] ?? '')}`);
  });
}

function firstLine(message) {
  return stripVTControlCharacters(message).split('\n', 1)[0].slice(0, 200);
}
