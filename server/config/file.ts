import { readFileSync } from 'node:fs';
import { type Document, isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import { withoutPassword } from './secrets.ts';
import { settingByKey, settings } from './settings.ts';
import { closest } from './suggest.ts';

/** A value as it stands in a layer, with the place to point at when it is wrong. */
export interface LayerValue {
  readonly value: unknown;
  /** 'config.yml:12', 'WP_CHAT_SERVER_PORT', '--set server.port' or 'default'. */
  readonly origin: string;
}
export type Layer = ReadonlyMap<string, LayerValue>;

const groups = new Set(
  settings.flatMap(({ key }) =>
    key
      .split('.')
      .slice(0, -1)
      .map((_, depth, parts) => parts.slice(0, depth + 1).join('.')),
  ),
);

/**
 * Reads config.yml into one layer. Faults are collected, not thrown, so that all of them can be shown at once;
 * each names file, line, key, value and what was expected.
 */
export function readConfigFile(path: string, faults: string[]): Layer {
  const layer = new Map<string, LayerValue>();
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(path, 'utf8'), { lineCounter: lines, uniqueKeys: true });
  for (const error of document.errors) {
    const line = error.linePos?.[0].line ?? 1;
    faults.push(`${path}:${line}: not readable as YAML: ${error.message.split('\n')[0]}`);
  }
  if (document.errors.length > 0 || document.contents === null) return layer;
  const whole = plainWhole(document);
  if (!isMap(document.contents) || whole instanceof Error) {
    faults.push(
      `${path}:1: expected keys such as "server:", got ${whole instanceof Error ? whole.message : show(whole)}`,
    );
    return layer;
  }
  const lineOf = (node: unknown): number =>
    lines.linePos((node as { range?: [number, number, number] | null } | null)?.range?.[0] ?? 0).line;

  const walk = (map: YAMLMap, prefix: string): void => {
    for (const { key: keyNode, value: node } of map.items) {
      const key = prefix + String(isScalar(keyNode) ? keyNode.value : keyNode);
      const where = `${path}:${lineOf(keyNode)}`;
      if (settingByKey.has(key)) layer.set(key, { value: plainValue(node), origin: where });
      else if (groups.has(key) && (isMap(node) || plainValue(node) === null)) isMap(node) && walk(node, `${key}.`);
      else if (groups.has(key)) faults.push(`${where}: ${key}: expected keys below it, got ${show(plainValue(node))}`);
      else faults.push(`${where}: unknown key ${key}: ${show(plainValue(node))}${hint(key)}`);
    }
  };
  walk(document.contents, '');
  return layer;
}

/** The document as plain values, or the error of an alias that leads nowhere or too far. */
function plainWhole(document: Document.Parsed): unknown {
  try {
    return document.toJS();
  } catch (error) {
    return error as Error;
  }
}

const plainValue = (node: unknown): unknown =>
  isScalar(node) ? node.value : ((node as { toJSON?(): unknown } | null)?.toJSON?.() ?? null);

const show = (value: unknown): string => withoutPassword(JSON.stringify(value) ?? String(value)).slice(0, 80);

const hint = (key: string): string => {
  const near = closest(key, [...settingByKey.keys(), ...groups]);
  return near === null ? '' : `; did you mean ${near}?`;
};
