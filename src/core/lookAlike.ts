/** Letters of other scripts and digits that many fonts draw like a Latin letter, by that letter. */
const LIKE: Readonly<Record<string, string>> = {
  a: 'аɑα',
  b: 'Ьƅ',
  c: 'сϲ',
  d: 'ԁ',
  e: 'еҽє',
  g: 'ɡ',
  h: 'һ',
  i: 'іıɩι',
  j: 'јϳ',
  k: 'кκ',
  l: 'ӏⅼ1|',
  m: 'м',
  n: 'ոո',
  o: 'оοօσ0',
  p: 'рρ',
  q: 'ԛ',
  r: 'гᴦ',
  s: 'ѕꜱ',
  t: 'тτ',
  u: 'υսц',
  v: 'νѵ',
  w: 'ԝω',
  x: 'хχ',
  y: 'уγү',
  z: 'ᴢ',
}
const LATIN: ReadonlyMap<string, string> = new Map(
  Object.entries(LIKE).flatMap(([letter, others]) => Array.from(others, (other) => [other, letter] as const)),
)
/** Letters of a script whose letters may pass for Latin ones. */
const OTHERS = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u
/** Latin letters of another form: full width, mathematical, in a circle. */
const FORMS = /[\uff21-\uff3a\uff41-\uff5a\u{1d400}-\u{1d7ff}\u24b6-\u24e9]/u

/** A name as it looks: in lower case, with Latin letters for those that look like them. Two names with one skeleton may be taken for each other. */
export function skeletonOf(name: string): string {
  const plain = name.normalize('NFKC').toLowerCase()
  return Array.from(plain, (letter) => LATIN.get(letter) ?? letter)
    .join('')
    .replaceAll('rn', 'm')
}

/** Whether a name has Latin letters beside letters of a script that looks like it, or Latin letters of another form. */
export function mixesScripts(name: string): boolean {
  return FORMS.test(name) || (OTHERS.test(name) && /\p{Script=Latin}/u.test(name))
}
