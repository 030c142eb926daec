import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import { dashboardFiles } from '../../../ops/dashboard/index.ts';

const files = dashboardFiles(packageRoot);
const folder = join(packageRoot, 'ops/dashboard');
/** What the search page brings along. */
const SHARED = ['/assets/theme.css', '/assets/elements.js'];
/** What the server answers by itself. */
const ANSWERED = ['/', '/docs', '/runbook', '/stats/metrics', '/dashboard', '/dashboard/events', '/stats/timeline'];

describe('the files of the dashboard', () => {
  it('are all there, each under an address of its own', () => {
    for (const { file } of files) expect(existsSync(file), file).toBe(true);
    expect(new Set(files.map(({ path }) => path)).size).toBe(files.length);
  });

  it('leave none in the folder behind', () => {
    const served = new Set(files.map(({ file }) => file));
    const missed = readdirSync(folder).filter((name) => !name.endsWith('.ts') && !served.has(join(folder, name)));
    expect(missed).toEqual([]);
  });

  it('say what they are', () => {
    const types = new Map(files.map(({ path, contentType }) => [path, contentType]));
    expect(types.get('/dashboard')).toBe('text/html; charset=utf-8');
    expect(types.get('/assets/dashboard/dashboard.js')).toBe('text/javascript; charset=utf-8');
    expect(types.get('/assets/dashboard/uPlot.min.css')).toBe('text/css; charset=utf-8');
  });

  it('refer only to what is served, wherever the site is mounted', () => {
    const known = new Set([...SHARED, ...ANSWERED, ...files.map(({ path }) => path)]);
    let checked = 0;
    for (const { path, file } of files.filter(({ file }) => file.startsWith(folder))) {
      const text = readFileSync(file, 'utf8');
      const imports = [...text.matchAll(/^(?:import|export) .*?from '([^']+)'/gms)].map(([, to]) => to!);
      const links = path === '/dashboard' ? [...text.matchAll(/(?:href|src)="([^"#:]+)"/g)].map(([, to]) => to!) : [];
      const asked = [...text.matchAll(/(?:fetch\(|Feed\()['`]([^'`?]+)/g)].map(([, to]) => to!);
      for (const [to, base] of [
        ...imports.map((to) => [to, path]),
        ...[...links, ...asked].map((to) => [to, '/dashboard']),
      ]) {
        expect(to!.startsWith('/'), `${path} → ${to}`).toBe(false);
        const { pathname } = new URL(to!, `http://site${base}`);
        expect(known.has(pathname), `${path} → ${to}`).toBe(true);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(60);
  });

  it('hold no inline script, style or handler', () => {
    const html = readFileSync(join(folder, 'dashboard.html'), 'utf8');
    expect(html).not.toMatch(/<style|style="|\son[a-z]+="|<script(?![^>]*src=)/);
    for (const { file } of files.filter(({ file }) => file.startsWith(folder)))
      expect(readFileSync(file, 'utf8'), file).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/,
      );
  });
});
