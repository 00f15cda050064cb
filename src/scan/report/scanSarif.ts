import { DOCS } from '../../core/errors.ts'
import type { Digest } from '../../core/hex.ts'
import { sha256Text } from '../../core/sha256.ts'
import { shortText } from '../../core/text.ts'
import { messageText, MOST_TEXT, relativeReference, SARIF_SCHEMA, STEMMA_HOME } from '../../interop/sarifText.ts'
import type { Finding, Level, Rule, ScanDocument } from '../ports.ts'
import { ruleById } from '../rules.ts'
import { findingWords } from './findingWords.ts'

/** Most results of a run that GitHub takes. */
const MOST_RESULTS = 25_000
/** Most members of a way into a file that a result names. */
const MOST_MEMBERS = 8
const LEVELS: Readonly<Record<Level, ScanSarifResult['level']>> = {
  fail: 'error',
  unknown: 'warning',
  warn: 'warning',
  note: 'note',
}
const ORDER: readonly Level[] = ['fail', 'unknown', 'warn', 'note']

/** What a log says beside the report of a scan. */
export type ScanSarifOptions = {
  /** Version of this program. */
  version: string
  /** Path of the model below the root of the repository; empty where it is not in one. */
  root: string
}

/** A rule of a scan, as a log states it. */
export type ScanSarifRule = {
  id: string
  shortDescription: { text: string }
  help: { text: string }
  helpUri: string
  defaultConfiguration: { level: 'error' | 'warning' | 'note' }
  properties: { tags: ['ai-model'] }
}

/** A finding of a scan, as a log states it. */
export type ScanSarifResult = {
  ruleId: string
  ruleIndex: number
  level: 'error' | 'warning' | 'note'
  message: { text: string }
  locations: [
    {
      physicalLocation: { artifactLocation: { uri: string; uriBaseId: '%SRCROOT%' }; region: { startLine: 1 } }
      logicalLocations?: [{ fullyQualifiedName: string; kind: 'member' }]
    },
  ]
  partialFingerprints: { 'stemmaScan/v1': string }
  /** The level of the scan, which has one more than SARIF: `unknown`. */
  properties: Pick<Finding, 'level' | 'offset' | 'library' | 'engine' | 'engineVersion' | 'signatures'>
}

/** The report of a scan as a log of SARIF 2.1.0 with one run. */
export type ScanSarif = {
  $schema: string
  version: '2.1.0'
  runs: [
    {
      tool: { driver: { name: 'Stemma'; version: string; informationUri: string; rules: ScanSarifRule[] } }
      invocations: [
        {
          executionSuccessful: true
          toolExecutionNotifications: { level: 'warning'; message: { text: string } }[]
        },
      ]
      columnKind: 'utf16CodeUnits'
      results: ScanSarifResult[]
      properties: Pick<
        ScanDocument,
        'verdict' | 'verdictWithOverrides' | 'weights' | 'ruleset' | 'engines' | 'overrides'
      > & {
        report: Digest
      }
    },
  ]
}

/**
 * Writes the report of a scan as a SARIF 2.1.0 log. The fingerprint of a result is made of its rule and the digest of its file, so that it
 * stays when the file is renamed, and goes when its bytes change. What is more than GitHub takes is cut, the least grave first, and a
 * notification says so.
 *
 * @param report the digest of the report itself, which is what goes on chain
 */
export function scanSarif(document: ScanDocument, report: Digest, { version, root }: ScanSarifOptions): ScanSarif {
  const { verdict, verdictWithOverrides, weights, ruleset, findings, engines, overrides } = document
  const kept = ORDER.flatMap((level) => findings.filter((each) => each.level === level)).slice(0, MOST_RESULTS)
  const ids = [...new Set(kept.map(({ rule }) => rule))].toSorted()
  const fingerprintOf = fingerprints(document)
  const cut = findings.length - kept.length
  return {
    $schema: SARIF_SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Stemma',
            version,
            informationUri: STEMMA_HOME,
            rules: ids.map((id) => sarifRule(id, ruleById(id))),
          },
        },
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications:
              cut === 0
                ? []
                : [
                    {
                      level: 'warning',
                      message: { text: `${cut} of ${findings.length} findings were left out, the least grave first.` },
                    },
                  ],
          },
        ],
        columnKind: 'utf16CodeUnits',
        results: kept.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: ids.indexOf(finding.rule),
          level: LEVELS[finding.level],
          message: { text: messageText(findingWords(finding)) },
          locations: [locationOf(finding, root)],
          partialFingerprints: { 'stemmaScan/v1': fingerprintOf(finding) },
          properties: propertiesOf(finding),
        })),
        properties: { verdict, verdictWithOverrides, weights, ruleset, report, engines, overrides },
      },
    ],
  }
}

function sarifRule(id: string, { level, finds, remedy }: Rule): ScanSarifRule {
  return {
    id,
    shortDescription: { text: shortText(finds, MOST_TEXT) },
    help: { text: shortText(remedy, MOST_TEXT) },
    helpUri: `${DOCS}/scanning.md#levels-and-the-verdict`,
    defaultConfiguration: { level: LEVELS[level] },
    properties: { tags: ['ai-model'] },
  }
}

function locationOf({ file, member }: Finding, root: string): ScanSarifResult['locations'][0] {
  const uri = relativeReference(`${root}/${file ?? ''}`) || 'model'
  const within = member.slice(0, MOST_MEMBERS).map((name) => shortText(name, 200))
  return {
    physicalLocation: { artifactLocation: { uri, uriBaseId: '%SRCROOT%' }, region: { startLine: 1 } },
    ...(within.length > 0 && { logicalLocations: [{ fullyQualifiedName: within.join('/'), kind: 'member' }] }),
  }
}

function propertiesOf({ level, offset, library, ...finding }: Finding): ScanSarifResult['properties'] {
  const { engine, engineVersion, signatures } = finding
  return {
    level,
    offset,
    library: library === null ? null : shortText(library, 200),
    ...(engine !== undefined && { engine, engineVersion: engineVersion ?? '', signatures: signatures ?? null }),
  }
}

/** What tells findings apart: the rule, the bytes that it is about, where in them, and which of several at one place. */
function fingerprints({ weights, files, findings }: ScanDocument): (finding: Finding) => string {
  const digests = new Map(files.map(({ name, digest }) => [name, digest]))
  const counts = new Map<string, number>()
  const made = findings.map((finding) => {
    const { rule, file, member, offset, what } = finding
    const about = file === null ? weights : (digests.get(file) ?? file)
    const key = JSON.stringify([rule, about, member, offset, what])
    const before = counts.get(key) ?? 0
    counts.set(key, before + 1)
    return [finding, sha256Text(JSON.stringify([key, before])).slice(2)] as const
  })
  const byFinding = new Map(made)
  return (finding) => byFinding.get(finding)!
}
