import type { Verdict } from './evaluate.ts'
import type { ObligationWords } from './report.ts'
import type { Obligation, Right } from './vocabulary.ts'

/** What is asked, as in "commercial use of acme/tiny-chat". */
export const USE_WORDS: Readonly<Record<Right, string>> = {
  research: 'research use',
  education: 'educational use',
  personal: 'personal use',
  commercial: 'commercial use',
  host: 'hosting',
  modify: 'modification',
  'commercial-modify': 'commercial modification',
  redistribute: 'redistribution',
  'redistribute-derivatives': 'redistribution of derivatives',
  distill: 'distillation',
  sublicense: 'sublicensing',
}

/** What an obligation demands of a licensee. */
export const OBLIGATION_WORDS: Readonly<Record<Obligation, string>> = {
  notice: 'pass on the license and its notices',
  attribution: 'credit the authors',
  'state-changes': 'state what you changed',
  'share-alike': 'put what you pass on under the same license',
  source: 'offer the source of what you pass on',
  'network-source': 'offer the source to the users of your service',
  'name-prefix': 'name what you make as the license demands',
  'display-credit': 'show the credit that the license demands',
  'use-restrictions': 'keep to the uses that the license allows',
  'disclose-base': 'state which model yours was made from',
  'notify-licensor': 'notify the licensor',
}

/** A verdict in words. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  permitted: 'permitted',
  conditional: 'permitted on conditions',
  'not-permitted': 'not permitted',
  unknown: 'unknown',
}

/** What a license asks to be shown. Only what it obliges one to display is quoted. */
export function wordsToShow({ display, prefix, detail }: ObligationWords): string[] {
  return [
    ...(display === undefined ? [] : [`show "${display}"`]),
    ...(prefix === undefined ? [] : [`begin the name of what you make with "${prefix}"`]),
    ...(detail === undefined ? [] : [detail]),
  ]
}

/** 1 where a license fixes the words of what it asks, else 0. */
export function wordsFixedBy({ display, prefix }: ObligationWords): number {
  return display === undefined && prefix === undefined ? 0 : 1
}

/** Where a clause stands: its number, or the paragraph of a text without numbers. */
export function placeOf(clause: string): string {
  const [place] = clause.split(':') as [string]
  return /^[\dIVX§]/.test(place) ? `clause ${place}` : place
}
