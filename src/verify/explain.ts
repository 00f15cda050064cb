import type { Evaluation } from '../core/evaluate.ts'
import { ZERO_DIGEST, type Address, type ModelId, type TermsId } from '../core/hex.ts'
import type { Lineage, LineageModel } from '../core/lineage.ts'
import type { Registration } from '../core/registration.ts'
import { shortText } from '../core/text.ts'
import { METRICS, OBLIGATIONS, RIGHTS, type Metric, type Obligation, type Right } from '../core/vocabulary.ts'
import type { ExplainedCode } from './report.ts'

/** What findings are explained with. */
export type Context = {
  lineage: Lineage
  /** The models of the lineage by id. */
  models: ReadonlyMap<ModelId, LineageModel>
  registrations: ReadonlyMap<ModelId, Registration>
  termsNames: ReadonlyMap<TermsId, string>
  paths: ReadonlyMap<ModelId, readonly ModelId[]>
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
  metric?: Metric
}

/** Says a finding in words: why, and what would help. */
export function explain(context: Context, what: What): { reason: string; remedy: string } {
  const { code, right, obligation, metric } = what
  const model = nameOf(context, what.model)
  const terms = termsOf(context, what.model)
  const holder = what.holder === context.licensee ? 'the licensee' : what.holder
  const credential = `credential of ${holder} for ${model}`
  switch (code) {
    case 'right-withheld':
      return {
        reason: `The terms of ${model} (${terms}) do not grant "${right}", and no valid credential lifts that.`,
        remedy: `Obtain a credential from the publisher of ${model} that grants "${right}", or let the publisher of the model that was made from it obtain one that passes it on.`,
      }
    case 'right-unstated':
      return {
        reason: `No terms are known for ${model} that would grant or withhold "${right}".`,
        remedy: `Ask the publisher of ${model} under which license it is, and have it registered with these terms.`,
      }
    case 'threshold-exceeded':
      return right
        ? {
            reason: `The terms of ${model} (${terms}) withdraw "${right}" from a licensee whose ${metric} is above the limit of ${limitOf(context, what)}.`,
            remedy: `Obtain a license or a credential from the publisher of ${model}.`,
          }
        : {
            reason: `The licensee's ${metric} is above the limit of ${limitOf(context, what)} in the terms of ${model} (${terms}): "${obligation}" holds.`,
            remedy: remedyFor(obligation, model),
          }
    case 'fact-missing':
      return {
        reason: `The terms of ${model} (${terms}) depend on the licensee's ${metric} (limit ${limitOf(context, what)}), which was not given: ${right ? `"${right}" is open` : `"${obligation}" may hold`}.`,
        remedy: `State ${metric} in the facts.`,
      }
    case 'model-recalled':
      return {
        reason: `${model} has been recalled: it must not be used any more.`,
        remedy: 'Stop using it and what was made from it; look for a successor.',
      }
    case 'model-retired':
      return { reason: `${model} is retired: its publisher no longer supports it.`, remedy: 'Plan a replacement.' }
    case 'model-superseded':
      return { reason: `${model} has a successor.`, remedy: 'Consider the successor.' }
    case 'credential-not-yet-valid':
      return {
        reason: `The ${credential}, which would lift "${right}", is not valid yet.`,
        remedy: 'Wait until it is.',
      }
    case 'credential-expired':
      return {
        reason: `The ${credential}, which would lift "${right}", has expired.`,
        remedy: `Have it renewed by the publisher of ${model}.`,
      }
    case 'credential-suspended':
      return {
        reason: `The ${credential}, which would lift "${right}", is suspended.`,
        remedy: `Have it reinstated by the publisher of ${model}.`,
      }
    case 'credential-revoked':
      return {
        reason: `The ${credential}, which would lift "${right}", has been revoked.`,
        remedy: `Negotiate another credential with the publisher of ${model}.`,
      }
    case 'share-alike-conflict':
      return {
        reason: `The share-alike terms of ${model} (${terms}) are not those of another model in its lineage: both cannot be kept unless they are compatible, which only their texts tell.`,
        remedy: 'Have the two licenses compared by somebody who knows, or ask one of the publishers for other terms.',
      }
    case 'share-alike-unmet':
      return {
        reason: `${model} (${terms}) was made from a share-alike model and is not under the same terms.`,
        remedy: `Treat ${model} as under its parent's terms, and ask its publisher to say so.`,
      }
    case 'parent-undisclosed':
      return {
        reason: `The registration of ${model} does not name all that it was made from. A claim brought out: ${undisclosedOf(context, what.model)}.`,
        remedy: `Take the terms of these parents into account, as this answer does, and ask the publisher of ${model} why it did not say so.`,
      }
    case 'publisher-denied':
      return {
        reason: `The publisher of ${model} is denied by the policy.`,
        remedy: 'Use another model, or change the policy.',
      }
    case 'publisher-untrusted':
      return {
        reason: `The publisher of ${model} is not among those whom the policy trusts.`,
        remedy: `Check who ${publisherOf(context, what.model)} is, and add it to trustedPublishers.`,
      }
    case 'registration-unproved':
      return {
        reason: `The source shows no registration of ${model} that matches its id, so what it says of it is unproved.`,
        remedy: 'Ask a node that holds the whole history.',
      }
  }
}

function remedyFor(obligation: Obligation | undefined, model: string): string {
  return obligation === 'display-credit'
    ? `Display the name of ${model} prominently, as its license demands, and state "display-credit" as fulfilled.`
    : `Meet "${obligation}", and state it as fulfilled.`
}

/** The name of a model as its publisher states it, and its id; on-chain text is cut and cleaned before it is shown. */
function nameOf({ registrations }: Context, model: ModelId): string {
  const uri = registrations.get(model)?.uri
  const name = uri && uri.replace(/^https:\/\/huggingface\.co\//, '')
  return name ? `${shortText(name, 80)} (${model.slice(0, 10)}…)` : model
}

function termsOf({ models, termsNames }: Context, model: ModelId): string {
  const terms = models.get(model)?.terms
  if (terms === undefined || terms === (ZERO_DIGEST as string)) return 'none stated'
  const name = termsNames.get(terms)
  return name ? shortText(name, 64) : `terms ${terms.slice(0, 10)}…`
}

function undisclosedOf(context: Context, model: ModelId): string {
  const parents = context.models.get(model)?.parents ?? []
  return parents
    .filter(({ undisclosed }) => undisclosed)
    .map((parent) => `${nameOf(context, parent.model)} (${parent.relation}, ${parent.grade})`)
    .join(', ')
}

function publisherOf({ models }: Context, model: ModelId): string {
  return models.get(model)?.publisher ?? 'it'
}

function limitOf({ lineage, models }: Context, { model, metric, right, obligation }: What): string {
  const terms = models.get(model)?.terms
  const body = terms && lineage.terms.get(terms)
  const found = body?.thresholds.find((threshold) => METRICS[metric!] === threshold.metric && touches(threshold))
  return (found?.limit ?? 0n).toLocaleString('en-US')

  function touches({ withdraws, adds }: { withdraws: number; adds: number }): boolean {
    return right ? (withdraws & (1 << RIGHTS[right])) !== 0 : (adds & (1 << OBLIGATIONS[obligation!])) !== 0
  }
}
