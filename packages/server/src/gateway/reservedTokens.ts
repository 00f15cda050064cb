import type { RequestFacts, Route } from './ports.ts'

/** How many tokens are reserved of a quota for the output of a call. */
export type OutputBounds = {
  /** Where the caller does not say how many it wants. */
  usual: number
  /** At most, whatever the caller says: a wish for a billion tokens must not lock others out. */
  most: number
}

/** The bounds unless the operator sets others. */
export const OUTPUT_BOUNDS: OutputBounds = { usual: 1024, most: 8192 }

/** The tokens to reserve before a call: of its input, as estimated, and of its output, as asked for within bounds. */
export function reservedTokens(
  route: Route,
  facts: Pick<RequestFacts, 'inputTokens' | 'maxTokens'>,
  bounds: OutputBounds = OUTPUT_BOUNDS,
): number {
  if (route.kind !== 'tokens') return 0
  const output = route.name === 'embeddings' ? 0 : Math.min(facts.maxTokens ?? bounds.usual, bounds.most)
  return facts.inputTokens + output
}
