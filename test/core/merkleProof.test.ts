import { createMerkleProof, createMPT, verifyMerkleProof, type MerklePatriciaTrie } from '@ethereumjs/mpt'
import { hexToBytes } from '@noble/hashes/utils.js'
import { expect } from 'chai'

import { StemmaError } from '../../src/core/errors.ts'
import { hexOf, keccak, type Address, type Digest, type Hex } from '../../src/core/hex.ts'
import {
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  InvalidProofError,
  MissingProofNodeError,
  ProofNodes,
  readAccount,
  readProof,
  readSlot,
} from '../../src/core/merkleProof.ts'
import { encodeRlp, InvalidRlpError, type RlpItem } from '../../src/core/rlp.ts'
import { Random } from '../fixtures/random.ts'
import { branchOf, HandmadeTrie, pathOf } from '../fixtures/trie.ts'

/** Tries that are drawn; each gives {@link PROOFS} proofs, and each proof as many mutants. */
const CASES = Number(process.env.STEMMA_FUZZ_CASES ?? 100)
const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? 20_261_129)
const PROOFS = 30

const NONE = new Uint8Array()
const VALUE = new Uint8Array(40).fill(7)

describe('proofs of random tries', function () {
  this.timeout(CASES * 1_000)

  it('say what @ethereumjs/mpt says, of keys that are there and of keys that are not', async function () {
    const counts = { present: 0, absent: 0, embedded: 0 }
    for (let i = 0; i < CASES; ++i) {
      const random = new Random(SEED + i)
      const { trie, entries } = await randomTrie(random)
      const root = hexOf(trie.root()) as Digest
      for (let k = 0; k < PROOFS; ++k) {
        const key = randomKey(random, entries)
        const proof = await createMerkleProof(trie, key)
        const nodes = new ProofNodes(kept(proof))
        const value = readProof(root, hexOf(key), nodes)
        const expected = proof.length === 0 ? null : await verifyMerkleProof(key, proof, { root: trie.root() })
        const again = `again with STEMMA_FUZZ_SEED=${SEED + i} STEMMA_FUZZ_CASES=1`
        expect(value && hexOf(value), again).to.equal(expected === null ? undefined : hexOf(expected))
        expect(value && hexOf(value), again).to.equal(entries.get(hexOf(key)))
        expect(nodes.unused(), again).to.deep.equal([])
        counts[value === undefined ? 'absent' : 'present'] += 1
        if (kept(proof).length < proof.length) counts.embedded += 1
      }
    }
    for (const count of Object.values(counts)) expect(count).to.be.greaterThan(CASES)
  })

  it('are refused with one byte flipped, without a node, with one more, or with one of another trie', async function () {
    const tried: Record<string, number> = {}
    for (let i = 0; i < CASES; ++i) {
      const random = new Random(SEED + i)
      const { trie, entries } = await randomTrie(random)
      const { trie: other } = await randomTrie(random)
      const root = hexOf(trie.root()) as Digest
      for (let k = 0; k < PROOFS; ++k) {
        const key = randomKey(random, entries)
        const proof = kept(await createMerkleProof(trie, key))
        const others = kept(await createMerkleProof(other, randomKey(random, entries)))
        for (const [kind, nodes] of mutantsOf(random, proof, others)) {
          const again = `${kind}, again with STEMMA_FUZZ_SEED=${SEED + i} STEMMA_FUZZ_CASES=1`
          expect(isAccepted(root, hexOf(key), nodes), again).to.equal(false)
          tried[kind] = (tried[kind] ?? 0) + 1
        }
      }
    }
    expect(Object.keys(tried)).to.have.members(['flip', 'drop', 'insert', 'twice', 'exchange'])
  })

  it('say of another key what is true of it, or lack a node', async function () {
    let answered = 0
    for (let i = 0; i < CASES; ++i) {
      const random = new Random(SEED + i)
      const { trie, entries } = await randomTrie(random)
      const root = hexOf(trie.root()) as Digest
      for (let k = 0; k < PROOFS; ++k) {
        const nodes = new ProofNodes(kept(await createMerkleProof(trie, randomKey(random, entries))))
        const key = hexOf(randomKey(random, entries))
        try {
          const value = readProof(root, key, nodes)
          expect(value && hexOf(value)).to.equal(entries.get(key))
          answered += 1
        } catch (error) {
          if (!(error instanceof MissingProofNodeError)) throw error
        }
      }
    }
    expect(answered).to.be.greaterThan(CASES)
  })

  it('share nodes: each is kept once, and those that no key needs are named', async function () {
    const random = new Random(SEED)
    const { trie, entries } = await randomTrie(random, 300)
    const root = hexOf(trie.root()) as Digest
    const keys = Array.from({ length: 50 }, () => randomKey(random, entries))
    const distinct = new Map<Hex, Uint8Array>()
    for (const key of keys) {
      for (const node of kept(await createMerkleProof(trie, key))) distinct.set(keccak(node), node)
    }
    const nodes = new ProofNodes(distinct.values())
    expect(nodes.unused()).to.have.members([...distinct.keys()])
    for (const key of keys) {
      const value = readProof(root, hexOf(key), nodes)
      expect(value && hexOf(value)).to.equal(entries.get(hexOf(key)))
    }
    expect(nodes.unused()).to.deep.equal([])
    const more = new ProofNodes([...distinct.values(), encodeRlp([VALUE])])
    for (const key of keys) readProof(root, hexOf(key), more)
    expect(more.unused()).to.deep.equal([keccak(encodeRlp([VALUE]))])
  })
})

