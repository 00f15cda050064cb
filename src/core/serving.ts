import { keccakText, keccakWords, type Address, type Digest, type ModelId } from './hex.ts'

/**
 * A publisher's statement which model answers at an endpoint. Of several by one publisher for one origin and name, the latest counts.
 * Times are Unix seconds.
 */
export type ServingStatement = {
  publisher: Address
  model: ModelId
  /** Scheme, host and port, such as `https://api.example.com`; 1 to 2,048 bytes. */
  origin: string
  /** The model name in requests; 1 to 2,048 bytes. */
  name: string
  from: number
  until: number
}

const SERVING_TYPEHASH = keccakText(
  'ServingStatement(address publisher,bytes32 model,string origin,string name,uint40 from,uint40 until)',
)

/** The hash of a statement: its EIP-712 struct hash, the same on every chain. */
export function servingHashOf({ publisher, model, origin, name, from, until }: ServingStatement): Digest {
  return keccakWords([SERVING_TYPEHASH, publisher, model, keccakText(origin), keccakText(name), from, until]) as Digest
}

/** The topic under which the statements about an endpoint are found. */
export function endpointOf(origin: string, name: string): Digest {
  return keccakWords([keccakText(origin), keccakText(name)]) as Digest
}
