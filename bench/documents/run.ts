/** `node dist/bench/documents/run.js`: how documents and tokens are compressed, and what reading costs; writes documents.json and .md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import { machineFacts } from '../harness/machine.ts';
import { BLOCK_SIZES, CODECS, type CodecRow, measureCodec } from './codecs.ts';
import { openCorpora } from './corpus.ts';
import { measurePages } from './pages.ts';

const RESULTS = join(packageRoot, 'bench/results');
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const { cpu, cores, node, date, loadBefore } = machineFacts();

const results = (await openCorpora()).map((corpus) => ({
  corpus: corpus.name,
  textBytes: corpus.textBytes,
  passages: corpus.tokens.length,
  codecs: CODECS.flatMap((codec) => BLOCK_SIZES.map((size) => measureCodec(codec, size, corpus))),
  ...measurePages(corpus),
}));

type Result = (typeof results)[number];

const codecRow = ({ codec, blockBytes, share, inflateUs, inflateP99Us, compressMsPerMiB }: CodecRow): string =>
  `| ${[codec, blockBytes / 1024, percent(share), inflateUs.toFixed(0), inflateP99Us.toFixed(0), compressMsPerMiB.toFixed(0)].join(' | ')} |`;

function sectionOf({ corpus, textBytes, passages, codecs, rows, sizes }: Result): string {
  const size = (name: string, plain: number, stored: number): string =>
    `| ${name} | ${plain} | ${percent(plain / textBytes)} | ${stored} | ${percent(stored / textBytes)} |`;
  return `## ${corpus}

${passages} passages, ${textBytes} bytes of text.

| file | plain bytes | of the text | stored bytes | of the text |
| --- | ---: | ---: | ---: | ---: |
${size('documents.bin', sizes.documentsPlain, sizes.documents)}
${size('tokens.bin', sizes.tokensPlain, sizes.tokens)}
${size('together', sizes.documentsPlain + sizes.tokensPlain, sizes.documents + sizes.tokens)}

| records read | p50 µs | p99 µs |
| --- | ---: | ---: |
${rows.map(({ what, p50Us, p99Us }) => `| ${what} | ${p50Us.toFixed(0)} | ${p99Us.toFixed(0)} |`).join('\n')}

| codec | block, KiB | documents of the text | inflate p50 µs | p99 µs | compress ms/MiB |
| --- | ---: | ---: | ---: | ---: | ---: |
${codecs.map(codecRow).join('\n')}
`;
}

const report = `# Documents in blocks

Text is what readers see: titles and passages without markup, in UTF-8. A page is ten passages at random and their posts, 20 records; tokens are those of
20 passages at random. \`plain bytes\` reads each record by its position, as the format before did. Decoding what was read is the same in
both and not counted. Inflating includes the CRC-32. The codec table is measured over \`documents.bin\` alone, on blocks of that length.
Reproduce: \`node dist/bench/documents/run.js\` after \`npm run build\`.

${results.map(sectionOf).join('\n')}
${cpu}, ${cores} cores, Node ${node}, ${date.slice(0, 10)}, load before ${loadBefore.join(' ')}.
`;
writeFileSync(join(RESULTS, 'documents.json'), `${JSON.stringify(results, null, 1)}\n`);
writeFileSync(join(RESULTS, 'documents.md'), report);
process.stdout.write(report);