describe('readProof', function () {
  const key = `0x${'12'.repeat(32)}` as Hex
  const nibbles: readonly number[] = Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? 1 : 2))
  const leaf = (from: number, value: RlpItem = VALUE): RlpItem => [pathOf(nibbles.slice(from), true), value]

  /** Reads the key in a trie made by hand. */
  function read(make: (trie: HandmadeTrie) => RlpItem): Uint8Array | undefined {
    const trie = new HandmadeTrie()
    const root = trie.rootOf(encodeRlp(make(trie)))
    const nodes = new ProofNodes(trie.nodes)
    const value = readProof(root, key, nodes)
    expect(nodes.unused(), 'unused').to.deep.equal([])
    return value
  }

  const PRESENT: Readonly<Record<string, (trie: HandmadeTrie) => RlpItem>> = {
    'in a leaf at the root': () => leaf(0),
    'below a branch': (trie) => branchOf({ 1: trie.refer(leaf(1)), 5: new Uint8Array(32) }),
    'below an extension': (trie) => [
      pathOf(nibbles.slice(0, 3), false),
      trie.refer(branchOf({ 2: trie.refer(leaf(4)), 3: new Uint8Array(32) })),
    ],
    'below an extension of even length': (trie) => [
      pathOf(nibbles.slice(0, 4), false),
      trie.refer(branchOf({ 1: trie.refer(leaf(5)), 3: new Uint8Array(32) })),
    ],
    'in a leaf without a path': (trie) => [
      pathOf(nibbles.slice(0, 63), false),
      trie.refer(branchOf({ 2: trie.refer(leaf(64)), 3: new Uint8Array(32) })),
    ],
  }
  for (const [what, make] of Object.entries(PRESENT)) {
    it(`finds a value ${what}`, function () {
      expect(hexOf(read(make)!)).to.equal(hexOf(VALUE))
    })
  }

  it('finds a value in nodes within nodes', function () {
    const small = Uint8Array.of(5)
    const inner = (trie: HandmadeTrie): RlpItem => [
      pathOf(nibbles.slice(61, 62), false),
      trie.refer(branchOf({ 1: [pathOf([2], true), small], 2: [pathOf([0], true), small] })),
    ]
    const value = read((trie) => [
      pathOf(nibbles.slice(0, 60), false),
      trie.refer(branchOf({ 1: trie.refer(inner(trie)), 2: new Uint8Array(32) })),
    ])
    expect(value).to.deep.equal(small)
  })

  const ABSENT: Readonly<Record<string, (trie: HandmadeTrie) => RlpItem>> = {
    'a branch without the child': () => branchOf({ 2: new Uint8Array(32), 3: new Uint8Array(32) }),
    'another leaf': () => [pathOf([...nibbles.slice(0, 63), 3], true), VALUE],
    'another extension': () => [pathOf([1, 2, 3], false), new Uint8Array(32)],
    'another leaf below a branch': (trie) =>
      branchOf({ 1: trie.refer([pathOf([3, ...nibbles.slice(2)], true), VALUE]), 5: new Uint8Array(32) }),
  }
  for (const [what, make] of Object.entries(ABSENT)) {
    it(`takes ${what} as the proof that nothing is there`, function () {
      expect(read(make)).to.equal(undefined)
    })
  }

  it('takes the empty root as the proof that nothing is there, without nodes', function () {
    expect(keccak(encodeRlp(NONE))).to.equal(EMPTY_TRIE_ROOT)
    const nodes = new ProofNodes([encodeRlp(NONE)])
    expect(readProof(EMPTY_TRIE_ROOT, key, nodes)).to.equal(undefined)
    expect(nodes.unused()).to.deep.equal([EMPTY_TRIE_ROOT])
  })

  it('names a node that is not there, and takes nothing from that', function () {
    const missing = `0x${'ee'.repeat(32)}`
    for (const root of [missing as Digest, undefined]) {
      const trie = new HandmadeTrie()
      const other = trie.rootOf(encodeRlp(branchOf({ 1: hexToBytes(missing.slice(2)), 2: new Uint8Array(32) })))
      expect(() => readProof(root ?? other, key, new ProofNodes(trie.nodes)))
        .to.throw(MissingProofNodeError)
        .with.property('hash', missing)
    }
  })

  const REFUSED: Readonly<Record<string, (trie: HandmadeTrie) => RlpItem>> = {
    'a node that is not a list': () => new Uint8Array(33).fill(9),
    'a node of three items': () => [pathOf(nibbles, true), VALUE, VALUE],
    'a node without items': () => [],
    'a node whose path is a list': () => [[], VALUE],
    'a path without bytes': () => [NONE, VALUE],
    'a path with a flag above 3': () => [pathOf(nibbles, true).with(0, 0x40), VALUE],
    'a leaf of even length with a padding': () => [pathOf(nibbles, true).with(0, 0x21), VALUE],
    'an extension of even length with a padding': () => [pathOf([1, 2], false).with(0, 0x01), new Uint8Array(32)],
    'a leaf that is too long': () => [pathOf([...nibbles, 1], true), VALUE],
    'a leaf that is too short': () => [pathOf(nibbles.slice(1), true), VALUE],
    'a leaf elsewhere that is too short': () => [pathOf([5, 5], true), VALUE],
    'a leaf without a value': () => leaf(0, NONE),
    'a leaf that holds a list': () => leaf(0, [VALUE]),
    'an extension without a path': (trie) => [
      pathOf([], false),
      trie.refer(branchOf({ 1: trie.refer(leaf(1)), 2: VALUE })),
    ],
    'an extension as long as a key': () => [pathOf(nibbles, false), new Uint8Array(32)],
    'an extension elsewhere as long as a key': () => [pathOf(nibbles.with(0, 5), false), new Uint8Array(32)],
    'an extension that leads nowhere': () => [pathOf([1], false), NONE],
    'an extension that leads to a leaf': (trie) => [pathOf([1], false), trie.refer(leaf(1))],
    'an extension that leads to an extension': (trie) => [
      pathOf([1], false),
      trie.refer([pathOf([2], false), trie.refer(branchOf({ 1: trie.refer(leaf(3)), 2: new Uint8Array(32) }))]),
    ],
    'a branch with a value': (trie) => branchOf({ 1: trie.refer(leaf(1)), 2: new Uint8Array(32) }, VALUE),
    'a branch with a list as its value': (trie) => [
      ...(branchOf({ 1: trie.refer(leaf(1)), 2: new Uint8Array(32) }) as RlpItem[]).slice(0, 16),
      [VALUE],
    ],
    'a branch with one child': (trie) => branchOf({ 1: trie.refer(leaf(1)) }),
    'a branch without children': () => branchOf({}),
    'a branch with an empty list as its value': (trie) => [
      ...(branchOf({ 1: trie.refer(leaf(1)), 2: new Uint8Array(32) }) as RlpItem[]).slice(0, 16),
      [],
    ],
    'a branch with an empty list as a child': () => branchOf({ 1: [], 2: new Uint8Array(32), 3: new Uint8Array(32) }),
    'a reference of 31 bytes elsewhere': (trie) =>
      branchOf({ 1: trie.refer(leaf(1)), 2: new Uint8Array(31).fill(1), 3: new Uint8Array(32) }),
    'an extension elsewhere that refers to 33 bytes': () => [pathOf([5, 5], false), new Uint8Array(33).fill(1)],
    'a reference of 31 bytes': () => branchOf({ 1: new Uint8Array(31).fill(1), 2: new Uint8Array(32) }),
    'a reference of 33 bytes': () => branchOf({ 1: new Uint8Array(33).fill(1), 2: new Uint8Array(32) }),
    'a node of 32 bytes in its parent': () =>
      branchOf({ 1: [pathOf(nibbles.slice(1), true), Uint8Array.of(1)], 2: new Uint8Array(32) }),
    'a node of less than 32 bytes under its hash': (trie) => [
      pathOf(nibbles.slice(0, 62), false),
      trie.refer(branchOf({ 1: trie.referByHash(encodeRlp(leaf(63, Uint8Array.of(1)))), 2: new Uint8Array(32) })),
    ],
    'a branch below the end of keys': (trie) => [
      pathOf(nibbles.slice(0, 63), false),
      trie.refer(
        branchOf({ 2: trie.refer(branchOf({ 1: new Uint8Array(32), 2: new Uint8Array(32) })), 3: new Uint8Array(32) }),
      ),
    ],
  }
  for (const [what, make] of Object.entries(REFUSED)) {
    it(`refuses ${what}`, function () {
      expect(() => read(make)).to.throw(InvalidProofError)
    })
  }

  it('refuses a node with bytes after it, and one that is not in its canonical form', function () {
    const canonical = encodeRlp(leaf(0))
    const spelled = Uint8Array.from([0xf9, 0, canonical[1]!, ...canonical.slice(2)])
    for (const bytes of [Uint8Array.from([...canonical, 0]), spelled, canonical.slice(0, -1)]) {
      const trie = new HandmadeTrie()
      const root = trie.rootOf(bytes)
      expect(() => readProof(root, key, new ProofNodes(trie.nodes))).to.throw(InvalidRlpError)
    }
  })

  it('refuses a key that is not a hash in lower case, which would pass for another key', function () {
    const trie = new HandmadeTrie()
    const root = trie.rootOf(encodeRlp(leaf(0)))
    for (const other of ['0x', '0x12', `${key}12`, `0x${'AB'.repeat(32)}`, `0x${'g'.repeat(64)}`] as Hex[]) {
      expect(() => readProof(root, other, new ProofNodes(trie.nodes))).to.throw(InvalidProofError, 'not a hash')
    }
  })

  it('refuses a node that is there twice or larger than nodes can be, before it reads any', function () {
    const node = encodeRlp(leaf(0))
    expect(() => new ProofNodes([node, node])).to.throw(InvalidProofError, 'twice')
    const full = encodeRlp(branchOf(Array.from({ length: 16 }, () => new Uint8Array(32))))
    expect(() => new ProofNodes([full])).to.not.throw()
    expect(() => new ProofNodes([Uint8Array.from([...full, 0])])).to.throw(InvalidProofError, '533 bytes')
  })
})

