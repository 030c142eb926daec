/**
 * May a native module that was linked against glibc 2.38 run on an older one?
 *
 * glibc 2.38 gave `strtol` and its kin a second name for C23 (`__isoc23_strtol`), and compilers took it. Where a module needs nothing
 * else of 2.38, the old names do: they differ in reading `0b101` for base 0 and 2 alone. Each symbol is given its old name, and the
 * demand for the version is marked weak, so that the loader does not insist on it. Layout: System V ABI, ELF-64, and the symbol
 * versions of the Linux Standard Base.
 */

const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
const C23 = '__isoc23_';
const VERSION = 'GLIBC_2.38';

const SECTION_DYNSYM = 11;
const SECTION_VERNEED = 0x6ffffffe;
const SECTION_VERSYM = 0x6fffffff;
const SYMBOL_BYTES = 24;
const VERSYM_BYTES = 2;
const VERSION_MASK = 0x7fff;
/** VER_NDX_GLOBAL: whatever version the library has of that name. */
const ANY_VERSION = 1;
/** VER_FLG_WEAK. */
const WEAK = 2;

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
}

/** A copy that asks for nothing of glibc 2.38; null where the module is no such file, or needs more of 2.38 than new names for old functions. */
export function forOlderGlibc(module: Buffer): Buffer | null {
  if (!module.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  const sections = sectionsOf(module);
  const of = (type: number): Section | undefined => sections.find((section) => section.type === type);
  const symbols = of(SECTION_DYNSYM);
  const versions = of(SECTION_VERSYM);
  const needs = of(SECTION_VERNEED);
  const names = symbols && sections[symbols.link];
  if (!symbols || !versions || !needs || !names) return null;
  const copy = Buffer.from(module);
  const nameAt = (at: number): string => {
    const start = names.offset + at;
    return copy.toString('latin1', start, copy.indexOf(0, start));
  };
  const version = weaken(copy, needs, nameAt);
  if (version === null) return null;
  for (let number = 0; number < symbols.size / SYMBOL_BYTES; number++) {
    const versionAt = versions.offset + number * VERSYM_BYTES;
    if ((copy.readUInt16LE(versionAt) & VERSION_MASK) !== version) continue;
    const at = symbols.offset + number * SYMBOL_BYTES;
    const name = copy.readUInt32LE(at);
    if (!nameAt(name).startsWith(C23)) return null;
    // The old name is the end of the new one.
    copy.writeUInt32LE(name + C23.length, at);
    copy.writeUInt16LE(ANY_VERSION, versionAt);
  }
  return copy;
}

function sectionsOf(module: Buffer): Section[] {
  const [table, bytes, count] = [Number(module.readBigUInt64LE(40)), module.readUInt16LE(58), module.readUInt16LE(60)];
  return Array.from({ length: count }, (_, number) => {
    const at = table + number * bytes;
    return {
      type: module.readUInt32LE(at + 4),
      offset: Number(module.readBigUInt64LE(at + 24)),
      size: Number(module.readBigUInt64LE(at + 32)),
      link: module.readUInt32LE(at + 40),
      info: module.readUInt32LE(at + 44),
    };
  });
}

/** Marks the demand for {@link VERSION} weak. @returns the number that symbols of that version carry; null where nothing asks for it */
function weaken(copy: Buffer, needs: Section, nameAt: (at: number) => string): number | null {
  let library = needs.offset;
  for (let left = needs.info; left > 0; left--) {
    let need = library + copy.readUInt32LE(library + 8);
    for (let more = copy.readUInt16LE(library + 2); more > 0; more--) {
      if (nameAt(copy.readUInt32LE(need + 8)) === VERSION) {
        copy.writeUInt16LE(copy.readUInt16LE(need + 4) | WEAK, need + 4);
        return copy.readUInt16LE(need + 6);
      }
      need += copy.readUInt32LE(need + 12);
    }
    library += copy.readUInt32LE(library + 12);
  }
  return null;
}
