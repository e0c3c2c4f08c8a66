// JSON whose whole numbers are exact: amounts go to 10^18, and a browser's own numbers to 2^53.

// What a long number stands behind while it is a text. Nobody who writes a text can know it.
const mark = `\0${[...crypto.getRandomValues(new Uint32Array(3))].map((part) => part.toString(36)).join('')}:`;
const quote = 0x22;
const backslash = 0x5C;
const isDigit = (code) => code >= 0x30 && code <= 0x39;

/** Where the text that begins behind a quotation mark ends: behind the next one. */
function endOfText(text, start) {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) return at + 1;
    at += code === backslash ? 2 : 1;
  }
  return text.length;
}

/** Whole numbers of sixteen digits and more become texts with a mark. One pass, whatever the text is. */
function marked(text) {
  const parts = [];
  let taken = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfText(text, at + 1);
    else if (!isDigit(code)) at += 1;
    else {
      const first = at;
      while (isDigit(text.charCodeAt(at))) at += 1;
      const isWhole = !'.eE'.includes(text[at] ?? ' ');
      const start = text[first - 1] === '-' ? first - 1 : first;
      if (isWhole && at - first >= 16) {
        parts.push(text.slice(taken, start), JSON.stringify(mark + text.slice(start, at)));
        taken = at;
      } else if (!isWhole) {
        // Fractions and exponents are passed over with their number.
        while (at < text.length && (isDigit(text.charCodeAt(at)) || '.eE+-'.includes(text[at]))) at += 1;
      }
    }
  }
  parts.push(text.slice(taken));
  return parts.join('');
}

/** As JSON.parse; whole numbers of sixteen digits and more are BigInts. */
export function parse(text) {
  return JSON.parse(marked(text), (_, value) =>
    typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value);
}

/** The same as text, with indents. */
export function print(value) {
  const text = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? mark + part : part), 2);
  if (text === undefined) return '';
  // How the mark is written in a document, with its quotation mark.
  const written = JSON.stringify(mark).slice(0, -1);
  return text.split(written).map((part, index) => (index ? part.replace('"', '') : part)).join('');
}

/** JSON with indents; what is no JSON stays as it is. */
export function pretty(text) {
  try {
    return print(parse(text));
  } catch {
    return text;
  }
}