describe('readAccount and readSlot', function () {
  const account = `0x${'ab'.repeat(20)}` as Address
  const slot = `0x${'00'.repeat(31)}07` as Digest
  const storageRoot = new Uint8Array(32).fill(1)
  const codeHash = hexToBytes(EMPTY_CODE_HASH.slice(2))

  /** A trie with one entry. */
  function trieWith(key: Hex, value: Uint8Array): { root: Digest; nodes: ProofNodes } {
    const trie = new HandmadeTrie()
    const hash = keccak(hexToBytes(key.slice(2))).slice(2)
    const path = pathOf(nibblesOf(hash), true)
    const root = trie.rootOf(encodeRlp([path, value]))
    return { root, nodes: new ProofNodes(trie.nodes) }
  }

  it('read an account under the hash of its address', function () {
    const { root, nodes } = trieWith(account, encodeRlp([Uint8Array.of(1, 0), NONE, storageRoot, codeHash]))
    expect(readAccount(root, account, nodes)).to.deep.equal({
      nonce: 256n,
      balance: 0n,
      storageRoot: hexOf(storageRoot),
      codeHash: EMPTY_CODE_HASH,
    })
    expect(readAccount(root, `0x${'ac'.repeat(20)}` as Address, nodes)).to.equal(undefined)
    expect(keccak(NONE)).to.equal(EMPTY_CODE_HASH)
  })

  it('read a word under the hash of its slot, and zero where nothing is', function () {
    for (const word of [1n, 0x80n, 2n ** 256n - 1n]) {
      const bytes = hexToBytes(word.toString(16).padStart(word < 256n ? 2 : 64, '0'))
      const { root, nodes } = trieWith(slot, encodeRlp(bytes))
      expect(readSlot(root, slot, nodes)).to.equal(word)
      expect(readSlot(root, `0x${'00'.repeat(32)}` as Digest, nodes)).to.equal(0n)
    }
  })

  const ACCOUNTS: Readonly<Record<string, RlpItem>> = {
    'of three fields': [NONE, NONE, storageRoot],
    'of five fields': [NONE, NONE, storageRoot, codeHash, NONE],
    'with a zero as its nonce': [Uint8Array.of(0), NONE, storageRoot, codeHash],
    'with a nonce of 9 bytes': [new Uint8Array(9).fill(1), NONE, storageRoot, codeHash],
    'with a leading zero in its balance': [NONE, Uint8Array.of(0, 1), storageRoot, codeHash],
    'with a balance of 33 bytes': [NONE, new Uint8Array(33).fill(1), storageRoot, codeHash],
    'with a storage root of 31 bytes': [NONE, NONE, storageRoot.slice(1), codeHash],
    'with a code hash of 33 bytes': [NONE, NONE, storageRoot, new Uint8Array(33)],
    'with a list as a field': [[], NONE, storageRoot, codeHash],
    'that is not a list': new Uint8Array(70),
  }
  for (const [what, item] of Object.entries(ACCOUNTS)) {
    it(`refuse an account ${what}`, function () {
      const { root, nodes } = trieWith(account, encodeRlp(item))
      expect(() => readAccount(root, account, nodes))
        .to.throw(StemmaError)
        .with.property('code')
        .that.matches(/^INVALID_/)
    })
  }

  const WORDS: Readonly<Record<string, Uint8Array>> = {
    'with a leading zero': encodeRlp(Uint8Array.of(0, 1)),
    'that is zero': Uint8Array.of(0),
    'without bytes': encodeRlp(NONE),
    'of 33 bytes': encodeRlp(new Uint8Array(33).fill(1)),
    'in a list': encodeRlp([Uint8Array.of(1)]),
    'with a prefix that it does not need': Uint8Array.of(0x81, 0x01),
    'with bytes after it': Uint8Array.of(0x01, 0x01),
  }
  for (const [what, value] of Object.entries(WORDS)) {
    it(`refuse a word ${what}`, function () {
      const { root, nodes } = trieWith(slot, value)
      expect(() => readSlot(root, slot, nodes))
        .to.throw(StemmaError)
        .with.property('code')
        .that.matches(/^INVALID_/)
    })
  }
})

