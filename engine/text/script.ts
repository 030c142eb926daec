/** Writing systems the detector tells apart; kana and Han are told apart since only Japanese mixes them. */
const SCRIPTS = [
  ['latin', /\p{Script=Latin}/u],
  ['cyrillic', /\p{Script=Cyrillic}/u],
  ['kana', /[\p{Script=Hiragana}\p{Script=Katakana}]/u],
  ['han', /\p{Script=Han}/u],
  ['hangul', /\p{Script=Hangul}/u],
  ['arabic', /\p{Script=Arabic}/u],
  ['hebrew', /\p{Script=Hebrew}/u],
  ['greek', /\p{Script=Greek}/u],
  ['thai', /\p{Script=Thai}/u],
  ['devanagari', /\p{Script=Devanagari}/u],
  ['bengali', /\p{Script=Bengali}/u],
  ['tamil', /\p{Script=Tamil}/u],
  ['georgian', /\p{Script=Georgian}/u],
  ['armenian', /\p{Script=Armenian}/u],
] as const;

export type Script = (typeof SCRIPTS)[number][0];

function scriptOf(character: string): Script | null {
  for (const [script, pattern] of SCRIPTS) if (pattern.test(character)) return script;
  return null;
}

/** Letters of each script in the text; scripts that do not occur are absent. */
export function countScripts(text: string): Map<Script, number> {
  const counts = new Map<Script, number>();
  let latin = 0;
  for (const character of text) {
    const unit = character.charCodeAt(0);
    if (unit < 0x80) {
      const letter = unit | 0x20;
      if (letter >= 0x61 && letter <= 0x7a) latin++;
      continue;
    }
    const script = scriptOf(character);
    if (script !== null) counts.set(script, (counts.get(script) ?? 0) + 1);
  }
  if (latin > 0) counts.set('latin', latin + (counts.get('latin') ?? 0));
  return counts;
}
