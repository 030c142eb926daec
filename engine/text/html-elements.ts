const set = (names: string): ReadonlySet<string> => new Set(names.split(' '));

/** Nothing inside them is text of the page. Ruby annotations would break the words they annotate. */
export const SKIPPED = set(
  `script style noscript iframe svg template head textarea select datalist object canvas audio video map button rt rp math \
noembed noframes title`.replaceAll('\n', ''),
);

/** They end the text before them and after them. */
export const BLOCK = set(
  'p div section article header footer main aside nav address figure form fieldset legend hr ul ol li dl dt dd table \
caption thead tbody tfoot tr td th blockquote details summary figcaption center body html h1 h2 h3 h4 h5 h6 pre menu \
dir hgroup search listing',
);

export const PREFORMATTED = set('pre listing xmp plaintext');
export const INLINE_CODE = set('code kbd samp var tt');
export const LIST = set('ul ol menu dir');
export const CELL = set('td th');
/** A heading that was not closed ends where one of these begins. */
export const ENDS_HEADING = set('p ul ol dl table blockquote pre h1 h2 h3 h4 h5 h6 figure section article');
/** Inside them blank lines are only white space. */
export const OWN_PARAGRAPH = set('p li td th dt dd caption figcaption summary h1 h2 h3 h4 h5 h6');