function nibblesOf(hash: string): number[] {
  return Array.from(hash, (digit) => parseInt(digit, 16))
}

type RandomTrie = { trie: MerklePatriciaTrie; entries: Map<Hex, Hex> }

/** A trie whose keys share beginnings of all lengths, so that it has long extensions and nodes within nodes. */
async function randomTrie(random: Random, least = 0): Promise<RandomTrie> {
  const trie = await createMPT({})
  const entries = new Map<Hex, Hex>()
  const size = random.integer(least, random.pick([1, 3, 20, 150, 300]) + least)
  for (let i = 0; i < size; ++i) {
    const key = randomKey(random, entries)
    const value = Uint8Array.from({ length: random.pick([1, 2, 9, 33, 90]) }, () => random.integer(1, 255))
    await trie.put(key, value)
    entries.set(hexOf(key), hexOf(value))
  }
  return { trie, entries }
}

/** A key that is there, one that has the beginning of such a one, or any. */
function randomKey(random: Random, entries: ReadonlyMap<Hex, Hex>): Uint8Array {
  const any = Array.from({ length: 64 }, () => random.integer(0, 15).toString(16))
  if (entries.size > 0 && random.chance(0.8)) {
    const known = random.pick([...entries.keys()]).slice(2)
    const shared = random.pick([64, 63, 62, 60, random.integer(0, 64), 3, 1])
    any.splice(0, shared, ...known.slice(0, shared))
  }
  return hexToBytes(any.join(''))
}

