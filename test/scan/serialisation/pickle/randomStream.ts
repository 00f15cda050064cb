import { assemble, bytes, frame, global, int, longText, proto, text } from './assemble.ts'

/** Whole numbers from 0 up to a bound, in a sequence that a seed fixes. */
export function randomSource(seed: number): (bound: number) => number {
  let state = seed >>> 0
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}

const PIECES: readonly string[] = [
  ...'()]}N0122RbdealtusoQ\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94\x97\x98.',
  ...[2, 3, 4, 5, 9].map(proto),
  ...[0, 2, 5, 30].map(frame),
  global('mymodule', 'thing'),
  global('a.b', 'c.d'),
  global('os', 'system'),
  'imymodule\nthing\n',
  text('mymodule'),
  text('thing'),
  longText('name'),
  bytes('\xff\0'),
  'C\x02ab',
  'U\x01a',
  'T\x01\0\0\0a',
  "S'a\\x41'\n",
  'S"a"\n',
  'Va\\u0041\n',
  'I1\n',
  'I01\n',
  'I0x1f\n',
  'I 1_0\n',
  'L5L\n',
  'F1.5\n',
  'F1_0\n',
  'G\0\0\0\0\0\0\0\0',
  'K\x01',
  'M\x01\0',
  int(7),
  '\x8a\x01\x05',
  '\x8b\x01\0\0\0\x05',
  'p0\n',
  'g0\n',
  'p 1\n',
  'q\0',
  'h\0',
  'r\x01\0\0\0',
  'j\x01\0\0\0',
  'Pname\n',
  '\x82\x01',
  '\x83\x01\0',
  '\x84\x01\0\0\0',
  '\x8d\x01\0\0\0\0\0\0\0a',
  '\x8e\x01\0\0\0\0\0\0\0a',
  '\x96\x01\0\0\0\0\0\0\0a',
]

/** A stream of likely pieces, some of whose bytes are changed, cut or repeated. */
export function randomStream(random: (bound: number) => number): Uint8Array {
  const count = 1 + random(24)
  const stream = assemble(
    ...Array.from({ length: count }, () => PIECES[random(PIECES.length)]!),
    random(4) > 0 ? '.' : '',
  )
  if (random(2) === 0) return stream
  for (let changes = 1 + random(3); changes > 0; changes--) stream[random(stream.length)] = random(256)
  return random(5) === 0 ? stream.subarray(0, random(stream.length)) : stream
}
