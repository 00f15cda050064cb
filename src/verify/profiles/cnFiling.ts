import { shortText } from '../../core/text.ts'
import type { Relation } from '../../core/vocabulary.ts'
import type { Filing } from '../../documents/trainingDescription.ts'
import { findingsOf, type Profile } from './profile.ts'

/** Relations by which the weights stay what they were, in the same or another file format. */
const UNCHANGED: readonly Relation[] = ['copy', 'conversion']
/** Steps that leave the weights as they were. */
const UNCHANGING_STEPS: readonly string[] = ['conversion']
/** Words in the names of the authorities that file and register. */
const AUTHORITY = /cyberspace administration|\bcac\b|网信/i

/**
 * Whether a generative service on a model has to be filed (bei'an) or registered (dengji) in mainland China: a service on a changed model
 * or on one's own is filed; one that calls a filed model as it is, is registered.
 */
export const cnFiling: Profile = {
  name: 'cn-filing',
  title: 'Filing or registration of a generative AI service in China: indications, not legal advice',
  sources: [
    {
      title:
        'Interim Measures for the Management of Generative Artificial Intelligence Services, in force since 15 August 2023',
      place:
        'Article 17 (security assessment and filing of services with attributes of public opinion or the capacity of social mobilization)',
      uri: 'https://www.cac.gov.cn/2023-07/13/c_1690898327029107.htm',
    },
    {
      title: 'Cyberspace Administration of China, announcement on filed services of 2024, 8 January 2025',
      place:
        'services that directly call the capability of a filed model, by API or otherwise, are registered with the local office',
      uri: 'https://www.cac.gov.cn/2025-01/08/c_1738034725920930.htm',
    },
  ],
  asksForCredentials: false,
  documents: ['method'],
  findings(subject) {
    const finding = findingsOf('cn-filing', subject)
    const { name, origin, parents, method } = subject
    if (parents.length === 0 && origin.stated !== 'from-scratch') {
      const isUnread = origin.stated === 'not-read'
      return [
        finding('cn-undecided', 'unknown', origin.field, {
          reason: `It cannot be said whether a service on ${name} is filed or registered: ${isUnread ? 'its training description was not read' : 'its origin is not stated'}.`,
          remedy: isUnread
            ? 'Pass the description: --method <file>.'
            : 'State "origin": "from-scratch" in the training description, or name the parents in the registration.',
        }),
      ]
    }
    const filings = (method?.filings ?? []).filter(({ authority }) => AUTHORITY.test(authority))
    const step = method?.steps?.findIndex(({ kind }) => !UNCHANGING_STEPS.includes(kind)) ?? -1
    const changed = parents.find(({ relation }) => !UNCHANGED.includes(relation))
    if (parents.length > 0 && changed === undefined && step === -1) {
      const bases = parents.map((parent) => parent.name).join(', ')
      return [
        finding('cn-registration', statedAs(filings, 'registration') ? 'warning' : 'duty', 'registration.parents', {
          reason: `${name} is ${bases} unchanged (relation ${parents[0]!.relation}). If that model is filed, a public service on it with the capacity to shape opinion is registered with the local office.${numbersOf(filings)}`,
          remedy: remedyOf(filings, 'registration', `Check that ${bases} is filed, register the service`),
        }),
      ]
    }
    const [field, how] =
      changed !== undefined
        ? ['registration.parents', `was changed from ${changed.name} (relation ${changed.relation})`]
        : step >= 0 && parents.length > 0
          ? [`method.steps[${step}].kind`, `was changed by a step of its maker (${method!.steps![step]!.kind})`]
          : ['method.origin', 'was made from scratch']
    return [
      finding('cn-filing', statedAs(filings, 'filing') ? 'warning' : 'duty', field, {
        reason: `${name} ${how}: a public service on it with the capacity to shape opinion is filed by its provider (Article 17).${numbersOf(filings)}`,
        remedy: remedyOf(filings, 'filing', 'File the service with the local office'),
      }),
    ]
  },
}

function statedAs(filings: readonly Filing[], wanted: 'filing' | 'registration'): boolean {
  return filings.some(({ kind }) => kind === undefined || kind === wanted)
}

function numbersOf(filings: readonly Filing[]): string {
  if (filings.length === 0) return ''
  const listed = filings
    .slice(0, 3)
    .map(({ number, kind }) => `${kind === undefined ? '' : `${kind} `}${shortText(number, 100)}`)
  return ` The training description states: ${listed.join('; ')} (method.filings).`
}

function remedyOf(filings: readonly Filing[], kind: 'filing' | 'registration', what: string): string {
  if (statedAs(filings, kind))
    return 'Check the number with the authority: the description is the word of its publisher.'
  return `${what}, and state its number: "filings": [{ "authority": "Cyberspace Administration of China", "number": "…", "kind": "${kind}" }].`
}
