/** The runbook as a page of the server: whoever is called finds the chapter of the incident behind the link of the notice. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import { htmlOf } from './markdown.ts';

export const OPERATIONS_FILE = join(packageRoot, 'docs/OPERATIONS.md');

export const runbookPage = (): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Runbook – wp-chat</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="assets/theme.css">
<link rel="stylesheet" href="assets/runbook.css">
</head>
<body>
<header><a class="wordmark" href="./">wp<span>·</span>chat</a> <a href="dashboard">Dashboard</a> <a href="docs">API</a></header>
<main>
${htmlOf(readFileSync(OPERATIONS_FILE, 'utf8'))}
</main>
</body>
</html>
`;
