// JSON whose whole numbers are exact: amounts go to 10^18, and a browser's own numbers to 2^53.

const token = /"(?:[^"\\]+|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** As JSON.parse; whole numbers of sixteen digits and more are BigInts. */
export function parse(text) {
  // What is so long stands behind a NUL, which no text of the services has.
  const marked = text.replace(token, (found) => (/^-?\d{16,}$/.test(found) ? `"\\u0000${found}"` : found));
  return JSON.parse(marked, (_, value) =>
    typeof value === 'string' && /^\0-?\d+$/.test(value) ? BigInt(value.slice(1)) : value);
}

/** The same as text, with indents. */
export function print(value) {
  const marked = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `\0${part}` : part), 2);
  return marked === undefined ? '' : marked.replace(/"\\u0000(-?\d+)"/g, '$1');
}

/** JSON with indents; what is no JSON stays as it is. */
export function pretty(text) {
  try {
    return print(parse(text));
  } catch {
    return text;
  }
}
