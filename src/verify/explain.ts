import { MAX_LISTED, type Evaluation } from '../core/evaluate.ts'
import {
  ZERO_DIGEST,
  type Address,
  type CredentialId,
  type Digest,
  type Hex,
  type ModelId,
  type TermsId,
} from '../core/hex.ts'
import type { Lineage, LineageModel, LineagePaths } from '../core/lineage.ts'
import { nameOfUri } from '../core/modelName.ts'
import type { ExternalParent, TermsLabel } from '../core/ports.ts'
import type { Registration } from '../core/registration.ts'
import type { Terms } from '../core/terms.ts'
import { replacedParents } from './bindings.ts'
import { shortText } from '../core/text.ts'
import { parseMeasure, topicOf } from '../core/topics.ts'
import { OBLIGATIONS, RIGHTS, type Obligation, type Right } from '../core/vocabulary.ts'
import { factOptionFor, factWords } from './factWords.ts'
import { labelOf } from './labels.ts'
import type { LicenseBook } from './licenseBook.ts'
import type { Counted } from './standing.ts'
import { limitsOf } from './decidingFacts.ts'
import type { ExplainedCode } from '../core/report.ts'

/** One use of a lineage, evaluated, with everything that it takes to put its findings into words. */
export type EvaluatedUse = {
  lineage: Lineage
  /** The models of the lineage by id. */
  models: ReadonlyMap<ModelId, LineageModel>
  registrations: ReadonlyMap<ModelId, Registration>
  /** The external parents of the lineage of which the source knows the name. */
  externals: ReadonlyMap<ModelId, ExternalParent>
  /** External parents whose binding changed since the user first saw it, with what they were bound to. */
  changed: ReadonlyMap<ModelId, readonly ModelId[]>
  /** What the terms of the lineage are called. */
  labels: ReadonlyMap<TermsId, TermsLabel>
  /** The license library; empty without one. */
  book: LicenseBook
  /** The terms of conjunctions of licenses that terms of the lineage name. */
  conjunctions: ReadonlyMap<string, Terms>
  /** Terms and tiers that the source did not show as they were published. */
  unproved: ReadonlySet<Hex>
  /** The digests of the confidential terms that credentials of the lineage name, where the source knows them. */
  agreements: ReadonlyMap<CredentialId, Digest>
  counted: Counted
  paths: LineagePaths
  evaluation: Evaluation
  use: Right
  licensee: Address
  time: number
}

type What = {
  code: ExplainedCode
  model: ModelId
  holder: Address
  right?: Right
  obligation?: Obligation
  fact?: string
}

