import { RELATIONS, type Relation } from '../../src/core/vocabulary.ts'

/**
 * A synthetic lineage with the shape of Hugging Face's, as far as it is published. The same seed gives the same lineage.
 *
 * What the sources say, and how it is used:
 *
 * - J. Rahman et al., "HuggingGraph: Understanding the Supply Chain of LLM Ecosystem" (arXiv 2507.14240, CIKM 2025): 402,654 nodes and
 *   462,524 edges (1.15 an edge a node), degrees with a heavy tail, the largest connected component holds 61 % of the nodes.
 *   Parents are drawn in proportion to the children that they have already (preferential attachment), which gives the
 *   power law; 12 % of the models have no parent.
 * - E. Horwitz et al., "We Should Chart an Atlas of All the World's Models" (arXiv 2503.10633): 99.41 % of quantized models are
 *   leaves, and the component of language models is deep and complex. A quantized model is drawn as a parent with 0.59 %
 *   of the chance that others have; series of versions and merges of merges make the depth.
 * - B. Laufer, H. Oderinwale, J. Kleinberg, "Anatomy of a Machine Learning Ecosystem: 2 Million Models on Hugging Face" (arXiv
 *   2508.06811): families differ widely in size and structure; merges are rare and have several parents.
 *
 * We did not find usable figures for the shares of the relations, the number of parents of merges, or the depth of the
 * deepest lineages. The shares below, the 2 to 8 parents of a merge and the depth of at most {@link MAX_DEPTH} are our
 * assumptions, chosen to be hard for queries.
 */
export type SyntheticLineage = {
  /** Number of models; they are numbered from 1, parents before children. */
  models: number
  /** Number of edges. */
  edges: number
  /** By edge, sorted by child: the child. */
  child: Int32Array
  /** By edge: the parent. */
  parent: Int32Array
  /** By edge: code of the relation. */
  relation: Uint8Array
  /** By model (index 0 is unused): longest path to a model without parents. */
  depth: Uint8Array
}

/** Longest path from a model up to one without parents. */
export const MAX_DEPTH = 40

/** Cumulative shares of how models that have parents were made. */
const SHARES: readonly (readonly [Relation, number])[] = [
  ['finetune', 0.33],
  ['adapter', 0.64],
  ['quantized', 0.86],
  ['merge', 0.92],
  ['version', 0.96],
  ['conversion', 0.975],
  ['distillation', 0.985],
  ['reinforcement-learning', 0.995],
  ['continued-pretraining', 1],
]
const ROOTS = 0.12
/** Share of draws that follow the number of children; the rest fall on any model. */
const PREFERENTIAL = 0.72
const QUANTIZED_PARENTS = 0.0059
/** Share of the parents of a merge that are drawn among the latest merges. */
const MERGES_OF_MERGES = 0.4
const RECENT_MERGES = 2048
/** Series of versions in progress at any time. */
const SERIES = 64

/** Generates a lineage of `models` models. */
export function generateLineage(models: number, seed = 4): SyntheticLineage {
  const random = generator(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const child = new Int32Array(models * 2)
  const parent = new Int32Array(models * 2)
  const relation = new Uint8Array(models * 2)
  const depth = new Uint8Array(models + 1)
  const madeBy = new Uint8Array(models + 1)
  const series = new Int32Array(SERIES)
  const merges = new Int32Array(RECENT_MERGES)
  let edges = 0

  for (let model = 1; model <= models; model++) {
    if (model <= 8 || random() < ROOTS) continue
    const share = random()
    const kind = SHARES.find(([, limit]) => share < limit)![0]
    madeBy[model] = RELATIONS[kind]
    const parents = new Set<number>()
    const wanted = kind === 'merge' ? mergedParents(random) : 1
    const slot = below(SERIES)
    if (kind === 'version' && series[slot]! > 0 && depth[series[slot]!]! < MAX_DEPTH) parents.add(series[slot]!)
    for (let tries = 0; parents.size < wanted && tries < 64; tries++) {
      const drawn =
        kind === 'merge' && random() < MERGES_OF_MERGES
          ? merges[below(merges.length)]!
          : edges > 0 && random() < PREFERENTIAL
            ? parent[below(edges)]!
            : 1 + below(model - 1)
      if (drawn === 0) continue
      if (depth[drawn]! >= MAX_DEPTH) continue
      if (madeBy[drawn] === RELATIONS.quantized && random() >= QUANTIZED_PARENTS) continue
      parents.add(drawn)
    }
    if (kind === 'version') series[slot] = model
    if (kind === 'merge') merges[model % merges.length] = model
    for (const made of parents) {
      child[edges] = model
      parent[edges] = made
      relation[edges] = RELATIONS[kind]
      depth[model] = Math.max(depth[model]!, depth[made]! + 1)
      edges += 1
    }
  }
  return {
    models,
    edges,
    child: child.slice(0, edges),
    parent: parent.slice(0, edges),
    relation: relation.slice(0, edges),
    depth,
  }
}

/** Most merges have two parents; each further one is half as likely, up to eight. */
function mergedParents(random: () => number): number {
  let parents = 2
  while (parents < 8 && random() < 0.5) parents += 1
  return parents
}

/** Numbers in [0, 1) that look random, by xorshift32: fast, and the same everywhere. */
export function generator(seed: number): () => number {
  let state = seed >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
