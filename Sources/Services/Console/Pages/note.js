// What went wrong, in the words of the problem document.
import { Problem } from './ask.js';
import { el } from './dom.js';

/** A place for one note. It stands as long as what it says holds, and is said to those who hear the page. */
export class Notes {
  constructor() {
    this.element = el('div', { role: 'alert' });
  }

  show(error) {
    const problem = error instanceof Problem ? error : new Problem(0, { detail: String(error?.message ?? error) });
    const text = [problem.title, problem.message, ...problem.errors.map((one) => one.field + one.message)].join('\n');
    if (this.text === text) return;
    this.text = text;
    this.element.replaceChildren(el('div', { class: 'note bad' },
      problem.title ? el('p', {}, el('strong', {}, problem.title)) : null,
      el('p', {}, problem.message),
      problem.errors.length ? el('ul', {}, problem.errors.map((one) => el('li', {}, el('code', {}, one.field), ` ${one.message}`))) : null,
      problem.shortages.length ? el('ul', {}, problem.shortages.map((one) =>
        el('li', {}, el('bdi', {}, one.product_id), `: ${one.requested} were asked for, ${one.available} can be had`))) : null,
      problem.trace ? el('p', { class: 'muted' }, 'Trace ', el('code', {}, problem.trace)) : null));
  }

  clear() {
    if (this.text === undefined) return;
    this.text = undefined;
    this.element.replaceChildren();
  }
}
