import { flopOf, formatFlop } from '../../documents/compute.ts'
import {
  findingsOf,
  type DisclosedParent,
  type DisclosureFinding,
  type Profile,
  type ProfileSubject,
} from './profile.ts'

/** Above this training compute, a model that generates language, images or video is taken for a general-purpose model (paragraph 17). */
const GENERAL_PURPOSE = 10n ** 23n
/** Above this cumulative training compute, high-impact capabilities are presumed (Article 51(2)). */
const SYSTEMIC_RISK = 10n ** 25n

const GUIDELINES =
  'https://digital-strategy.ec.europa.eu/en/library/guidelines-scope-obligations-providers-general-purpose-ai-models-under-ai-act'
const ACT = 'https://eur-lex.europa.eu/eli/reg/2024/1689/oj'

/**
 * Whether the maker of a model is the provider of a general-purpose model under Regulation (EU) 2024/1689, by the indicative criterion of
 * the Commission's guidelines: a third of the original's training compute.
 */
export const euGpai: Profile = {
  name: 'eu-gpai',
  title: 'Provider of a general-purpose AI model in the European Union: indications, not legal advice',
  sources: [
    {
      title: 'Commission, Guidelines on the scope of the obligations for general-purpose AI models, 18 July 2025',
      place:
        'paragraphs 17 (10^23 FLOP), 23 (one lifecycle), 62 and 63 (a third), 64 (compute of the original unknown), 70 (systemic risk); C(2025) 7719 of 19 November 2025 numbers 62 to 64 as 59 to 61',
      uri: GUIDELINES,
    },
    { title: 'Regulation (EU) 2024/1689', place: 'Articles 51(2), 52(1), 53, 54', uri: ACT },
  ],
  asksForCredentials: false,
  documents: ['method'],
  findings(subject) {
    const { method, origin, parents } = subject
    const finding = findingsOf('eu-gpai', subject)
    // A student learns from outputs: no weights of the teacher are modified.
    const modified = parents.filter(({ relation }) => relation !== 'distillation')
    if (!method) {
      return [
        finding('eu-undecided', 'unknown', 'registration.method', {
          reason: `It cannot be said whether the publisher of ${subject.name} is a provider: no training description was read, so its compute is not known.`,
          remedy: 'Pass the description: --method <file>. It has to state "compute", and that of each parent.',
        }),
      ]
    }
    if (modified.length === 0 && parents.length === 0 && origin.stated !== 'from-scratch') {
      return [
        finding('eu-undecided', 'unknown', 'method.origin', {
          reason: `It cannot be said whether the publisher of ${subject.name} modified a model or made one: its origin is not stated.`,
          remedy:
            'State "origin": "from-scratch" in the training description, or name the parents in the registration.',
        }),
      ]
    }
    const own = method.compute === undefined ? undefined : flopOf(method.compute)
    if (typeof own !== 'bigint') {
      return [
        finding('eu-undecided', 'unknown', 'method.compute', {
          reason: `It cannot be said whether the publisher of ${subject.name} is a provider: its training description ${own === 'unknown' ? 'says that its compute is unknown' : 'does not state its compute'}.`,
          remedy: 'State the compute of all steps, or an estimate: "compute": "3.1e22" (FLOP).',
        }),
      ]
    }
    return modified.length === 0
      ? [original(subject, own)]
      : modified.map((parent) => modification(subject, parent, own))
  },
}

/** A model whose maker trained it from the beginning. */
function original(subject: ProfileSubject, own: bigint): DisclosureFinding {
  const finding = findingsOf('eu-gpai', subject)
  const { name } = subject
  if (own <= GENERAL_PURPOSE) {
    return finding('eu-not-provider', 'warning', 'method.compute', {
      reason: `${name} was trained with ${formatFlop(own)}, not more than 1e23 FLOP, so the criterion of paragraph 17 does not indicate a general-purpose model.`,
      remedy: 'Nothing follows from this criterion. Others may apply.',
    })
  }
  const systemic = own > SYSTEMIC_RISK
  return finding('eu-provider', 'duty', 'method.compute', {
    reason: `${name} was trained with ${formatFlop(own)}, more than 1e23 FLOP: if it generates language, images or video, paragraph 17 indicates a general-purpose model, and its publisher is the provider.${systemic ? ' More than 1e25 FLOP: high-impact capabilities are presumed (Article 51(2)).' : ''}`,
    remedy: `Look at Articles 53 and 54${systemic ? ', and at Articles 52(1) and 55 (notification within two weeks)' : ''}.`,
  })
}

