// A record as the log holds it, on whatever page.
import { el, theirs } from './dom.js';
import { pretty } from './exact.js';
import { whole } from './format.js';

/** Characters of one piece: a browser lays out those that can be seen, and passes over the others. */
const pieceLength = 8_192;

/** A long text as <pre>, in pieces, so that megabytes of it do not hold up the page. */
function text(content) {
  const pieces = [];
  for (let start = 0; start < content.length;) {
    let end = Math.min(start + pieceLength, content.length);
    // At a line's end where there is one, and never between the halves of one character.
    const line = content.lastIndexOf('\n', end);
    if (end < content.length && line > start) end = line + 1;
    else if (end < content.length && (content.charCodeAt(end - 1) & 0xFC00) === 0xD800) end += 1;
    pieces.push(content.slice(start, end));
    start = end;
  }
  if (pieces.length < 2) return el('pre', { dir: 'auto', tabindex: 0, 'aria-label': 'Value' }, content);
  return el('pre', { dir: 'auto', tabindex: 0, 'aria-label': 'Value' }, pieces.map((piece) => el('span', { class: 'piece' }, piece)));
}

/** Bytes that are no text, as they are looked at: sixteen a line. */
function dump(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const lines = [];
  for (let start = 0; start < bytes.length; start += 16) {
    const part = [...bytes.subarray(start, start + 16)];
    const letters = part.map((byte) => (byte >= 0x20 && byte < 0x7F ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${start.toString(16).padStart(8, '0')}  ${part.map((byte) => byte.toString(16).padStart(2, '0')).join(' ').padEnd(47)}  ${letters}`);
  }
  return lines.join('\n');
}

/** Its key, its headers and its value, as it is and with indents. `askForAll`: what brings all of a value that was cut. */
export function recordView(record, askForAll) {
  const isWhole = record.shown >= record.bytes;
  const isText = record.value_base64 === undefined;
  const raw = record.value ?? '';
  const place = el('div');
  const modes = isText && record.value !== null && isWhole && /^\s*[[{]/.test(raw)
    ? [['With indents', () => pretty(raw)], ['As it is', () => raw]]
    : [['As it is', () => (isText ? raw : dump(record.value_base64))]];
  const buttons = modes.map(([name, content]) => el('button', { type: 'button', 'aria-pressed': 'false', onclick: () => show(name, content) }, name));
  function show(name, content) {
    place.replaceChildren(text(content()));
    for (const button of buttons) button.setAttribute('aria-pressed', String(button.textContent === name));
  }
  if (record.value === null && isText) place.append(el('p', { class: 'muted' }, 'It has no value.'));
  else show(...modes[0]);
  const left = record.header_count - record.headers.length;
  return [
    el('dl', { class: 'facts' }, el('dt', {}, 'key'), el('dd', {}, record.key === null ? el('small', {}, 'none') : theirs(record.key)),
      record.headers.map((header) => [el('dt', {}, theirs(header.name)), el('dd', {}, header.value === null ? el('small', {}, 'null') : theirs(header.value))]),
      left > 0 ? [el('dt', {}, '…'), el('dd', {}, `${whole(left)} more headers`)] : null),
    modes.length > 1 ? el('div', { class: 'bar modes' }, buttons) : null,
    place,
    isWhole ? null : el('p', { class: 'muted' }, `${whole(record.shown)} of ${whole(record.bytes)} bytes are shown. `,
      askForAll ? el('button', { type: 'button', onclick: askForAll }, 'Show all of it') : null),
  ];
}