/** Puts a finding into words: why, and what would help. */
export function explain(evaluated: EvaluatedUse, what: What): { reason: string; remedy: string } {
  const { code, right, obligation, fact } = what
  const model = nameOf(evaluated, what.model)
  const terms = termsOf(evaluated, what.model)
  const holder = what.holder === evaluated.licensee ? 'the licensee' : what.holder
  const credential = `credential of ${holder} for ${model}`
  switch (code) {
    case 'right-withheld':
      return {
        reason: `The terms of ${model} (${terms}) do not grant "${right}", and no valid credential does.`,
        remedy: remedyForRight(evaluated, what.model, model, right),
      }
    case 'publisher-uncounted':
      return {
        reason: `"${right}" rests on the word of the publisher of ${model}, which does not count.`,
        remedy: `Trust this publisher (stemma trust ${publisherOf(evaluated, what.model)}), or ask it to have its profile verified.`,
      }
    case 'right-unstated':
      return {
        reason: `The terms of ${model} are not known to grant or withhold "${right}".`,
        remedy: `Ask the publisher of ${model} for its license. It can offer terms to everybody: stemma tier offer ${what.model} --terms <license> --open.`,
      }
    case 'parent-external':
      return {
        reason: `Nobody has registered ${model}, a parent that is named only, so its terms for "${right}" are not known.`,
        remedy: `Ask the publisher of ${model} to register it (stemma register), and a verifier to bind the name to the registration: stemma model bind ${what.model} <model>.`,
      }
    case 'external-known':
      return {
        reason: `${model} is named as a parent that nobody registered, but it matches ${evaluated.externals.get(what.model)!.registered.join(', ')}.`,
        remedy: 'Verify that registration too, if you trust its publisher: its terms may hold for the parent.',
      }
    case 'external-replaced': {
      const entry = evaluated.models.get(what.model)!
      const replaced = replacedParents(entry, evaluated.registrations.get(what.model))
      const ruled = entry.parents.filter(({ grade }) => grade === 'adjudicated').map((parent) => parent.model)
      return {
        reason: `The registration of ${model} names ${replaced.join(', ')} as a parent that nobody registered. An adjudicator ruled which model that is, and its terms count: see ${ruled.join(', ')}.`,
        remedy: 'Nothing is to be done; the answer takes the ruling into account.',
      }
    }
    case 'binding-changed': {
      const [now, before] = [evaluated.models.get(what.model)!.parents, evaluated.changed.get(what.model)!]
      return {
        reason: `The external parent ${model} is bound to ${now.map((parent) => parent.model).join(', ')} now. When you first saw it, it was bound to ${before.join(', ')}.`,
        remedy: `Find out why, and then accept it: stemma trust ${what.model}.`,
      }
    }
    case 'threshold-exceeded':
      return right
        ? {
            reason: `The terms of ${model} (${terms}) withdraw "${right}" for ${conditionOf(evaluated, what)}.`,
            remedy: `Obtain a license or a credential from the publisher of ${model}: ${tiersOf(what.model)}.`,
          }
        : {
            reason: `By the terms of ${model} (${terms}), "${obligation}" holds for ${conditionOf(evaluated, what)}.`,
            remedy: remedyFor(obligation, model),
          }
    case 'threshold-doubtful':
      return right
        ? {
            reason: `The terms of ${model} (${terms}) may withdraw "${right}" for ${conditionOf(evaluated, what)}: whether they do is not certain.`,
            remedy: `Ask the publisher of ${model}, or obtain a credential from it: ${tiersOf(what.model)}.`,
          }
        : {
            reason: `By the terms of ${model} (${terms}), "${obligation}" holds for ${conditionOf(evaluated, what)}.`,
            remedy: remedyFor(obligation, model),
          }
    case 'fact-missing': {
      const { words, isYesOrNo } = factWords(fact!)
      const limit = isYesOrNo ? '' : ` (limit ${limitOf(evaluated, what)})`
      return {
        reason: `The terms of ${model} (${terms}) depend on the licensee's ${words}${limit}, which was not given: ${right ? `"${right}" is open` : `"${obligation}" may hold`}.`,
        remedy: `State the fact: ${factOptionFor(fact!)}.`,
      }
    }
    case 'model-recalled':
      return {
        reason: `${model} has been recalled${evaluated.models.get(what.model)?.recalled ? ' by the authority' : ''}: it must no longer be used.`,
        remedy: `Stop using it and every model made from it: stemma model children ${what.model} lists them. A successor, if one is named: stemma show ${what.model}.`,
      }
    case 'model-retired':
      return {
        reason: `${model} is retired: its publisher no longer supports it.`,
        remedy: `Plan a replacement. Other models of its publisher: stemma publisher profile show ${publisherOf(evaluated, what.model)}.`,
      }
    case 'model-superseded':
      return {
        reason: `${model} has a successor.`,
        remedy: `See which it is (stemma show ${what.model}), and ask about that: stemma verify <successor> --use ${evaluated.use}.`,
      }
    case 'credential-not-yet-valid':
      return {
        reason: `The ${credential}, which would lift "${right}", is not valid yet.`,
        remedy: 'Wait until it becomes valid.',
      }
    case 'credential-expired':
      return {
        reason: `The ${credential}, which would lift "${right}", has expired.`,
        remedy: `Have it renewed by the publisher of ${model}: stemma credential renew <credential> --until <time>.`,
      }
    case 'credential-suspended':
      return {
        reason: `The ${credential}, which would lift "${right}", is suspended.`,
        remedy: `Have it reinstated by the publisher of ${model}: stemma credential reinstate <credential>.`,
      }
    case 'credential-revoked':
      return {
        reason: `The ${credential}, which would lift "${right}", has been revoked.`,
        remedy: `Negotiate a new credential with the publisher of ${model}: ${tiersOf(what.model)}.`,
      }
    case 'label-void':
    case 'label-doubtful':
      return explainLabel(evaluated, what, model, terms)
    case 'parent-undisclosed':
      return {
        reason: `The registration of ${model} leaves out parents. A claim revealed: ${undisclosedOf(evaluated, what.model)}.`,
        remedy: `Take the terms of these parents into account, as this answer does, and ask the publisher of ${model} why it left them out.`,
      }
    case 'publisher-denied':
      return {
        reason: `The policy denies the publisher of ${model}.`,
        remedy: `Use another model. Or look who that is (stemma publisher profile show ${publisherOf(evaluated, what.model)}), and take it out of deniedPublishers of the policy.`,
      }
    case 'publisher-untrusted':
      return {
        reason: `The policy does not trust the publisher of ${model}.`,
        remedy: `Check who ${publisherOf(evaluated, what.model)} is, and add it to trustedPublishers.`,
      }
    case 'publisher-unverified':
      return {
        reason: `No accredited verifier vouches for ${publisherOf(evaluated, what.model)}, the publisher of ${model}. Its word can withhold a use, but cannot permit one.`,
        remedy: `Check who ${publisherOf(evaluated, what.model)} is, and trust it: stemma trust, or trustedPublishers of a policy.`,
      }
    case 'publisher-left-out':
      return {
        reason: `One answer counts the words of at most ${MAX_LISTED} publishers that are trusted and not accredited, and of publishers that prove the names of at most ${MAX_LISTED} models, those of the nearest models first. No place is left for ${publisherOf(evaluated, what.model)}, the publisher of ${model}.`,
        remedy: `Verify this model by itself (stemma verify ${what.model}), or a model between that rests on fewer publishers. Or ask its publisher to have its profile verified: the word of an accredited publisher needs no place.`,
      }
    case 'own-work-unproved':
      return {
        reason: `${model} may be used so only if what it was made from is work of its publisher, ${publisherOf(evaluated, what.model)}, as it says. Only an accredited or a trusted publisher is believed that.`,
        remedy: `Check who ${publisherOf(evaluated, what.model)} is, and trust it: stemma trust, or trustedPublishers of a policy.`,
      }
    case 'registration-unproved':
      return {
        reason: `The source has no registration of ${model} that matches its id, so what it states about the model is unproved.`,
        remedy: 'Ask a node that keeps the whole history: --rpc <url>.',
      }
    case 'tensors-misstated':
      return {
        reason: `The registration of ${model} states other tensors than the files have.`,
        remedy: 'Do not load the files. Ask the publisher to register them again.',
      }
    case 'terms-unproved':
      return {
        reason: `The source does not show the terms of ${model}, or a tier of it, as they were published, so what it states of them is unproved.`,
        remedy: 'Ask a node that keeps the whole history: --rpc <url>.',
      }
  }
}