function modification(subject: ProfileSubject, parent: DisclosedParent, own: bigint): DisclosureFinding {
  const finding = findingsOf('eu-gpai', subject)
  const { name } = subject
  const { described, field } = parent
  const amount = `${name} was made from ${parent.name} with ${formatFlop(own)} (method.compute)`
  if (parent.isOwn) {
    return finding(
      'eu-not-provider',
      'warning',
      'registration.publisher',
      {
        reason: `${name} and ${parent.name} have one publisher: what the provider itself makes of its model belongs to the same model's lifecycle (paragraph 23).`,
        remedy: 'Nothing new follows from the modification. What follows from the base stays.',
      },
      parent,
    )
  }
  const base = described?.compute === undefined ? undefined : flopOf(described.compute)
  if (base === undefined) {
    return finding(
      'eu-undecided',
      'unknown',
      `${field}.compute`,
      {
        reason: `It cannot be said whether the publisher of ${name} is a provider: the training description does not state the compute of ${parent.name}.`,
        remedy: `State it or an estimate ("parents": [{ "model": "${parent.name}", "compute": "1e25" }]), or "unknown" where it can be neither known nor estimated.`,
      },
      parent,
    )
  }
  if (base !== 'unknown') {
    const share = `a third of the ${formatFlop(base)} of ${parent.name} (${field}.compute)`
    return verdictOn(
      subject,
      parent,
      own * 3n > base,
      `${amount}, ${own * 3n > base ? 'more' : 'not more'} than ${share}`,
      '63',
    )
  }
  // Paragraph 64: another threshold where the compute of the original can be neither known nor estimated.
  const { systemicRisk } = described!
  const [low, high] = [own * 3n > GENERAL_PURPOSE, own * 3n > SYSTEMIC_RISK]
  if (systemicRisk === undefined && low !== high) {
    return finding(
      'eu-undecided',
      'unknown',
      `${field}.systemicRisk`,
      {
        reason: `${amount}; the compute of ${parent.name} is stated as unknown. That is more than a third of 1e23 FLOP and not more than a third of 1e25 FLOP: which of the two counts depends on whether ${parent.name} is a model with systemic risk (paragraph 64).`,
        remedy: `State "systemicRisk": true or false of ${parent.name}, or its compute.`,
      },
      parent,
    )
  }
  const counts = systemicRisk === undefined ? high : systemicRisk ? high : low
  const threshold = systemicRisk === false || (systemicRisk === undefined && !low) ? '1e23' : '1e25'
  return verdictOn(
    subject,
    parent,
    counts,
    `${amount}, ${counts ? 'more' : 'not more'} than a third of ${threshold} FLOP, which counts as the compute of ${parent.name} is stated as unknown`,
    '64',
  )
}

function verdictOn(
  subject: ProfileSubject,
  parent: DisclosedParent,
  isProvider: boolean,
  because: string,
  paragraph: string,
): DisclosureFinding {
  const finding = findingsOf('eu-gpai', subject)
  if (!isProvider) {
    return finding(
      'eu-not-provider',
      'warning',
      'method.compute',
      {
        reason: `${because} (paragraph ${paragraph}): the criterion does not indicate that the publisher of ${subject.name} is the provider of a general-purpose model.`,
        remedy: 'Nothing follows from this criterion. Others may apply.',
      },
      parent,
    )
  }
  const systemic = parent.described?.systemicRisk === true
  return finding(
    'eu-provider',
    'duty',
    'method.compute',
    {
      reason: `${because} (paragraph ${paragraph}): if ${parent.name} is a general-purpose model, this indicates that the publisher of ${subject.name} is the provider of the modified one.${systemic ? ' The base is stated to have systemic risk, so the modified model is taken to have it too (paragraph 70).' : ''}`,
      remedy: `Look at Articles 53 and 54, whose duties are limited to the modification (recital 109)${systemic ? ', and at Articles 52(1) and 55' : ''}.`,
    },
    parent,
  )
}
