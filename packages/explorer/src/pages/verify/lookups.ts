import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query'
import type { Digest, Hex } from 'stemma/core'
import type { LedgerOf } from 'stemma/query'

import { api, momentOf, type At } from '../../api/queries.ts'
import type { HashedFile, HashedModel } from './hashing/hashModel.ts'
import type { Found } from './hashing/collect.ts'

/** Most digests of one request, and of one page. */
const MOST = 100

/** What is registered under some digests. */
export type Known = LedgerOf<'Digests'>['digests']

/** Asks what is registered under some digests: nothing else of the files is sent. */
export function useDigests(digests: readonly Hex[], at: At): UseQueryResult<Known> {
  return useQuery({
    queryKey: ['ledger', at ?? 'now', 'digests', digests],
    queryFn: async ({ signal }) => (await api.query('Digests', { digests, ...momentOf(at) }, { signal })).digests,
    enabled: digests.length > 0,
    placeholderData: keepPreviousData,
  })
}

/** Weights, and texts of licenses: files that can be registered by themselves come first. */
const LIKELY = /\.(safetensors|gguf|bin|pt|pth|ckpt|h5|onnx|npz)$|(^|\/)(licen[cs]e|copying|notice)[^/]*$/i

/** The digests to ask about: those of the whole, then those of the files that are likely to be registered, as many as one request takes. */
export function digestsOfModel(
  { digests, tensors }: HashedModel,
  files: readonly Found[],
  hashed: readonly (HashedFile | undefined)[],
): { digests: Digest[]; files: number } {
  const whole = [
    ...('refused' in digests ? [] : [digests.digest, digests.referenceDigest]),
    ...(typeof tensors === 'string' ? [tensors] : []),
  ].filter((each) => each !== null)
  const asked = new Set<Digest>(whole)
  const order = files.map((_, index) => index)
  order.sort((a, b) => Number(LIKELY.test(files[b]!.path)) - Number(LIKELY.test(files[a]!.path)) || a - b)
  let count = 0
  for (const index of order) {
    const file = hashed[index]
    if (file === undefined || asked.size + 2 > MOST) continue
    asked.add(file.sha256).add(file.alone)
    count += 1
  }
  return { digests: [...asked], files: count }
}

/** The SHA-256 values in a text, such as the output of `sha256sum`, as many as a page asks about. */
export function digestsIn(text: string): Digest[] {
  const found = text.matchAll(/(?<![0-9a-zA-Z])(?:sha256:|0x)?([0-9a-fA-F]{64})(?![0-9a-zA-Z])/g)
  return [...new Set(Array.from(found, ([, digits]) => `0x${digits!.toLowerCase()}` as Digest))].slice(0, MOST / 2)
}
