/** The most slips of the fingers that still leave a word recognisable. */
const mostSlips = 3;
/** A longer list of words is cut in a message. */
const mostListed = 16;

/** The word that was probably meant: the one fewest slips away, the first of several; null beyond three slips or half of its letters. Case is no slip. */
export function nearest(word: string, words: readonly string[]): string | null {
  const given = word.toLowerCase();
  for (let slips = 0; slips <= mostSlips; slips++) {
    const found = words.find(
      (known) => slips * 2 <= Math.max(known.length, given.length) && within(slips, given, known.toLowerCase()),
    );
    if (found !== undefined) return found;
  }
  return null;
}

/**
 * The sentence for a misspelt name: `there is no metric 'respnse'; did you mean 'response'? Expected response, service`.
 * `words` are listed; `others` (aliases) may be meant too.
 */
export function unknownWord(
  kind: string,
  word: string,
  words: readonly string[],
  others: readonly string[] = [],
): string {
  const start = `there is no ${kind} '${word}'`;
  if (words.length === 0) return `${start}, nor any other`;
  const more = words.length - mostListed;
  const list = words.slice(0, mostListed).join(", ") + (more > 0 ? ` and ${more} more` : "");
  const meant = nearest(word, [...words, ...others]);
  return meant === null ? `${start}; expected ${list}` : `${start}; did you mean '${meant}'? Expected ${list}`;
}

/** Whether `a` becomes `b` by at most so many slips: a letter too many, one too few, a wrong one, or two swapped. */
function within(slips: number, a: string, b: string): boolean {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  const [x, y] = [a.slice(same), b.slice(same)];
  if (x === y) return true;
  if (slips === 0) return false;
  return (
    within(slips - 1, x.slice(1), y) ||
    within(slips - 1, x, y.slice(1)) ||
    within(slips - 1, x.slice(1), y.slice(1)) ||
    (x[0] === y[1] && x[1] === y[0] && within(slips - 1, x.slice(2), y.slice(2)))
  );
}
