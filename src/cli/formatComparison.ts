import { quoted } from '../core/text.ts'
import type { Comparison } from '../fingerprint/compareWithSketch.ts'
import type { LayerMatch } from '../fingerprint/layerPath.ts'
import { LINES } from '../fingerprint/lines.ts'
import { fields } from './format.ts'

const WORDS: Readonly<Record<Comparison['verdict'], (name: string) => string>> = {
  'same-weights': (name) => `same weights as ${name}`,
  'not-independent': (name) => `not independent of ${name}`,
  'no-evidence': (name) => `no evidence against independence of ${name}`,
  'cannot-tell': (name) => `cannot tell about ${name}`,
}

/** What a comparison found, for people. */
export function formatComparison(
  comparison: Comparison & { name: string; sketch: string; claim: string | null },
): string {
  const { verdict, name, claim } = comparison
  return fields(WORDS[verdict](quoted(name)), [
    ['sketch', comparison.sketch],
    ['equal', equalWords(comparison)],
    ['places', placesWords(comparison)],
    ['pairing', pairingWords(comparison)],
    ...(claim === null ? [] : [['claim', claim] as const]),
  ])
}

function equalWords({ exact }: Comparison): string {
  const { rows, listedRows, tensors, listedTensors, sameTokenizer } = exact
  const tokenizer = sameTokenizer === true ? '; the tokenizer, which is not evidence' : ''
  return `${rows} of ${listedRows} rows, ${tensors} of ${listedTensors} tensors${tokenizer}`
}

function placesWords({ places }: Comparison): string {
  if (places === null) return 'cannot be applied'
  const { z, p, draws, fromTail, path } = places
  const from = fromTail ? `, below 1 in ${draws + 1} from the normal tail` : ''
  return `z ${z.toFixed(1)} (line ${LINES.placesZ}), p ${p.toPrecision(2)} of ${draws} draws${from}; ${pathWords(path)}`
}

function pairingWords({ pairing }: Comparison): string {
  if (pairing === null) return 'cannot be applied'
  const { z, path, anchors, placeHits, units } = pairing
  return `z ${z.toFixed(1)} (line ${LINES.pairingZ}), ${anchors} anchors, ${placeHits} of ${units} units at their place; ${pathWords(path)}`
}

/** Runs of layers that follow each other in both models, such as "layers 0-15 are its 0-15". */
function pathWords(path: readonly LayerMatch[]): string {
  const runs: { from: LayerMatch; to: LayerMatch }[] = []
  for (const match of path) {
    const last = runs.at(-1)
    if (last !== undefined && match[0] === last.to[0] + 1 && match[1] === last.to[1] + 1) last.to = match
    else runs.push({ from: match, to: match })
  }
  const range = (from: number, to: number) => (from === to ? `${from}` : `${from}-${to}`)
  const words = runs.slice(0, 8).map(({ from, to }) => `${range(from[1], to[1])} on its ${range(from[0], to[0])}`)
  return words.length === 0 ? 'no layers' : `layers ${words.join(', ')}${runs.length > 8 ? ', …' : ''}`
}
