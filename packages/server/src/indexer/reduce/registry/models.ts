import {
  decodeRelation,
  type Digest,
  EVIDENCE_GRADES,
  externalIdOf,
  externalNamesOf,
  type Hex,
  MODEL_STATUSES,
  type ModelId,
  PART_NAMES,
  ZERO_DIGEST,
  shortNameOf,
} from 'stemma/core'
import { digestList, digestStruct, hashStruct, typeHash } from '../../hash.ts'
import type { RowBuilder } from '../rowBuilder.ts'
import { handler, textOf, type Handler } from '../handlers.ts'

const PARENT_TYPE = 'Parent(bytes32 model,uint8 relation)'
const PARENT_TYPEHASH = typeHash(PARENT_TYPE)
const REGISTRATION_TYPEHASH = typeHash(
  `Registration(address publisher,bytes32 weights,bytes32 tensors,bytes32 annex,bytes32 datasets,bytes32 method,bytes32 terms,Parent[] parents,string uri)${PARENT_TYPE}`,
)

type Registered = {
  model: Hex
  publisher: Hex
  weights: Hex
  tensors: Hex
  annex: Hex
  datasets: Hex
  method: Hex
  terms: Hex
  parents: readonly { model: Hex; relation: number }[]
  uri: Uint8Array
}

/** The id of a model from the arguments of its registration: a fast version of core's `modelIdOf`. */
export function registeredId(args: Omit<Registered, 'model'>): Hex {
  const parents = args.parents.map(({ model, relation }) => digestStruct(PARENT_TYPEHASH, [model, relation]))
  const { publisher, weights, tensors, annex, datasets, method, terms, uri } = args
  return hashStruct(REGISTRATION_TYPEHASH, [
    publisher,
    weights,
    tensors,
    annex,
    datasets,
    method,
    terms,
    digestList(parents),
    uri,
  ])
}

/** Events of the registry of models. */
export const MODEL_HANDLERS: Readonly<Record<string, Handler>> = {
  ModelRegistered: handler<Registered>(
    (rows, { args }) => {
      const publisher = rows.account(args.publisher)
      // Parents first: they must be known, and a model is not its own parent.
      const parents = args.parents.map(({ model, relation }) => {
        const { external, part = 'whole' } = decodeRelation(relation)!
        return { key: external ? null : rows.find('models', model), part: PART_NAMES.indexOf(part) }
      })
      const uri = textOf(args.uri)
      const child = rows.create('models', {
        id: args.model,
        publisher,
        weights: args.weights,
        tensors: optionalDigest(args.tensors),
        annex: optionalDigest(args.annex),
        datasets: optionalDigest(args.datasets),
        method: optionalDigest(args.method),
        terms: rows.findOptional('terms', args.terms),
        uri,
        name: shortNameOf(uri),
      })
      for (let position = 0; position < parents.length; position++) {
        const { model, relation: byte } = args.parents[position]!
        const { key, part } = parents[position]!
        const relation = byte & 0xf
        if (key === null) {
          rows.insert('external_parents', { child, external: model as ModelId, relation, part, position })
          continue
        }
        rows.insert('edges', {
          child,
          parent: key,
          relation,
          part,
          grade: EVIDENCE_GRADES.indexOf('declared'),
          undisclosed: 0,
          position,
          claim: null,
        })
      }
      for (const name of externalNamesOf({ tensors: args.tensors as Digest, uri })) {
        rows.insert('registered_names', { model: child, external: externalIdOf(name), name })
      }
      rows.event({ subject: child, model: child, account: publisher })
    },
    { creates: 'model', idOf: registeredId },
  ),

  BatchAnchored: handler<{ publisher: Hex; root: Hex; count: number; uri: Uint8Array }>((rows, { args }) => {
    const publisher = rows.account(args.publisher)
    rows.insert('batches', { publisher, root: args.root, count: args.count, uri: textOf(args.uri) })
    rows.event({ subject: publisher, model: null, account: publisher })
  }),
  BatchRevoked: handler<{ publisher: Hex; root: Hex }>((rows, { args }) => {
    const publisher = rows.account(args.publisher)
    rows.insert('batch_revocations', { publisher, root: args.root })
    rows.event({ subject: publisher, model: null, account: null })
  }),
  ModelMaterialized: handler<{ model: Hex; root: Hex; registeredAt: number }>((rows, { args }) => {
    const model = rows.find('models', args.model)
    rows.insert('materializations', { model, root: args.root, registered_at: args.registeredAt })
    rows.event({ subject: model, model, account: null })
  }),

  ModelSuperseded: handler<{ model: Hex; successor: Hex; account: Hex }>((rows, { args }) => {
    changeStatus(rows, args, 'superseded', { successor: rows.find('models', args.successor) })
  }),
  ModelRetired: handler<{ model: Hex; account: Hex; reason: Uint8Array }>((rows, { args }) => {
    changeStatus(rows, args, 'retired', { reason: textOf(args.reason) })
  }),
  ModelRecalled: handler<{ model: Hex; account: Hex; reason: Uint8Array }>((rows, { args }) => {
    changeStatus(rows, args, 'recalled', { reason: textOf(args.reason) })
  }),
  // The mark is what the recalls are already known to say.
  RecallSynced: handler<{ model: Hex; marked: boolean }>((rows, { args }) => {
    const model = rows.find('models', args.model)
    rows.event({ subject: model, model, account: null })
  }),
}

function changeStatus(
  rows: RowBuilder,
  args: { model: Hex; account: Hex },
  status: (typeof MODEL_STATUSES)[number],
  { successor = null, reason = null }: { successor?: number | null; reason?: string | null },
): void {
  const model = rows.find('models', args.model)
  const account = rows.account(args.account)
  rows.insert('model_statuses', { model, status: MODEL_STATUSES.indexOf(status), successor, account, reason })
  rows.event({ subject: model, model, account })
}

/** A digest; null when it is zero. */
export function optionalDigest(digest: Hex): Hex | null {
  return digest === ZERO_DIGEST ? null : digest
}