/** The nodes of a proof as nodes of the network give them: the library adds those that stand within others. */
function kept(proof: readonly Uint8Array[]): Uint8Array[] {
  return proof.filter((node, i) => i === 0 || node.length >= 32)
}

/** Proofs that differ from a valid one. */
function mutantsOf(
  random: Random,
  proof: readonly Uint8Array[],
  others: readonly Uint8Array[],
): [string, Uint8Array[]][] {
  const known = new Set(proof.map(keccak))
  const foreign = others.filter((node) => !known.has(keccak(node)))
  const mutants: [string, Uint8Array[]][] = []
  if (proof.length > 0) {
    const at = random.integer(0, proof.length - 1)
    const node = proof[at]!
    const byte = random.integer(0, node.length - 1)
    const flipped = node.with(byte, node[byte]! ^ random.integer(1, 255))
    mutants.push(['flip', proof.with(at, flipped)], ['drop', proof.toSpliced(at, 1)], ['twice', [...proof, node]])
    if (foreign.length > 0) mutants.push(['exchange', proof.with(at, random.pick(foreign))])
  }
  if (foreign.length > 0)
    mutants.push(['insert', proof.toSpliced(random.integer(0, proof.length), 0, random.pick(foreign))])
  return mutants
}

/** Whether a proof says anything of a key, and has no node that it does not need. */
function isAccepted(root: Digest, key: Hex, proof: readonly Uint8Array[]): boolean {
  try {
    const nodes = new ProofNodes(proof)
    readProof(root, key, nodes)
    return nodes.unused().length === 0
  } catch (error) {
    if (error instanceof StemmaError) return false
    throw error
  }
}
