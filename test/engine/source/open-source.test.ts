import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSource } from '../../../engine/source/index.ts';
import { temporaryFolders } from './temporary-folder.ts';

const freshFolder = temporaryFolders();

describe('openSource', () => {
  it('knows each kind by its address or content', () => {
    const folder = freshFolder();
    const file = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    expect(openSource('https://blog.example').kind).toBe('wordpress');
    expect(openSource('-').kind).toBe('jsonl');
    expect(openSource(file('a.xml', '<?xml version="1.0"?>')).kind).toBe('wxr');
    expect(openSource(file('b.jsonl', '{"id":1}')).kind).toBe('jsonl');
    expect(openSource(file('misnamed.jsonl', ' \n<rss>')).kind).toBe('wxr');
    expect(openSource(file('misnamed.xml', '\uFEFF{"id":1}')).kind).toBe('jsonl');
    expect(openSource(file('empty.jsonl', '')).kind).toBe('jsonl');
  });

  it('names a source in one canonical form', () => {
    expect(openSource('HTTPS://Blog.Example').from).toBe('https://blog.example/');
    expect(openSource('https://blog.example/#top').from).toBe('https://blog.example/');
    const folder = freshFolder();
    writeFileSync(join(folder, 'a.jsonl'), '{}');
    expect(openSource(join(folder, '.', 'a.jsonl')).from).toBe(join(folder, 'a.jsonl'));
  });

  it('tells a missing file from one of an unknown kind', () => {
    const file = join(freshFolder(), 'notes.txt');
    expect(() => openSource(file)).toThrow(`Cannot open the source: no such file: ${file}`);
    writeFileSync(file, 'just text');
    expect(() => openSource(file)).toThrow(`Cannot open the source: not one of the accepted kinds: ${file}`);
  });

  it('lists what is accepted when it is given anything else', () => {
    const folder = freshFolder();
    mkdirSync(join(folder, 'sub.xml'));
    writeFileSync(join(folder, 'notes.txt'), 'just text');
    const others = [
      '',
      'ftp://a.example/',
      'http://',
      'nowhere.xml',
      join(folder, 'sub.xml'),
      join(folder, 'notes.txt'),
    ];
    for (const from of others) {
      let error: unknown = null;
      try {
        openSource(from);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toMatchObject({
        code: 'source_unreadable',
        place: { value: from, expected: expect.stringMatching(/WordPress.*WXR.*JSONL.*standard input/u) },
      });
    }
  });
});
