/** HTML to text to passages; text to lexical terms; text to model tokens; the language of a text. */

export {
  ANALYSIS_VERSION,
  type AnalysisDescription,
  type Analyzer,
  createAnalyzer,
  type TermSpan,
} from './analyzer.ts';
export { type Block, type BlockKind, textToBlocks } from './block.ts';
export { htmlToBlocks } from './html-to-blocks.ts';
export { type DetectedLanguage, detectLanguage } from './language-detector.ts';
export { supportedLanguages } from './language-rules.ts';
export { type ModelTokenizer, openModelTokenizer } from './model-tokenizer.ts';
export {
  CONTEXT_TOKENS_MAX,
  PASSAGE_TOKENS_MAX,
  type Passage,
  type PassageLimits,
  type PassageSource,
  passageContext,
  splitPassages,
  type TokenCounter,
} from './passages.ts';
export type { EncodedPair, TokenizerLimits } from './token-frame.ts';
