/** What an accessibility checker would say of a page as it stands, computed inside the page. */
import type { Page } from 'playwright-core';

export interface WeakText {
  readonly text: string;
  readonly ratio: number;
}

/** Contrast of a text with the colour behind it, WCAG 2.2, 1.4.3. */
const CONTRAST_MIN = 4.5;

/**
 * Every visible element with a text of its own, against the nearest background behind it; where that is a gradient, against
 * each of its colours. Colours are read back from a canvas, so that any notation counts.
 */
export const weakTextsOf = (page: Page): Promise<{ measured: number; weak: WeakText[] }> =>
  page.evaluate(`(() => {
    const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const known = new Map();
    const channels = (colour) => known.get(colour) ?? known.set(colour, readBack(colour)).get(colour);
    const readBack = (colour) => {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      return [...pen.getImageData(0, 0, 1, 1).data];
    };
    const luminance = ([r, g, b]) => [r, g, b].map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
      .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
    const ratio = (one, other) => {
      const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
      return (high + 0.05) / (low + 0.05);
    };
    const behind = (element) => {
      const grounds = [];
      for (let at = element; at; at = at.parentElement) {
        const style = getComputedStyle(at);
        grounds.push(...(style.backgroundImage.match(/(?:rgb|color|oklab|oklch)a?\\([^)]*\\)/g) ?? []).map(channels).filter((ground) => ground[3] === 255));
        const solid = channels(style.backgroundColor);
        if (solid[3] === 255) return [...grounds, solid];
      }
      return [...grounds, channels(getComputedStyle(document.body).backgroundColor)];
    };
    const texts = [...document.querySelectorAll('body *')].filter((element) =>
      element.checkVisibility({ visibilityProperty: true }) && (element.matches('input:not([type="radio"], [type="checkbox"]), select')
        || [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '')));
    const weak = texts.map((element) => {
      const colour = channels(getComputedStyle(element).color);
      return { text: (element.textContent || element.outerHTML).slice(0, 60), ratio: Math.min(...behind(element).map((ground) => ratio(colour, ground))) };
    }).filter(({ ratio }) => ratio < ${CONTRAST_MIN});
    return { measured: texts.length, weak };
  })()`);

/** Faults in names, ids, headings, lists, tables and languages; none where all is well. */
export const faultsOf = (page: Page): Promise<string[]> =>
  page.evaluate(`(() => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const short = (element) => element.outerHTML.slice(0, 100);
    const named = (element) => (element.getAttribute('aria-label') ?? '').trim() !== ''
      || all('[id="' + element.getAttribute('aria-labelledby') + '"]').some(({ textContent }) => textContent.trim() !== '')
      || [...(element.labels ?? [])].some(({ textContent }) => textContent.trim() !== '')
      || (!element.matches('input, select, textarea') && element.textContent.trim() !== '');
    const ids = all('[id]').map(({ id }) => id);
    const levels = all('h1, h2, h3, h4').filter((one) => one.checkVisibility()).map(({ tagName }) => Number(tagName[1]));
    return [
      ...all('input, select, textarea, button, a, summary, nav, [role="img"], [role="alert"]').filter((one) => one.checkVisibility() && !named(one)).map((one) => 'no name: ' + short(one)),
      ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => 'id twice: ' + id),
      ...levels.filter((level, at) => at > 0 && level > levels[at - 1] + 1).map((level) => 'heading level skipped before h' + level),
      ...(levels.filter((level) => level === 1).length === 1 ? [] : ['not one h1']),
      ...all('ul > :not(li), ol > :not(li), dl > :not(dt, dd)').map((one) => 'not an item: ' + short(one)),
      ...all('fieldset:not(:has(> legend))').map((one) => 'no legend: ' + short(one)),
      ...all('th:not([scope])').map((one) => 'no scope: ' + short(one)),
      ...all('img:not([alt])').map((one) => 'no alternative: ' + short(one)),
      ...all('[style]').map((one) => 'inline style: ' + short(one)),
      ...(document.documentElement.lang === 'en' && document.title !== '' ? [] : ['no language or title']),
      ...(all('main').length === 1 ? [] : ['not one main']),
      ...all('a[href^="#"]').filter((one) => !document.getElementById(one.hash.slice(1))).map((one) => 'leads nowhere: ' + short(one)),
    ];
  })()`);