/** The publisher of the model that was asked about cannot be helped by a credential that another publisher passes on. */
function remedyForRight({ lineage }: EvaluatedUse, id: ModelId, model: string, right: Right | undefined): string {
  const own = `Obtain a credential that grants "${right}" from the publisher of ${model}`
  if (id === lineage.models[0]?.model) return `${own}: ${tiersOf(id)}.`
  return `${own}, or have the publisher of the model made from it obtain one that passes it on: ${tiersOf(id)}.`
}

/** The commands that find a tier of a model, and apply for it. */
function tiersOf(id: ModelId): string {
  return `stemma tier list ${id}; stemma credential request ${id} <tier>`
}

function remedyFor(obligation: Obligation | undefined, model: string): string {
  return obligation === 'display-credit'
    ? `Display the name of ${model} prominently, as its license demands, and state "display-credit" as fulfilled.`
    : `Meet "${obligation}", and state it as fulfilled.`
}

/** The name of a model as its publisher states it, and its id; text of strangers is cut and cleaned. */
export function nameOf(
  { registrations, externals }: Pick<EvaluatedUse, 'registrations' | 'externals'>,
  model: ModelId,
): string {
  const name = externals.get(model)?.name ?? nameOfUri(registrations.get(model)?.uri ?? '')
  return name ? `${name} (${model.slice(0, 10)}…)` : model
}

