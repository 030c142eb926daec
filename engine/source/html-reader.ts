import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';

/** Hears nothing of a text in HTML; a reader overrides what it wants to hear. Offsets are into the text. */
export class HtmlReader implements TokenizerCallbacks {
  onattribdata(_start: number, _end: number): void {}
  onattribentity(_codePoint: number): void {}
  onattribend(): void {}
  onattribname(_start: number, _end: number): void {}
  oncdata(_start: number, _end: number, _offset: number): void {}
  onclosetag(_start: number, _end: number): void {}
  oncomment(_start: number, _end: number, _offset: number): void {}
  ondeclaration(_start: number, _end: number): void {}
  onend(): void {}
  onopentagend(): void {}
  onopentagname(_start: number, _end: number): void {}
  onprocessinginstruction(_start: number, _end: number): void {}
  onselfclosingtag(): void {
    this.onopentagend();
  }
  ontext(_start: number, _end: number): void {}
  ontextentity(_codePoint: number): void {}
}

/** Linear in the length: the parser above the tokenizer keeps a stack of open elements, which deep nesting makes quadratic. */
export function readHtml(html: string, reader: HtmlReader): void {
  const tokenizer = new Tokenizer({ decodeEntities: true }, reader);
  tokenizer.write(html);
  tokenizer.end();
}
