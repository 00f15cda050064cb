import { quoted } from '../core/text.ts'
import type { Comparison } from './compareWithSketch.ts'
import type { LayerMatch } from './layerPath.ts'
import { LINES } from './lines.ts'

const WORDS: Readonly<Record<Comparison['verdict'], (name: string) => string>> = {
  'same-weights': (name) => `same weights as ${name}`,
  'not-independent': (name) => `not independent of ${name}`,
  'no-evidence': (name) => `no evidence against independence of ${name}`,
  'cannot-tell': (name) => `cannot tell about ${name}`,
}

/** A verdict in words; the name is quoted. */
export function verdictWords(verdict: Comparison['verdict'], name: string): string {
  return WORDS[verdict](quoted(name))
}

/** What is equal to the bit, in words. */
export function equalWords({ exact }: Pick<Comparison, 'exact'>): string {
  const { rows, listedRows, tensors, listedTensors, sameTokenizer } = exact
  const tokenizer = sameTokenizer === true ? '; the tokenizer, which is not evidence' : ''
  return `${rows} of ${listedRows} rows, ${tensors} of ${listedTensors} tensors${tokenizer}`
}

/** What the places test found, in words. */
export function placesWords({ places }: Pick<Comparison, 'places'>): string {
  if (places === null) return 'cannot be applied'
  const { z, p, draws, fromTail, path } = places
  const from = fromTail ? `, below 1 in ${draws + 1} from the normal tail` : ''
  return `z ${z.toFixed(1)} (line ${LINES.placesZ}), p ${p.toPrecision(2)} of ${draws} draws${from}; ${pathWords(path)}`
}

/** What the pairing test found, in words. */
export function pairingWords({ pairing }: Pick<Comparison, 'pairing'>): string {
  if (pairing === null) return 'cannot be applied'
  const { z, path, anchors, placeHits, units } = pairing
  return `z ${z.toFixed(1)} (line ${LINES.pairingZ}), ${anchors} anchors, ${placeHits} of ${units} units at their place; ${pathWords(path)}`
}

/** Runs of layers that follow each other in both models, such as "layers 0-15 on its 0-15". */
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

/** What a claim is filed about: weights that nobody registered, or a model. */
export type ClaimedSubject = {
  subject: string
  isProduct: boolean
  parent?: string | undefined
  evidence?: string | undefined
}

/** A command that files a claim; what the person who files it decides or knows better is in angle brackets. */
export function claimCommand({
  subject,
  isProduct,
  parent = '<model>',
  evidence = '<evidence.json>',
}: ClaimedSubject): string {
  const product = isProduct ? ' --product' : ''
  return `stemma claim file ${subject}${product} --parent ${parent} --relation <relation> --evidence ${evidence} --out <claim.json>`
}