/** The name of a model's terms, safe to print. */
export function termsOf({ models, labels }: EvaluatedUse, model: ModelId): string {
  const terms = models.get(model)?.terms
  if (terms === undefined || terms === (ZERO_DIGEST as string)) return 'none stated'
  const name = labels.get(terms)?.name
  return name ? shortText(name, 64) : `terms ${terms.slice(0, 10)}…`
}

function undisclosedOf(evaluated: EvaluatedUse, model: ModelId): string {
  const parents = evaluated.models.get(model)?.parents ?? []
  return parents
    .filter(({ undisclosed }) => undisclosed)
    .map((parent) => `${nameOf(evaluated, parent.model)} (${parent.relation}, ${parent.grade})`)
    .join(', ')
}

function publisherOf({ models }: EvaluatedUse, model: ModelId): string {
  return models.get(model)?.publisher ?? 'it'
}

/** Why a label breaks, or may break, the terms of what its model was made from, and what would mend it. */
function explainLabel(
  evaluated: EvaluatedUse,
  { code, model: id, right }: What,
  model: string,
  terms: string,
): { reason: string; remedy: string } {
  const { against, doubtful, hasFamily, allowed } = labelOf(evaluated.lineage, evaluated.models, id, evaluated.time)
  const named = against
    .slice(0, MOST_NAMED)
    .map(
      (each) =>
        `${nameOf(evaluated, each)} (${termsOf(evaluated, each)}${doubtful.has(each) ? ', not certain to be a parent' : ''})`,
    )
  const more = against.length > MOST_NAMED ? ` and ${against.length - MOST_NAMED} more` : ''
  const parents = `${named.join(', ') || 'what it was made from'}${more}`
  const about = right ? `, so "${right}" ${code === 'label-void' ? 'does not follow from it' : 'is open'}` : ''
  const breaks =
    code === 'label-void'
      ? `${model} must not be passed on under ${terms}: the terms of ${parents} do not allow that license`
      : hasFamily
        ? `${model} may not be free to be passed on under ${terms}, as far as is known: the terms of ${parents} do not allow that license`
        : `It is not known to which family of licenses ${terms} of ${model} belongs, and the terms of ${parents} allow only some`
  const ask = `ask the publishers of ${parents} for a credential that passes on "redistribute-derivatives"`
  return {
    reason: `${breaks}${about}.`,
    remedy:
      allowed.length === 0
        ? `No license satisfies all of them. Make the model from other parents, or ${ask}.`
        : `Have its publisher license ${model} under ${allowed.length <= MOST_FAMILIES ? `one of the families ${allowed.join(', ')}` : 'a family that they allow'}, or ${ask}.`,
  }
}

/** Most ancestors that an explanation of a label names. */
const MOST_NAMED = 5
/** Most families that it names. */
const MOST_FAMILIES = 8

/** What of a licensee a threshold speaks of, with the limit where it measures a quantity. */
function conditionOf(evaluated: EvaluatedUse, what: What): string {
  const { words, isYesOrNo } = factWords(what.fact!)
  return isYesOrNo ? words : `${words} above ${limitOf(evaluated, what)}`
}

/** The limit of the threshold that a finding is about; the lowest where several are. */
function limitOf({ lineage, models }: EvaluatedUse, { model, holder, fact, right, obligation }: What): string {
  const limits = limitsOf(lineage, models.get(model), {
    model,
    holder,
    rights: right ? 1 << RIGHTS[right] : 0,
    obligations: obligation ? 1 << OBLIGATIONS[obligation] : 0,
    topic: fact === undefined ? 0 : topicOf(parseMeasure(fact)),
  })
  const lowest = limits.reduce<bigint | undefined>(
    (low, limit) => (low === undefined || limit < low ? limit : low),
    undefined,
  )
  return (lowest ?? 0n).toLocaleString('en-US')
}
