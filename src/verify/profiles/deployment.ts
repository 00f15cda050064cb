import { ZERO_DIGEST, type Hex } from '../../core/hex.ts'
import {
  findingsOf,
  inNewRegistration,
  triedIn,
  type DisclosureFinding,
  type Profile,
  type ProfileSubject,
} from './profile.ts'

/** What a commercial deployment lacks: data, method, origin, terms, credentials for its bases, and documents that can be read. */
export const deployment: Profile = {
  name: 'deployment',
  title: 'What a commercial deployment has to have on the ledger',
  sources: [],
  asksForCredentials: true,
  documents: ['method', 'datasets', 'card'],
  findings: (subject) => [
    ...registrationFindings(subject),
    ...originFindings(subject),
    ...credentialFindings(subject),
    ...parentFindings(subject),
    ...documentFindings(subject),
    ...subject.data.map((found) => ({
      ...found,
      profile: 'deployment' as const,
      severity: OWN_SEVERITY.has(found.code) ? found.severity : ('duty' as const),
    })),
  ],
}

/** What of the data's licenses a deployment need not mend, or cannot know. */
const OWN_SEVERITY: ReadonlySet<DisclosureFinding['code']> = new Set(['data-share-alike', 'data-license-choice'])

function registrationFindings(subject: ProfileSubject): DisclosureFinding[] {
  const { name, registration } = subject
  const finding = findingsOf('deployment', subject)
  const findings: DisclosureFinding[] = []
  if (registration.datasets === ZERO_DIGEST) {
    findings.push(
      finding('datasets-missing', 'duty', 'registration.datasets', {
        reason: `The registration of ${name} states no training data.`,
        remedy: inNewRegistration('list the datasets in the draft (docs/formats/datasets.md)'),
      }),
    )
  }
  if (registration.method === ZERO_DIGEST) {
    findings.push(
      finding('method-missing', 'duty', 'registration.method', {
        reason: `The registration of ${name} states no method: how the model was trained is not on the ledger.`,
        remedy: inNewRegistration('write a training description, check it (stemma method check method.json)'),
      }),
    )
  }
  if ((registration.terms as Hex) === ZERO_DIGEST) {
    findings.push(
      finding('terms-missing', 'duty', 'registration.terms', {
        reason: `The registration of ${name} has no terms, so it grants nobody any right.`,
        remedy:
          'Offer terms to everybody: stemma tier offer <model> --terms <license> --open. Or register the model again with --terms <license>; stemma terms list --library lists the licenses.',
      }),
    )
  }
  return findings
}

function originFindings(subject: ProfileSubject): DisclosureFinding[] {
  const { origin, name } = subject
  if (origin.stated !== 'not-stated') return []
  return [
    findingsOf('deployment', subject)('origin-not-stated', 'duty', origin.field, {
      reason: `Where ${name} comes from is not stated: its registration names no parent, and no training description says that it was made from scratch. Silence is not a statement.`,
      remedy: `Name the parents, or state "origin": "from-scratch" in the training description. A parent of a model that is registered can be added: stemma model attest <model> <parent>. ${inNewRegistration('for the description')}`,
    }),
  ]
}

function credentialFindings(subject: ProfileSubject): DisclosureFinding[] {
  const finding = findingsOf('deployment', subject)
  return subject.gated.map(({ model, name, rights, path, publisher, tiers }) => {
    const open = tiers.find((tier) => tier.open)
    const [first] = tiers
    const ask = open
      ? `stemma credential obtain ${name} "${open.name}"`
      : `stemma credential request ${name} "${first?.name}"`
    const withheld = `The terms of ${name} withhold ${rights.join(' and ')}, which commercial use of ${subject.name} needs.`
    const held = `neither the licensee nor the publisher of the model made from it holds a credential that gives ${rights.length === 1 ? 'it' : 'them'}`
    if (first === undefined) {
      return finding(
        'base-credential-missing',
        'duty',
        'credentials',
        {
          reason: `${withheld} ${name} offers no tier to apply for, and ${held}.`,
          remedy: `Ask its publisher (${publisher}; stemma publisher profile show ${publisher}) to offer a tier: stemma tier offer ${name} --terms <license>. Then apply for it: stemma credential request ${name} <tier>. Or replace the base.`,
        },
        { model, path },
      )
    }
    return finding(
      'base-credential-missing',
      'duty',
      'credentials',
      {
        reason: `${withheld} ${name} offers ${tiers.length === 1 ? 'a tier' : `${tiers.length} tiers`}, and ${held}.`,
        remedy: `Obtain a credential: ${ask}. The tiers: stemma tier list ${name}.`,
      },
      { model, path },
    )
  })
}

function parentFindings(subject: ProfileSubject): DisclosureFinding[] {
  const { method, parents, name, credentials } = subject
  if (!method) return []
  const finding = findingsOf('deployment', subject)
  return parents.flatMap((parent) => {
    const { described, field } = parent
    if (!described?.obtained) {
      return finding(
        'parent-not-described',
        'duty',
        `${field}.obtained`,
        {
          reason: `The training description of ${name} does not say how the weights of ${parent.name} were obtained.`,
          remedy: inNewRegistration(
            `state it in the description ("parents": [{ "model": "${parent.name}", "obtained": { "by": "download" } }])`,
          ),
        },
        parent,
      )
    }
    const { credential } = described.obtained
    if (credential === undefined || [...credentials].some((held) => held === credential.toLowerCase())) return []
    return finding(
      'credential-unmatched',
      'unknown',
      `${field}.obtained.credential`,
      {
        reason: `The training description says that ${parent.name} was obtained under the credential ${credential}, which neither the publisher of ${name} nor the licensee holds now for an ancestor.`,
        remedy: `Look at it: stemma credential show ${credential}.`,
      },
      parent,
    )
  })
}

const WORDS = { method: 'training description', datasets: 'list of datasets', card: 'model card' } as const
const OPTIONS = { method: '--method <file>', datasets: '--datasets <file>', card: '--documents <folder>' } as const

function documentFindings(subject: ProfileSubject): DisclosureFinding[] {
  const finding = findingsOf('deployment', subject)
  return (['method', 'datasets', 'card'] as const).flatMap((kind) => {
    const reading = subject.documents[kind]
    if (reading.state !== 'not-found') return []
    return finding('document-unretrievable', 'unknown', kind === 'card' ? 'registration.uri' : `registration.${kind}`, {
      reason: `The ${WORDS[kind]} of ${subject.name} could not be read. Tried: ${triedIn(reading)}.`,
      remedy: `Publish it where the registration's URI leads, or pass it: stemma verify ${subject.model} ${OPTIONS[kind]}.`,
    })
  })
}
